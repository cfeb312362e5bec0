"""What is drawn for people: lines that fit, bars in proportion, words that stay marked."""

import io
from contextlib import redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from worker.cli.backtest import draw
from worker.cli.drawing import Page, bar, count
from worker.cli.progress import last_of, log_progress
from worker.core.backtest import Tally
from worker.core.models import Facts, Match
from worker.core.past import PastPost
from worker.jobs.backtest import Backtested, Tried


def drawn(write: object) -> list[str]:
    out = io.StringIO()
    with redirect_stdout(out):
        write(Page())  # type: ignore[operator]
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("value", "most", "shown"),
    [(0, 10, ""), (10, 10, "████"), (5, 10, "██"), (1, 16, "▎"), (1, 1000, "▏"), (3, 0, ""), (9, 16, "██▎")],
)
def test_a_bar_is_as_long_as_its_share(value: float, most: float, shown: str) -> None:
    assert bar(value, most, 4) == shown


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 60))
def test_a_bar_is_never_longer_than_its_room(value: int, most: int, width: int) -> None:
    drawn_bar = bar(min(value, most), most, width)
    assert len(drawn_bar) <= width
    assert bool(drawn_bar) == (value > 0)


def test_numbers_come_with_their_nouns() -> None:
    assert [count(0, "post"), count(1, "post"), count(1200, "post")] == ["0 posts", "1 post", "1,200 posts"]


@settings(max_examples=60)
@given(st.text(st.sampled_from("ab é港\n\t\u202e\ud800\u0301 "), max_size=200), st.integers(0, 90), st.integers(1, 50))
def test_an_extract_fits_whatever_the_text_is(text: str, start: int, length: int) -> None:
    lines = drawn(lambda page: page.extract(text, [(start, start + length)], most=120, indent=4))

    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert not {"\u202e", "\ud800", "\t"} & set("".join(lines))


def test_matches_are_marked_where_they_stand() -> None:
    assert drawn(lambda page: page.extract("the\nold ferry sails", [(8, 13)], most=100, indent=2)) == [
        "  the old **ferry** sails"
    ]


def test_a_table_cuts_long_names_and_keeps_its_figures() -> None:
    lines = drawn(lambda page: page.table([["", "posts"], ["a" * 200, "1,234"], ["港口新闻", "5"]]))

    assert [len(line) for line in lines[:2]] == [80, 80]
    assert lines[1].endswith("…  1,234")
    assert lines[2].startswith("  港口新闻 ")


def test_a_backtest_with_every_part_of_it_fits_the_page() -> None:
    tally = Tally([f'"a long term of several words, number {n}"' for n in range(80)], NOON, 3)
    for row in range(300):
        terms = [tally.terms[row % 30], tally.terms[(row * 7) % 30]]
        hits = tuple(Match("Boats", term, 4, 9) for term in terms)
        when = NOON.replace(year=2026 - row % 3, month=1 + row % 12)
        post = PastPost(row, f"channel-{row % 23}", str(row), None, min(when, NOON), f"the ferry sails {row}", Facts())
        tally.add(post, hits if row % 5 else (), hits if row % 4 else ())

    head = {"watchlist": "Boats", "since": "2024-01-01", "compared_with": "stored"}
    lines = drawn(lambda page: draw(page, head, tally.findings()))

    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert "stretches of 5 weeks" in lines
    assert "found nothing (50)" in lines
    assert [line for line in lines if line.endswith("; --json lists all")] == [
        "  and 5 more; --json lists all",
        "  and 8 more; --json lists all",
    ]
    assert any(line.startswith("more (3 of ") for line in lines)
    assert any(line.startswith("fewer (3 of ") for line in lines)


def test_progress_is_logged_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter([0.0, 4.0, 11.0, 11.0, 15.0])
    log = log_progress("Boats", lambda: next(seconds))
    last_of([Backtested("Boats", Tally([], NOON).findings())], "Boats")  # sets the log up

    log(Tried(500, 2000))
    log(Tried(1000, 2000))
    log(Tried(1500, 2000))

    (line,) = capsys.readouterr().err.splitlines()
    assert '"event": "watchlist_progress"' in line
    assert '"watchlist": "Boats"' in line
    assert '"posts": 1000' in line
    assert '"percent": 50' in line
