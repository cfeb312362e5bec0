"""Near misses: terms that are not true though some of what they ask for stands in the text."""

import pytest

from worker.core.models import Facts, Term, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.near_miss import is_near_miss


@pytest.mark.parametrize(
    ("term", "text", "near"),
    [
        ("ferry", "a boat", False),
        ("ferry", "a ferry", False),
        ("ferry AND strike", "a ferry", True),
        ("ferry AND strike", "a strike", True),
        ("ferry AND strike", "a boat", False),
        ("ferry AND strike", "a strike on the ferry", False),
        ("ferry AND (strike OR queue)", "a queue", True),
        ("ferry AND (strike OR queue)", "a boat", False),
        ("ferry -car", "a car ferry", True),
        ("ferry -car", "a boat", False),
        ("ferry AND lang:ru", "a boat", False),
        ("ferry AND lang:fr", "the ferry is in the port", True),
        ("ferry NEAR/1 strike", "a ferry for all, and then a strike", True),
        ("ferry NEAR/1 strike", "a ferry", True),
        ("ferry NEAR/1 strike", "a boat", False),
        ("boat AND ferry NEAR/1 strike", "a ferry", False),
        ("(ferry AND strike) OR windmill", "a strike", False),
    ],
)
def test_a_near_miss_is_a_query_of_which_a_part_stands_in_the_text(term: str, text: str, near: bool) -> None:
    matcher = Matcher([Watchlist("x", (Term(term),))])

    (judgement,) = matcher.explain(text, Facts()).judgements

    assert is_near_miss(judgement.terms[0]) == near
