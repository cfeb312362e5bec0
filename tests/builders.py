"""Values for tests, with what does not matter filled in."""

from datetime import UTC, datetime, timedelta

from worker.core.diff import Found, StoredSequence
from worker.core.fingerprint import fingerprint
from worker.core.models import Match, Post, StoredPost
from worker.core.record import Announcement, CheckRecord, NewPost
from worker.core.standing import Standing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_post(text: str, number: int | None = None) -> Post:
    """Return a post; without a number it has no id, as in a dump."""
    if number is None:
        return Post(text=text)
    return Post(
        text=text,
        id=str(number),
        url=f"https://t.me/harbour/{number}",
        published_at=NOON - timedelta(hours=1),
        edited=False,
    )


def make_found(text: str, number: int | None = None, position: float | None = None) -> Found:
    """Return a post as a diff hands it on."""
    return Found(make_post(text, number), fingerprint(text), position)


def make_new(
    text: str,
    number: int | None = None,
    *,
    announcement: Announcement | None = None,
    matches: tuple[Match, ...] = (),
    position: float | None = None,
) -> NewPost:
    """Return a new post as a check records it."""
    return NewPost(make_found(text, number, position), matches, announcement)


def make_standing(at: datetime = NOON, **more: object) -> Standing:
    """Return the standing of a channel after a good check."""
    facts: dict[str, object] = {"state": "ok", "last_ok_at": at, "next_check_at": at + timedelta(minutes=10)}
    return Standing(**{**facts, **more})  # type: ignore[arg-type]


def make_record(*new: NewPost, channel: str = "harbour", at: datetime = NOON, **more: object) -> CheckRecord:
    """Return a check of one channel."""
    return CheckRecord(
        channel=channel,
        at=at,
        seen_in="https://t.me/s/harbour",
        standing=make_standing(at),
        new=new,
        **more,  # type: ignore[arg-type]
    )


def make_sequence(*texts: str) -> StoredSequence:
    """Return a whole stored sequence of posts without ids; rows count from 1."""
    posts = tuple(StoredPost(n, None, fingerprint(text), float(n), text) for n, text in enumerate(texts, 1))
    return StoredSequence(posts, 1.0, float(len(posts)))
