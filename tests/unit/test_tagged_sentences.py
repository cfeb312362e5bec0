"""The shipped watchlists against sentences that were tagged by hand before any term was tried on them."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from worker.config.watchlists import WatchlistTable
from worker.core.models import Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.resources import shipped

SENTENCES = Path(__file__).parents[1] / "data" / "tagged"
NAMES = {"B": "BRICS", "C": "CIS", "U": "Ukraine"}
_ESCAPE = re.compile(r"\\U([0-9a-f]{8})|\\u([0-9a-f]{4})|\\(n)")


@dataclass(frozen=True)
class Sentence:
    """A text with the names of the watchlists that a person sees in it."""

    text: str
    tags: frozenset[str]


def load(name: str) -> Watchlist:
    (table,) = tomllib.loads((shipped("config") / "watchlists" / f"{name.lower()}.toml").read_text("utf-8"))[
        "watchlist"
    ]
    return WatchlistTable.model_validate(table).watchlist()


def read(name: str) -> Iterator[Sentence]:
    for line in (SENTENCES / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            tags, _, text = line.partition("|")
            plain = _ESCAPE.sub(lambda found: "\n" if found[3] else chr(int(found[1] or found[2], 16)), text.strip())
            yield Sentence(plain, frozenset(NAMES[letter] for letter in tags.strip() if letter != "-"))


MATCHER = Matcher([load(name) for name in NAMES.values()])
TUNED = [sentence for name in ("english", "french", "russian") for sentence in read(name)]
HELD_OUT = [sentence for name in ("held_out", "held_out_later") for sentence in read(name)]


def given(sentence: Sentence) -> frozenset[str]:
    return frozenset(MATCHER.tags(MATCHER.match(sentence.text)))


@pytest.mark.parametrize("sentences", [TUNED, HELD_OUT], ids=["tuned", "held out"])
@pytest.mark.parametrize("watchlist", NAMES.values())
def test_a_watchlist_tags_what_a_person_tags(watchlist: str, sentences: list[Sentence]) -> None:
    due = {sentence for sentence in sentences if watchlist in sentence.tags}
    tagged = {sentence for sentence in sentences if watchlist in given(sentence)}
    wrong = sorted(sentence.text for sentence in due ^ tagged)
    precision, recall = len(due & tagged) / len(tagged), len(due & tagged) / len(due)
    assert (precision >= 0.98, recall >= 0.98) == (True, True), f"{precision:.3f} {recall:.3f}, wrong: {wrong}"


def test_there_are_sentences_enough_in_each_language() -> None:
    assert min(len(list(read(name))) for name in ("english", "french", "russian")) >= 110
    assert len(HELD_OUT) >= 120


def test_no_sentence_stands_twice() -> None:
    texts = [sentence.text for sentence in (*TUNED, *HELD_OUT)]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []
