"""Changes told at once, as a mail tells them: frozen whole, put together when several have waited, made ready to read.

The body of a webhook is another form, in `worker.core.payload`. Renders and sends nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.core.excerpt import mark_edit, mark_text, shorten
from worker.core.models import ChangeKind, Excerpt, Media, Told
from worker.core.payload import told_from_payload, told_payload
from worker.core.post_language import detect

#: far more than in a digest: the alert is read for this one post
TEXT_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Alert:
    """One change as it is told at once."""

    kind: ChangeKind
    channel_title: str
    #: the recipient's watchlists that the post carries, or lost by this edit
    watchlists: tuple[str, ...]
    #: when the post was published, or found if the source does not say
    at: datetime
    found_at: datetime
    excerpts: tuple[Excerpt, ...]
    #: the text is longer than the excerpts
    cut: bool = False
    #: ISO 639-1 code of the language of the text; None: not known
    lang: str | None = None
    url: str | None = None
    forwarded_from: str | None = None
    media: tuple[Media, ...] = ()
    #: of an edit
    grade: str | None = None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    #: when the text before an edit, or the deleted post, was last seen
    last_seen_at: datetime | None = None


def whole_payload(told: Told) -> dict[str, object]:
    """Return an alert of one change as JSON-safe data, from which `changes_of` makes an equal one."""
    return {"changes": [told_payload(told)]}


def is_whole(frozen: Mapping[str, object]) -> bool:
    """Tell whether this is an alert as `whole_payload` freezes it."""
    return isinstance(frozen.get("changes"), list)


def with_thread(frozen: Mapping[str, object], thread: str) -> Mapping[str, object]:
    """Return the alert with the key that all alerts of its post have in common; a webhook's body stays as it is."""
    return {**frozen, "thread": thread} if is_whole(frozen) else frozen


def thread_of(frozen: Mapping[str, object]) -> str | None:
    """Return the key that all alerts of one post have in common; None: it tells several posts, or is no whole alert."""
    thread = frozen.get("thread")
    return thread if isinstance(thread, str) else None


def put_together(frozen: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """Return one alert that tells what all of these tell, in their order."""
    return {"changes": [change for one in frozen for change in one["changes"]]}


def changes_of(frozen: Mapping[str, Any]) -> list[Told]:
    """Return the changes that an alert tells.

    Raises:
        ValueError: this is no alert as `whole_payload` freezes it.
    """
    if not is_whole(frozen):
        raise ValueError("this alert was made for a webhook")
    return [told_from_payload(change) for change in frozen["changes"]]


def read_alert(told: Told, watchlists: Sequence[str]) -> Alert:
    """Return a change as it is told to a recipient who wants `watchlists`."""
    spans = [(match.start, match.end) for match in told.matches]
    is_edit = told.kind is ChangeKind.EDITED and told.before is not None
    pieces = mark_edit(told.before or "", told.text, spans) if is_edit else mark_text(told.text, spans)
    excerpts = shorten(pieces, TEXT_CHARS)
    wanted = frozenset(watchlists)
    return Alert(
        kind=told.kind,
        channel_title=told.channel_title,
        watchlists=tuple(name for name in watchlists if name in told.tags or name in told.lost),
        at=told.published_at or told.found_at,
        found_at=told.found_at,
        excerpts=excerpts,
        cut=excerpts != pieces,
        lang=detect(told.text),
        url=told.url,
        forwarded_from=told.forwarded_from,
        media=told.media,
        grade=told.grade,
        gained=tuple(name for name in told.gained if name in wanted),
        lost=tuple(name for name in told.lost if name in wanted),
        last_seen_at=told.last_seen_at,
    )
