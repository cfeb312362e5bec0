"""The fingerprint of a watchlist: the same for what finds the same, another for all that finds something else."""

from dataclasses import replace

import pytest

from worker.core.models import Example, Exclusion, Term, Watchlist
from worker.core.watchlist import definition
from worker.core.watchlist.definition import fingerprints

PORTS = Watchlist("Ports", (Term("quay"), Term("harbour", lang="en")), exclusions=(Exclusion(Term("harbourmaster")),))
SHIPS = Watchlist("Ships", (Term("ship"), Term("ferry")))


def mark(*watchlists: Watchlist) -> str:
    return fingerprints(watchlists)[watchlists[0].name]


@pytest.mark.parametrize(
    "same",
    [
        replace(PORTS, terms=PORTS.terms[::-1]),
        replace(PORTS, terms=(*PORTS.terms, PORTS.terms[0])),
        replace(PORTS, examples=(Example("at the quay"),), counter_examples=(Example("at the gate"),)),
        replace(PORTS, threshold=1),
    ],
)
def test_what_finds_the_same_has_the_same_fingerprint(same: Watchlist) -> None:
    assert mark(same) == mark(PORTS)


@pytest.mark.parametrize(
    "other",
    [
        replace(PORTS, terms=PORTS.terms[:1]),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="fr"))),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="en", match="forms"))),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="en", case=True))),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="en", case=False))),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="en", weight=0.5))),
        replace(PORTS, terms=(Term("quay"), Term("harbour", lang="en", links=True))),
        replace(PORTS, exclusions=()),
        replace(PORTS, exclusions=(Exclusion(Term("harbourmaster"), where="post"),)),
        replace(PORTS, threshold=2.0),
        replace(PORTS, name="ports"),
    ],
)
def test_what_may_find_something_else_has_another(other: Watchlist) -> None:
    assert mark(other) != mark(PORTS)


def test_watchlists_are_told_apart_from_each_other_only_where_one_refers_to_another() -> None:
    assert mark(PORTS, SHIPS) == mark(PORTS) == mark(PORTS, replace(SHIPS, threshold=2.0))
    trade = Watchlist("Trade", (Term("tariff AND watchlist:all"),))
    everything = Watchlist("All", (Term("watchlist:Ports OR watchlist:Ships"),))
    assert mark(trade, everything, PORTS, SHIPS) != mark(trade, everything, PORTS, replace(SHIPS, threshold=2.0))
    assert mark(trade, everything, PORTS, SHIPS) == mark(trade, SHIPS, PORTS, everything)


def test_watchlists_that_refer_to_each_other_in_a_circle_have_fingerprints() -> None:
    one, two = Watchlist("One", (Term("watchlist:Two"),)), Watchlist("Two", (Term("watchlist:One"),))
    assert mark(one, two) != mark(two, one)


def test_other_rules_of_matching_are_other_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mark(PORTS)
    monkeypatch.setattr(definition, "MATCHING_VERSION", definition.MATCHING_VERSION + 1)
    assert mark(PORTS) != before
