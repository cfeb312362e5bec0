"""The term that an example nearly holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Term
from worker.core.watchlist.nearest_term import nearest_term

TERMS = (
    Term("tide"),
    Term('"harbour master"'),
    Term("LAT"),
    Term("#slowboat"),
    Term("прилив AND луна"),
    Term("/ebb+/"),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Two tides a day", (0, "tides")),
        ("the Harbour-Master’s house", (1, "Harbour-Master")),
        ("a lat pull", (2, "lat")),
        ("slow boats", (3, "slow boats")),
        ("После ПРИЛИ́ВОВ тихо", (4, "ПРИЛИ́ВОВ")),
        ("har­bour masters", (1, "har­bour masters")),
    ],
)
def test_names_the_term_that_is_spelt_a_little_differently(text: str, found: tuple[int, str]) -> None:
    assert nearest_term(TERMS, text) == found


@pytest.mark.parametrize("text", ["", "fog", "a quiet evening by the lake", "ebbb", "!"])
def test_names_none_where_nothing_is_alike(text: str) -> None:
    assert nearest_term(TERMS, text) is None


@given(st.text(alphabet="tides haroumLAT#slowbß́­прив-", max_size=40))
@settings(max_examples=100)
def test_the_words_that_are_named_stand_in_the_text(text: str) -> None:
    found = nearest_term(TERMS, text)
    assert found is None or (found[1] in text and found[0] < len(TERMS))
