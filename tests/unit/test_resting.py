"""How long a recipient rests: order is kept over a short outage, and nobody is silenced by one message."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from worker.core.resting import rest_after
from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF, next_attempt

MINUTE = timedelta(minutes=1)


def test_the_first_failures_hold_back_what_follows_until_the_next_try() -> None:
    for table in (MAIL_BACKOFF, WEBHOOK_BACKOFF):
        for turn in (1, 2, 3):
            again = next_attempt(NOON, turn, table, jitter=1.0)
            assert rest_after(NOON, turn, again) == again


def test_later_ones_give_way_after_five_minutes() -> None:
    for turn in range(4, 10):
        assert rest_after(NOON, turn, next_attempt(NOON, turn, WEBHOOK_BACKOFF, jitter=0.0)) == NOON + 5 * MINUTE
    assert rest_after(NOON, 10, None) == NOON + 5 * MINUTE


@given(
    turn=st.integers(1, 12),
    wait=st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=1)),
    jitter=st.floats(0, 1),
)
@settings(max_examples=60)
def test_a_wish_for_quiet_is_never_undercut_and_the_message_itself_never_waits_for_the_rest(
    turn: int, wait: timedelta | None, jitter: float
) -> None:
    for table in (MAIL_BACKOFF, WEBHOOK_BACKOFF):
        again = next_attempt(NOON, turn, table, jitter=jitter, wait=wait)
        rest = rest_after(NOON, turn, again, wait=wait)
        assert rest - NOON >= (wait or timedelta(seconds=5))
        assert again is None or rest <= again
