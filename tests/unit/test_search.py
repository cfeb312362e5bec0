"""Full-text search: what a query finds in a text, and how each bad query is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.search import query, stems
from worker.errors import QueryError

FOUND = [
    ("санкции", "Министерство портов отменило часть санкций"),
    ("порт", "в портах Сельмута"),
    ("съезд", "СЪЕЗДЫ КАПИТАНОВ"),
    ("все елки", "Всё ёлки да ёлки"),
    ("sanction", "Norvania lifts its sanctions"),
    ("policy", "two policies of the harbour office"),
    ("sanctionner", "les ministres sanctionnés"),
    ("élection", "l’élection du conseil"),
    ("elections", "l'élection du conseil"),
    ("2026", "am 3.2.2026"),
    ("CIS", "the #CIS summit"),
    ("cis", "the CIS summit"),
    ("summit cis", "the CIS summit"),
    ('"grain ship"', "Two grain ships have left"),
    ("“grain ship”", "Two grain ships have left"),
    ("«союз портов»", "в Союзе портов"),
    ("ship -wheat", "A ship with barley"),
    ('ship -"grain ship"', "a ship of grain"),
    ("ukrain*", "the Ukrainian delegation"),
    ("санкциями*", "новыми санкциями"),
    ("policy*", "a policyholder"),
    ("policie*", "policies"),
    ("covid-19", "Covid-19 in the port"),
    ("страны", "#страны_снг"),
    ("港口", "新港口开放"),
    ("straße", "An der STRASSE"),
    ('"OR"', "made of OR"),
]
NOT_FOUND = [
    ("CIS", "a cis-lunar orbit"),
    ("summit wheat", "the summit"),
    ('"grain ship"', "a ship of grain"),
    ("ship -wheat", "a ship with wheat"),
    ("port", "the report"),
    ("ukrain*", "in Kraine"),
    ("港口", "口港"),
    ("мир", "мор"),
]


@pytest.mark.parametrize(("words", "text"), FOUND)
def test_what_is_looked_for_is_found(words: str, text: str) -> None:
    assert query(words).matches(text)


@pytest.mark.parametrize(("words", "text"), NOT_FOUND)
def test_what_is_not_there_is_not_found(words: str, text: str) -> None:
    assert not query(words).matches(text)


@pytest.mark.parametrize(("words", "text"), FOUND)
def test_the_index_would_name_every_post_that_matches(words: str, text: str) -> None:
    held = set(stems(text))
    for lookup in query(words).lookups():
        begins = lookup.prefix and any(stem.startswith(lookup.prefix) for stem in held)
        assert begins or held & set(lookup.stems)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "nothing to look for"),
        ("   ", "nothing to look for"),
        ('"grain', "a quote is not closed"),
        ("-wheat", "only says what must not be there"),
        ("ship OR boat", "OR is not known"),
        ("*", "holds no word"),
        ("sh*p", "a star in 'sh*p'"),
        ('"grain sh*"', "a star in"),
        ("s*", "at least 2 letters"),
        ("!!!", "holds no word"),
        ("ship -", "holds no word"),
        ('ship ""', "holds no word"),
    ],
)
def test_a_query_that_means_nothing_is_refused_with_what_would_be_right(words: str, said: str) -> None:
    with pytest.raises(QueryError, match=said.replace("*", r"\*")):
        query(words)


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_any_words_are_understood_or_refused(words: str) -> None:
    try:
        understood = query(words)
    except QueryError:
        return
    assert understood.lookups()
    understood.matches(words)


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=70), min_size=1, max_size=6))
@settings(max_examples=150)
def test_a_text_is_found_by_each_of_its_words(words: list[str]) -> None:
    text = " ".join(words)
    held = set(stems(text))
    for word in words:
        looked_for = query(f'"{word}"')
        assert looked_for.matches(text)
        assert all(held & set(lookup.stems) for lookup in looked_for.lookups())
