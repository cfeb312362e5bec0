"""The shipped watchlists keep their own examples, and tag real posts as an analyst does."""

import json
import tomllib
from pathlib import Path

import pytest

from worker.config.watchlists import WatchlistTable
from worker.core.models import Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.resources import shipped

NAMES = {"brics": "BRICS", "cis": "CIS", "ukraine": "Ukraine"}
EXPORTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"


def load(name: str) -> Watchlist:
    (table,) = tomllib.loads((shipped("config") / "watchlists" / f"{name}.toml").read_text("utf-8"))["watchlist"]
    return WatchlistTable.model_validate(table).watchlist()


WATCHLISTS = tuple(load(name) for name in NAMES)
MATCHER = Matcher(WATCHLISTS)


def tags(text: str) -> tuple[str, ...]:
    return MATCHER.tags(MATCHER.match(text))


def test_each_file_holds_the_watchlist_of_its_name() -> None:
    assert tuple(watchlist.name for watchlist in WATCHLISTS) == tuple(NAMES.values())


@pytest.mark.parametrize("watchlist", WATCHLISTS, ids=NAMES)
def test_every_example_is_tagged_and_no_counter_example(watchlist: Watchlist) -> None:
    assert [one.text for one in watchlist.examples if watchlist.name not in tags(one.text)] == []
    assert [one.text for one in watchlist.counter_examples if watchlist.name in tags(one.text)] == []


@pytest.mark.parametrize("watchlist", WATCHLISTS, ids=NAMES)
def test_no_term_is_written_twice(watchlist: Watchlist) -> None:
    assert len(set(watchlist.terms)) == len(watchlist.terms)


@pytest.mark.parametrize("watchlist", WATCHLISTS, ids=NAMES)
def test_every_term_has_an_example_that_it_tags_by_itself(watchlist: Watchlist) -> None:
    matcher = Matcher([watchlist])
    judgements = [matcher.explain(one.text).judgements[0] for one in watchlist.examples]
    active = {finding.term for judgement in judgements for finding in judgement.terms if finding.hit}
    assert [term.text for term in watchlist.terms if term not in active or term.weight < watchlist.threshold] == []


@pytest.mark.parametrize("watchlist", WATCHLISTS, ids=NAMES)
def test_every_exclusion_has_an_example_in_which_it_takes_a_hit_away(watchlist: Watchlist) -> None:
    matcher = Matcher([watchlist])
    judgements = [matcher.explain(one.text).judgements[0] for one in watchlist.counter_examples]
    active = {lost.by for judgement in judgements for finding in judgement.terms for lost in finding.cancelled}
    assert [one.term.text for one in watchlist.exclusions if one.term.text not in active] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Ministry of Lakes met the BRICS and CIS envoys on Ukraine.", ("BRICS", "CIS", "Ukraine")),
        ("Le ministère des Lacs salue le sommet des Brics à Portneuf.", ("BRICS",)),
        ("Министерство озёр провело встречу со странами СНГ и БРИКС.", ("BRICS", "CIS")),
        ("Les représentants de la CEI et d’Ukraine ont signé.", ("CIS", "Ukraine")),
        ("The mayor of Kiev opened a bridge; precision and decisions followed.", ()),
        ("#brics #cis #украина", ("BRICS", "CIS", "Ukraine")),
        ("Участники Содружества независимых\u00a0государств прибыли.", ("CIS",)),
        ("Non-Ukrainian, неукраинский рынок", ("Ukraine",)),
        ("The ministry announced a concert.", ()),
    ],
)
def test_posts_in_three_languages_are_tagged(text: str, expected: tuple[str, ...]) -> None:
    assert tags(text) == expected


def test_real_posts_are_tagged_as_an_analyst_tags_them() -> None:
    expected = sorted(EXPORTS.glob("*.expected.jsonl"))
    if not expected:
        pytest.skip("no real exports in a folder named shared beside the checkout")
    lines = [(path.name, json.loads(line)) for path in expected for line in path.read_text("utf-8").splitlines()]
    wrong = [(name, post["n"]) for name, post in lines if set(tags(post["text"] or "")) != set(post["tags"])]
    assert wrong == []
