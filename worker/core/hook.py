"""What the body of a webhook says: the envelope with its version, a digest in short, and that a receiver is gone.

Single changes are frozen as bodies already (`worker.core.payload`); this adds what all have in common. Signs and sends
nothing. Every body is described by ``docs/webhook.schema.json``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from worker.core.alert import changes_of, is_whole
from worker.core.digest import OTHER, Digest, from_payload
from worker.core.excerpt import clean, one_line
from worker.core.models import ChangeKind
from worker.core.payload import BODY_BYTES, alert_payload, body_of
from worker.errors import WatchwordError

#: of the bodies; a field that is added does not change it, one that goes or means something else does
VERSION = 1
_MOST_NAMES = 50
_NAME_CHARS = 100
_LEAD_CHARS = 300
_URL_CHARS = 500
_DETAIL_CHARS = 300
_WORDS_CHARS = 1_000
#: for the version, and for the commas between posts
_RESERVE_BYTES = 200


def hook_body(kind: str, payload: Mapping[str, object]) -> dict[str, object]:
    """Return what is posted for a delivery: the same on every try, and below 20 kB.

    Args:
        kind: of the delivery; a ``digest`` is told in short, everything else nearly as it was frozen.
        payload: of the delivery.

    Raises:
        ValueError: this is no frozen digest (pydantic's ValidationError).
        WatchwordError: this is for an e-mail, and cannot be posted.
    """
    if kind == "digest":
        body: Mapping[str, object] = digest_body(from_payload(payload))
    elif is_whole(payload):
        body = _alert_body(payload)
    else:
        body = _short(payload) if kind == "notice" else payload
    return {"version": VERSION, **body}


def _alert_body(payload: Mapping[str, object]) -> dict[str, object]:
    """Return the body for an alert that was frozen when its recipient still had an e-mail address."""
    changes = changes_of(payload)
    if len(changes) != 1:
        message = f"{len(changes)} alerts were put together for an e-mail: drop this delivery"
        raise WatchwordError(message)
    return alert_payload(changes[0])


def _short(payload: Mapping[str, object]) -> dict[str, object]:
    """Return a message to operators without what an error or an address has too much of."""
    facts = payload.get("data")
    if not isinstance(facts, Mapping):
        return dict(payload)
    return {**payload, "data": {key: _cut(value) for key, value in facts.items()}}


def _cut(value: object) -> object:
    return value[:_WORDS_CHARS] if isinstance(value, str) else value


def digest_body(digest: Digest) -> dict[str, object]:
    """Return the body that says that a digest is ready: its period, its counts and as many posts as there is room for.

    The weightiest posts of each watchlist come first; ``more`` says how many of the changes are not among them.
    """
    sections = [section for section in digest.sections if section.watchlist != OTHER]
    facts: dict[str, object] = {
        "recipient": digest.recipient,
        "since": digest.since.isoformat(),
        "until": digest.until.isoformat(),
        "total": digest.total,
        "kinds": {**{str(kind): 0 for kind in ChangeKind}, **{str(kind): count for kind, count in digest.kinds}},
        "watchlists": [
            {"watchlist": _name(section.watchlist), "count": section.count} for section in sections[:_MOST_NAMES]
        ],
        "channels": digest.channels,
        "checked": digest.checked,
        "failing": [_name(name) for name in digest.failing[:_MOST_NAMES]],
        "gaps": len(digest.gaps),
    }
    head = {"type": "digest.ready", "timestamp": digest.until.isoformat()}
    room = BODY_BYTES - _RESERVE_BYTES - _size({**head, "data": facts})
    posts: list[dict[str, object]] = []
    for post in _posts(digest):
        room -= _size(post) + 1
        if room < 0:
            break
        posts.append(post)
    return {**head, "data": {**facts, "posts": posts, "more": max(digest.total - len(posts), 0)}}


def _posts(digest: Digest) -> Iterator[dict[str, object]]:
    for section in digest.sections:
        for post in section.posts:
            # what an edit removed stands among the pieces too
            text = "".join(piece.text for piece in post.excerpts if piece.change != "removed")
            yield {
                "watchlist": None if section.watchlist == OTHER else _name(section.watchlist),
                "channel": post.channel,
                "title": _name(post.channel_title),
                "kind": str(post.kind),
                "at": post.at.isoformat(),
                "url": post.url if post.url is None or len(post.url) <= _URL_CHARS else None,
                "grade": post.grade,
                "gained": [_name(name) for name in post.gained[:_MOST_NAMES]],
                "lost": [_name(name) for name in post.lost[:_MOST_NAMES]],
                "text": one_line(text, _LEAD_CHARS),
            }


def gone_payload(recipient: str, detail: str, now: datetime) -> dict[str, object]:
    """Return the message to operators that a recipient's receiver is gone for good, in its own words."""
    said = one_line(detail, _DETAIL_CHARS)
    return {
        "type": "recipient.gone",
        "timestamp": now.isoformat(),
        "data": {"recipient": recipient, "detail": said},
    }


def broken_payload(detail: str, now: datetime) -> dict[str, object]:
    """Return the message to operators that a template cannot be rendered, and that what it is for waits."""
    said = one_line(detail, _DETAIL_CHARS)
    return {"type": "template.broken", "timestamp": now.isoformat(), "data": {"detail": said}}


def mail_refused_payload(detail: str, now: datetime) -> dict[str, object]:
    """Return the message to operators that no mail can be sent before they mend something, and what was said."""
    said = one_line(detail, _DETAIL_CHARS)
    return {"type": "mail.refused", "timestamp": now.isoformat(), "data": {"detail": said}}


def trial_payload(recipient: str, now: datetime) -> dict[str, object]:
    """Return the message that says that it is a test and nothing else."""
    return {"type": "recipient.test", "timestamp": now.isoformat(), "data": {"recipient": recipient}}


def _name(name: str) -> str:
    return clean(name)[:_NAME_CHARS]


def _size(value: Mapping[str, object]) -> int:
    return len(body_of(value).encode())
