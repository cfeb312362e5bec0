"""What a check decided to write, as plain values: the job decides, the store writes them in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from worker.core.absence import Suspect
from worker.core.diff import Edit, Found
from worker.core.models import ChangeKind, Match, Validators
from worker.core.standing import Standing


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between two posts in which some may have been missed."""

    after_id: str | None
    before_id: str | None
    from_at: datetime | None
    to_at: datetime | None
    #: None: nobody can tell
    at_most: int | None
    #: the next older page to fetch; None: nothing more can be fetched
    resume_url: str | None = None
    #: its row, once it is stored
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a check needs to know of its channel."""

    name: str
    validators: Validators
    #: highest numeric id seen; None if there is none
    watermark: int | None
    #: False: the next good check is the baseline
    has_baseline: bool
    standing: Standing
    #: a gap whose older pages can still be fetched
    open_gap: Gap | None = None
    #: whether changes wait for a person's decision
    is_held: bool = False
    #: posts that exports lacked, and of which it is not yet known why
    suspects: tuple[Suspect, ...] = ()
    #: ids that the last good export showed, in its order, where posts have no numbers
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermChange:
    """A watchlist that an edit brought to a post or took from it."""

    watchlist: str
    #: ``gained`` or ``lost``
    kind: str


@dataclass(frozen=True, slots=True)
class Previous:
    """A post as it was before an edit."""

    text: str
    tags: tuple[str, ...]
    revision: int
    #: when an export last showed it
    last_seen_at: datetime
    #: fingerprint and end of each state that the post had before this one
    earlier: tuple[tuple[str, datetime], ...] = ()
    #: the text was removed by the retention, and the tags with it
    is_pruned: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change and who is to be told of it."""

    kind: ChangeKind
    tags: tuple[str, ...]
    term_changes: tuple[TermChange, ...] = ()
    #: of an edit; None for every other change
    grade: str | None = None
    #: recipients whose next digest tells it
    digests: tuple[str, ...] = ()
    #: recipients to be told at once, each with the frozen message
    alerts: tuple[tuple[str, Mapping[str, object]], ...] = ()
    #: of these, whose alerts are not sent before their pace has been looked at
    paced: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be stored; `announcement` is None in a baseline."""

    found: Found
    matches: tuple[Match, ...]
    announcement: Announcement | None
    #: place in `CheckRecord.exports` of the one that showed it; None: it is not kept
    export: int | None = None
    #: row of the stored post that told the same first; None: this one does
    story: int | None = None
    #: by which later posts find that they tell the same
    sketch: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EditedPost:
    """A stored post to be given its new text; `announcement` is None where nothing is told."""

    edit: Edit
    revision: int
    matches: tuple[Match, ...]
    announcement: Announcement | None
    #: as for `NewPost`
    export: int | None = None


@dataclass(frozen=True, slots=True)
class DeletedPost:
    """A stored post that the source has taken away, as a second look has shown."""

    row: int
    revision: int
    announcement: Announcement | None
    #: as for `NewPost`
    export: int | None = None


@dataclass(frozen=True, slots=True)
class RestoredPost:
    """A deleted post that the source shows again; one whose text has changed meanwhile is among the edited ones too."""

    row: int
    revision: int
    announcement: Announcement | None
    #: as for `NewPost`
    export: int | None = None


@dataclass(frozen=True, slots=True)
class KeptExport:
    """An export whose bytes are kept as evidence, found by their SHA-256."""

    #: address or path
    url: str
    fetched_at: datetime
    #: of the answer; None for a file
    status: int | None
    headers: tuple[tuple[str, str], ...]
    #: hexadecimal
    sha256: str
    #: bytes
    size: int
    #: bytes on the disk
    packed: int


@dataclass(frozen=True, slots=True)
class FileRead:
    """A dropped file that has been taken in; `stamp` tells when it has changed."""

    path: str
    stamp: str
    #: why it could not be read; None: it could
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """Everything that one good check writes."""

    channel: str
    at: datetime
    #: address of the export
    seen_in: str
    standing: Standing
    new: tuple[NewPost, ...] = ()
    edited: tuple[EditedPost, ...] = ()
    deleted: tuple[DeletedPost, ...] = ()
    restored: tuple[RestoredPost, ...] = ()
    #: rows of posts seen again as they were
    unchanged: tuple[int, ...] = ()
    #: (row, fingerprint) of posts whose stored fingerprint was made in another way, though their text is the same
    refreshed: tuple[tuple[int, str], ...] = ()
    #: (row, id) of posts that the source shows under another id now
    renamed: tuple[tuple[int, str], ...] = ()
    #: rows of posts that the export should have shown and did not, missed for the first time
    missed: tuple[int, ...] = ()
    #: rows of suspected posts at which a second look could not decide
    undecided: tuple[int, ...] = ()
    #: rows of suspected posts that their own pages show
    shown_apart: tuple[int, ...] = ()
    #: rows of posts that are no longer suspected
    cleared: tuple[int, ...] = ()
    #: ids that the export shows; None: as before, or they have numbers, or their absence proves nothing
    shown: tuple[str, ...] | None = None
    #: what is kept as evidence of this check
    exports: tuple[KeptExport, ...] = ()
    title: str | None = None
    validators: Validators = field(default_factory=Validators)
    watermark: int | None = None
    file_read: FileRead | None = None
    #: a new gap, or a known one that has become smaller
    gap: Gap | None = None
    #: the number of a gap that has been closed
    closed_gap: int | None = None
    #: True: the changes are kept, but told to nobody until a person has decided
    held: bool = False
    #: messages to operators, each with its recipient
    notices: tuple[tuple[str, Mapping[str, object]], ...] = ()
    #: False: more files of the same check follow; the first check is over with the last of them
    ends_baseline: bool = True

    @property
    def seen_at(self) -> datetime:
        """When the source showed the posts."""
        return self.at

    @property
    def is_import(self) -> bool:
        """Whether this came from an import."""
        return False


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did with the posts of a file."""

    new: int = 0
    edited: int = 0
    unchanged: int = 0
    #: stored posts whose text is newer than the export's: left as they are
    kept: int = 0
    #: of the new and edited ones
    tagged: int = 0
    #: of the posts: "channel created" and the like
    service: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the sum."""
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Counts)))


@dataclass(frozen=True, slots=True)
class Intake:
    """How far the import of one file into a channel has come."""

    #: absolute
    path: str
    #: tells when the file has changed
    stamp: str
    #: what was chosen in the file: its format, one of its chats
    reading: str
    #: gone through, in the order of the file
    posts: int = 0
    counts: Counts = field(default_factory=Counts)
    finished: bool = False


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """Everything that one batch of an import writes; what is known of the channel itself stays as it is."""

    channel: str
    at: datetime
    #: when the export was made, as far as is known: it says nothing of what was later
    seen_at: datetime
    #: path of the export
    seen_in: str
    #: after this batch
    intake: Intake
    new: tuple[NewPost, ...] = ()
    edited: tuple[EditedPost, ...] = ()
    #: rows of posts that the export shows as they are stored
    unchanged: tuple[int, ...] = ()
    #: as for `CheckRecord`
    refreshed: tuple[tuple[int, str], ...] = ()
    renamed: tuple[tuple[int, str], ...] = ()

    @property
    def held(self) -> bool:
        """Whether the changes are told to nobody until a person has decided: who asks for an import has."""
        return False

    @property
    def is_import(self) -> bool:
        """Whether this came from an import."""
        return True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient, claimed for its next attempt."""

    #: the same over all tries; the Message-ID and the webhook-id come from it
    id: str
    recipient: str
    #: ``digest``, ``alert`` or ``notice``
    kind: str
    payload: Mapping[str, object]
    #: this attempt's number, from 1
    attempt: int
    #: this attempt's number since a person asked for another try, or since the first: the back-off goes by it
    turn: int = 1


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What checks there were of some channels in a time."""

    #: channels that had a good one
    checked: int
    #: the names of those that had none
    unchecked: tuple[str, ...]
    #: channels that had any, good or not
    tried: int

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be said of any of them, though somebody looked."""
        return self.tried > 0 and not self.checked


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far a feed of one's own has come."""

    #: its id, and the beginning of those of its events
    identity: str
    #: when it was begun
    since: datetime
    #: hash of what it is made by
    wishes: str
    #: number of the change below which everything has been looked at for good
    settled: int = 0
    #: number of the newest change that was there when it was looked at
    seen: int = 0
    #: numbers of the changes in it, the newest first
    changes: tuple[int, ...] = ()
    #: hash of the file as it was written last; "" if it never was
    written: str = ""
    #: why it could not be written; None: it could
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A digest that a recipient has had, or that had nothing to tell."""

    local_date: str
    #: end of the period that it covers
    until: datetime
    #: which digest of that day it is, as `worker.core.timetable.Slot.name`
    name: str = "daily"
