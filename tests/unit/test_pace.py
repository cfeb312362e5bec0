"""Quiet hours and a measure for each hour: the decision table, and that nothing is lost or told twice."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.pace import FEW, HeldAlert, Pace, Quiet, Release, hour_of, release
from worker.core.timetable import EVERY_DAY, WORKING_DAYS

PARIS = ZoneInfo("Europe/Paris")
NIGHT = Quiet(time(22), time(7), PARIS)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: a Friday
NOON = datetime(2026, 11, 20, 12, 20, tzinfo=UTC)
NEXT_HOUR = datetime(2026, 11, 20, 13, tzinfo=UTC)


def paris(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def fresh(count: int, at: datetime = NOON) -> list[HeldAlert]:
    return [HeldAlert(f"new-{n}", at, has_waited=False) for n in range(count)]


def waited(count: int, since: datetime) -> list[HeldAlert]:
    return [HeldAlert(f"old-{n}", since, has_waited=True) for n in range(count)]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param(paris(20, 21, 59), None, id="before them"),
        pytest.param(paris(20, 22), paris(21, 7), id="at their beginning"),
        pytest.param(paris(21, 3), paris(21, 7), id="after midnight"),
        pytest.param(paris(21, 7), None, id="at their end"),
        pytest.param(paris(25, 2, 59, 10), paris(25, 7, 0, 10), id="in the night when clocks go back"),
        pytest.param(paris(29, 3, 30, 3), paris(29, 7, 0, 3), id="in the night when clocks go forward"),
    ],
)
def test_quiet_hours_over_midnight(now: datetime, until: datetime | None) -> None:
    assert NIGHT.until(now) == until


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (Quiet(time(12), time(14), PARIS), paris(20, 13), paris(20, 14)),
        (Quiet(time(12), time(14), PARIS), paris(20, 14), None),
        (Quiet(time(22), time(7), PARIS, WORKING_DAYS), paris(21, 3), paris(21, 7)),  # began on Friday
        (Quiet(time(22), time(7), PARIS, WORKING_DAYS), paris(21, 23), None),  # Saturday
        # the whole weekend, day after day
        (Quiet(time(0), time(0), PARIS, frozenset({5, 6})), paris(21, 10), paris(23, 0)),
        (Quiet(time(0), time(0), PARIS, frozenset({5, 6})), paris(20, 23, 59), None),
    ],
)
def test_quiet_hours_on_some_days(quiet: Quiet, now: datetime, until: datetime | None) -> None:
    assert quiet.until(now) == until


def test_quiet_hours_without_an_end_are_looked_at_again_within_a_week() -> None:
    always = Quiet(time(9), time(9), PARIS, EVERY_DAY)
    until = always.until(NOON)
    assert until is not None
    assert NOON < until <= NOON + timedelta(days=8)


def test_without_a_pace_everything_goes_at_once() -> None:
    assert release(NOON, Pace(), fresh(40), 0) == Release(tuple(f"new-{n}" for n in range(40)))


def test_in_quiet_hours_everything_waits_for_their_end() -> None:
    decided = release(paris(21, 3), Pace(NIGHT, per_hour=1), [*waited(2, paris(20, 23)), *fresh(1)], 0)

    assert decided == Release(later=("old-0", "old-1", "new-0"), until=paris(21, 7))


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 40])
def test_after_quiet_hours_a_few_come_one_by_one_and_more_as_one_message(count: int) -> None:
    decided = release(paris(21, 7), Pace(NIGHT), waited(count, paris(21, 3)), 0)

    assert not decided.later
    assert len(decided.apart) == (count if count <= FEW else 0)
    assert len(decided.together) == (0 if count <= FEW else count)


def test_an_hour_has_room_for_so_many_and_the_rest_waits_for_its_end() -> None:
    decided = release(NOON, Pace(per_hour=10), fresh(33), 4)

    assert len(decided.apart) == 6
    assert len(decided.later) == 27
    assert decided.until == NEXT_HOUR


def test_what_an_hour_had_no_room_for_comes_as_one_message() -> None:
    decided = release(NEXT_HOUR, Pace(per_hour=10), [*waited(2, NOON), *fresh(12, NEXT_HOUR)], 0)

    assert decided.together == ("old-0", "old-1")
    assert len(decided.apart) == 9
    assert len(decided.later) == 3


def test_one_alert_that_has_waited_stays_a_message_of_its_own() -> None:
    assert release(NEXT_HOUR, Pace(per_hour=10), waited(1, NOON), 0) == Release(("old-0",))


def test_a_full_hour_lets_nothing_go_even_after_quiet_hours() -> None:
    decided = release(paris(21, 7, 30), Pace(NIGHT, per_hour=2), waited(9, paris(21, 3)), 2)

    assert decided == Release(later=tuple(f"old-{n}" for n in range(9)), until=paris(21, 8))


@dataclass
class Played:
    """What a recipient gets, as the store would keep it."""

    pace: Pace
    held: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    messages: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    hours: Counter[datetime] = field(default_factory=Counter)

    def found(self, name: str, now: datetime) -> None:
        if self.pace.holds:
            self.held[name] = (now, now)
        else:
            self.messages.append((now, (name,)))

    def tick(self, now: datetime) -> Release | None:
        due = [HeldAlert(name, at, until > at) for name, (at, until) in self.held.items() if until <= now]
        if not due:
            return None
        decided = release(now, self.pace, due, self.hours[hour_of(now)])
        everything = [*decided.apart, *decided.together, *decided.later]
        assert sorted(everything) == sorted(one.id for one in due), "each is decided on once"
        for name in decided.later:
            assert decided.until is not None
            assert decided.until > now
            self.held[name] = (self.held[name][0], decided.until)
        messages = [(name,) for name in decided.apart] + ([decided.together] if decided.together else [])
        assert len(messages) == decided.messages
        for names in messages:
            self.messages.append((now, names))
            self.hours[hour_of(now)] += 1
            for name in names:
                del self.held[name]
        return decided


QUIETS = st.none() | st.builds(
    Quiet,
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 15])),
    st.sampled_from(["Europe/Paris", "Asia/Kathmandu", "America/Santiago"]).map(ZoneInfo),
    st.sets(st.integers(0, 6), min_size=1, max_size=6).map(frozenset),
)
PACES = st.builds(Pace, QUIETS, st.none() | st.integers(1, 12))
#: minutes until the next tick, and how many changes it finds
STORY = st.lists(st.tuples(st.integers(1, 300), st.integers(0, 15)), min_size=1, max_size=60)


@settings(max_examples=120)
@given(PACES, STORY)
def test_whatever_the_pace_each_alert_is_told_exactly_once(pace: Pace, story: list[tuple[int, int]]) -> None:
    played = Played(pace)
    now = datetime(2026, 10, 24, 20, tzinfo=UTC)
    found = 0
    for minutes, count in story:
        now += minutes * MINUTE
        for _ in range(count):
            played.found(f"alert-{found:04}", now)
            found += 1
        played.tick(now)
    for _ in range(24 * 9):  # until all quiet hours are over
        now += HOUR
        played.tick(now)

    told = [name for _, names in played.messages for name in names]
    assert sorted(told) == [f"alert-{n:04}" for n in range(found)]
    if pace.holds:
        assert all(pace.quiet_until(at) is None for at, _ in played.messages)
    if pace.per_hour is not None:
        assert max(played.hours.values(), default=0) <= pace.per_hour


@settings(max_examples=60)
@given(PACES, STORY)
def test_what_came_first_is_never_told_after_what_came_later(pace: Pace, story: list[tuple[int, int]]) -> None:
    played = Played(pace)
    now = datetime(2026, 3, 28, 20, tzinfo=UTC)
    found = 0
    for minutes, count in story:
        now += minutes * MINUTE
        for _ in range(count):
            played.found(f"alert-{found:04}", now)
            found += 1
        played.tick(now)

    moments = {name: at for at, names in played.messages for name in names}
    for earlier, later in zip(sorted(moments), sorted(moments)[1:], strict=False):
        assert moments[earlier] <= moments[later]
