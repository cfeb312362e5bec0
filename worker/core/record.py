"""What a check decided to write, as plain values: the job decides, the store writes them in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from worker.core.diff import Edit, Found
from worker.core.models import ChangeKind, Match, Validators


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What a check needs to know of its channel."""

    name: str
    validators: Validators
    #: highest numeric id seen; None if there is none
    watermark: int | None
    #: False: the next good check is the baseline
    has_baseline: bool
    failures: int
    #: the last good check; None if there was none
    last_ok_at: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change and who is to be told of it."""

    kind: ChangeKind
    tags: tuple[str, ...]
    term_changes: tuple[TermChange, ...] = ()
    #: recipients whose next digest tells it
    digests: tuple[str, ...] = ()
    #: recipients to be told at once, each with the frozen message
    alerts: tuple[tuple[str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be stored; `announcement` is None in a baseline."""

    found: Found
    matches: tuple[Match, ...]
    announcement: Announcement | None


@dataclass(frozen=True, slots=True)
class EditedPost:
    """A stored post to be given its new text; `announcement` is None where nothing is told."""

    edit: Edit
    revision: int
    matches: tuple[Match, ...]
    announcement: Announcement | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between two posts in which some may have been missed; `at_most` None means unknown."""

    after_id: str | None
    before_id: str | None
    from_at: datetime | None
    to_at: datetime | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class FileRead:
    """A dropped file that has been taken in; `stamp` tells when it has changed."""

    path: str
    stamp: str


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """Everything that one good check writes."""

    channel: str
    at: datetime
    #: address of the export
    seen_in: str
    next_check_at: datetime
    new: tuple[NewPost, ...] = ()
    edited: tuple[EditedPost, ...] = ()
    #: rows of posts seen again as they were
    unchanged: tuple[int, ...] = ()
    title: str | None = None
    validators: Validators = field(default_factory=Validators)
    watermark: int | None = None
    file_read: FileRead | None = None
    gap: Gap | None = None
    #: False: more files of the same check follow; the first check is over with the last of them
    ends_baseline: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient, claimed for its next attempt."""

    #: the same over all tries; the Message-ID and the webhook-id come from it
    id: str
    recipient: str
    #: ``digest`` or ``alert``
    kind: str
    payload: Mapping[str, object]
    #: this attempt's number, from 1
    attempt: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """The newest digest of a recipient."""

    local_date: str
    until: datetime
