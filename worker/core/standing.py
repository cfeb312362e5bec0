"""How a channel stands after a check: its state, when it is asked again, and what operators are to be told of it.

Arithmetic on what was known before and what the check found; knows no clock and no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from worker.core.health import notice_due
from worker.core.rhythm import first_rate, interval, is_quiet, learned_rate
from worker.core.schedule import next_check

#: a channel that is gone for good (410) is asked no more until a person says so
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of a channel besides its posts."""

    state: str = "new"
    #: bad checks in a row
    failures: int = 0
    last_error: str | None = None
    #: learned; None: not yet known
    posts_per_day: float | None = None
    last_new_at: datetime | None = None
    last_ok_at: datetime | None = None
    #: the state that operators have been told
    told_state: str = "ok"
    #: where the server says that the export has moved to for good
    moved_to: str | None = None
    next_check_at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a channel may be asked."""

    every: timedelta
    #: the longest pause for a channel that seldom posts
    slowest: timedelta
    #: from 0 to 1: spreads channels so that they do not ask in step
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class GoodCheck:
    """What a good check found out about the channel itself."""

    at: datetime
    new: int = 0
    #: dates of the posts that the check showed, as far as they are known
    published: tuple[datetime | None, ...] = ()
    #: how long the server says that its answer is good
    fresh_for: timedelta | None = None
    moved_to: str | None = None


def after_good_check(before: Standing, check: GoodCheck, pace: Pace) -> Standing:
    """Return the standing after a check that was good, whether or not it found anything."""
    if before.last_ok_at is None:
        # Nobody was there to miss anything: silence counts from now on.
        rate, last_new_at = first_rate(check.published), check.at if check.published else None
    elif check.new:
        since = before.last_new_at or before.last_ok_at
        rate, last_new_at = learned_rate(before.posts_per_day, check.new, check.at - since), check.at
    else:
        rate, last_new_at = before.posts_per_day, before.last_new_at
    silence = check.at - last_new_at if last_new_at else timedelta()
    pause = interval(pace.every, pace.slowest, rate, silence)
    return Standing(
        state="quiet" if is_quiet(last_new_at, check.at, rate) else "ok",
        posts_per_day=rate,
        last_new_at=last_new_at,
        last_ok_at=check.at,
        told_state=before.told_state,
        moved_to=check.moved_to or before.moved_to,
        next_check_at=next_check(check.at, pause, jitter=pace.jitter, wait=check.fresh_for),
    )


def after_failure(
    before: Standing,
    state: str,
    error: str,
    *,
    now: datetime,
    pace: Pace,
    wait: timedelta | None = None,
    backs_off: bool = True,
    stops: bool = False,
) -> Standing:
    """Return the standing after a check that failed.

    Args:
        before: the standing until now.
        state: what kind of failure it is.
        error: the same in words.
        now: the end of the check.
        pace: how often the channel may be asked.
        wait: what the server asked for; never undercut.
        backs_off: False for dropped files, where one bad file says nothing of the next.
        stops: True if asking again would be rude (410).
    """
    failures = before.failures + 1
    pauses = failures if backs_off else 0
    due = NEVER if stops else next_check(now, pace.every, failures=pauses, jitter=pace.jitter, wait=wait)
    return replace(before, state=state, failures=failures, last_error=error, next_check_at=due)


def notice(
    before: Standing, after: Standing, *, channel: str, title: str, now: datetime
) -> tuple[Standing, Mapping[str, object] | None]:
    """Return the standing with what operators know now, and the message that tells them; None: nothing to tell."""
    if not notice_due(after.told_state, after.state, after.failures):
        return after, None
    facts = {
        "state": after.state,
        "before": after.told_state,
        "error": after.last_error,
        "last_ok_at": before.last_ok_at.isoformat() if before.last_ok_at else None,
    }
    return replace(after, told_state=after.state), message("channel.state", channel, title, now, facts)


def message(kind: str, channel: str, title: str, now: datetime, facts: Mapping[str, object]) -> Mapping[str, object]:
    """Return the body of a message to operators (Standard Webhooks: type, timestamp, data)."""
    return {"type": kind, "timestamp": now.isoformat(), "data": {"channel": channel, "title": title, **facts}}
