"""Terms that stand out: counted right, never the watchlist's own, never what says nothing."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Match, Term, Watchlist
from worker.core.stop_words import STOP_WORDS
from worker.core.suggest import Comparison, Suggestion, log_likelihood, place_of, terms_of
from worker.core.watchlist.matcher import Matcher

BOATS = Watchlist("Boats", (Term("ferry"), Term('"grain ship"'), Term("паром", lang="ru", match="forms")))
MATCHER = Matcher([BOATS])


def compare(*posts: tuple[str, str], least_posts: int = 3, least_channels: int = 2) -> Comparison:
    """Count posts (channel, text) as a job does: tagged ones first."""
    comparison = Comparison(BOATS, least_posts=least_posts, least_channels=least_channels)
    found = [(row, channel, text, MATCHER.match(text)) for row, (channel, text) in enumerate(posts)]
    for row, channel, text, hits in found:
        if hits:
            comparison.add_tagged(text, hits, channel=channel, row=row)
    for _, _, text, hits in found:
        if not hits:
            comparison.add_other(text)
    return comparison


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The new pier of Selmouth", {"pier", "selmouth"}),
        ("The wooden pier", {"wooden", "pier", "wooden pier"}),
        ("wooden\npier", {"wooden", "pier"}),
        ("wooden, pier", {"wooden", "pier"}),
        ("l'ancienne jetée", {"ancienne", "jetée", "ancienne jetée"}),
        ("Порт и причал", {"порт", "причал"}),
        ("#SlowBoats sail", {"#slowboats", "sail"}),
        ("see https://pier.example/wooden and @harbour_news", {"see"}),
        ("in 2026 or B52 or ab", set()),
        ("the ferry pier", {"pier"}),
        ("a\u00adncient pier", {"ancient", "pier", "ancient pier"}),
    ],
)
def test_words_phrases_and_hashtags_are_taken_from_a_text(text: str, terms: set[str]) -> None:
    assert set(terms_of(text, MATCHER.match(text))) == terms


def test_what_stands_out_is_suggested_with_its_counts() -> None:
    tagged = [(f"c{n % 3}", f"The ferry: breakwater at dawn {word}") for n, word in enumerate("abcdefghij")]
    others = [("c0", f"A market opens at dawn {word}") for word in "abcdefghijklmnopqrst"]
    others += [("c1", "The breakwater was closed")]

    found = compare(*tagged, *others).suggestions(5)

    (breakwater,) = found
    assert (breakwater.term, breakwater.posts, breakwater.others, breakwater.channels) == ("breakwater", 10, 1, 3)
    assert breakwater.example == 9


def test_a_phrase_is_suggested_instead_of_its_words_where_they_stand_together() -> None:
    tagged = [(f"c{n % 2}", "The ferry left by the wooden pier") for n in range(8)]
    others = [("c0", "A market opens") for _ in range(30)]

    assert [each.term for each in compare(*tagged, *others).suggestions(9)] == ["left", '"wooden pier"']


def test_a_word_is_suggested_instead_of_one_of_the_phrases_it_stands_in() -> None:
    kinds = ("wooden", "wooden", "wooden", "iron", "stone", "old", "long", "grand")
    tagged = [(f"c{n % 2}", f"ferry: {kind} pier") for n, kind in enumerate(kinds)]
    others = [("c0", "A market opens") for _ in range(40)]

    found = {each.term for each in compare(*tagged, *others).suggestions(9)}

    assert "pier" in found
    assert '"wooden pier"' not in found


def test_of_a_phrase_of_three_words_one_half_is_suggested() -> None:
    tagged = [(f"c{n % 2}", "ferry: harbour expansion fund") for n in range(9)]
    others = [("c0", "A market opens") for _ in range(60)]

    assert [each.term for each in compare(*tagged, *others).suggestions(9)] == ['"expansion fund"']


def test_two_phrases_that_end_alike_are_both_suggested() -> None:
    tagged = [(f"c{n % 2}", f"ferry: {kind} pier") for n in range(9) for kind in ("wooden", "iron")]
    others = [("c0", "A pier opens") for _ in range(60)]

    assert {each.term for each in compare(*tagged, *others).suggestions(9)} == {'"wooden pier"', '"iron pier"'}


def test_what_chance_brings_about_among_very_many_words_is_not_suggested() -> None:
    chance = Random(7)
    vocabulary = [f"{first}{last}" for first in "bcdfghklmn" for last in ("anor", "elud", "imos", "orat", "uvel")]
    posts = [
        (f"c{n % 5}", f"{'ferry' if n % 9 == 0 else 'market'}: {' '.join(chance.choices(vocabulary, k=12))}")
        for n in range(900)
    ]
    comparison = compare(*posts)

    assert [each.term for each in comparison.suggestions(9)] == []
    assert (comparison.tagged, comparison.untagged) == (100, 800)


def test_what_few_posts_or_one_channel_say_is_not_suggested() -> None:
    tagged = [(f"c{n % 2}", "ferry breakwater") for n in range(4)] + [("c0", "ferry lighthouse") for _ in range(9)]
    others = [("c0", "A market opens") for _ in range(60)]
    comparison = compare(*tagged, *others, least_posts=5)

    assert comparison.suggestions(9) == ()
    assert [each.term for each in compare(*tagged, *others, least_posts=4).suggestions(9)] == ["breakwater"]
    assert {each.term for each in compare(*tagged, *others, least_channels=1).suggestions(9)} == {
        "breakwater",
        "lighthouse",
    }


def test_the_words_of_the_watchlist_are_not_suggested() -> None:
    tagged = [(f"c{n % 2}", "Ferry and паромов: the ship with grain, Grain #ferry") for n in range(9)]
    others = [("c0", "A market opens") for _ in range(60)]

    assert compare(*tagged, *others).suggestions(9) == ()


def test_nothing_is_suggested_where_no_other_post_is_known() -> None:
    assert compare(*[(f"c{n}", "ferry breakwater") for n in range(9)]).suggestions(9) == ()
    assert compare().suggestions(9) == ()


def test_the_place_of_a_suggestion_is_found_in_the_original_text() -> None:
    text = "A ferry at the wo\u00adoden  Pier, #SlowBoats"
    hits = MATCHER.match(text)

    def shown(term: str) -> str | None:
        place = place_of(Suggestion(term, 1, 0, 1, 1.0, 0), text, hits)
        return text[slice(*place)] if place else None

    assert shown('"wooden pier"') == "wo\u00adoden  Pier"
    assert shown("#slowboats") == "#SlowBoats"
    assert shown("lighthouse") is None


def test_stop_words_of_the_three_languages_are_known() -> None:
    assert {"the", "about", "dans", "était", "который", "ее"} <= STOP_WORDS
    assert not {"pier", "jetée", "причал"} & STOP_WORDS


@pytest.mark.parametrize(
    ("table", "expected"),
    [((10, 10, 0, 90), 65.0), ((5, 50, 50, 500), 0.0), ((0, 10, 0, 10), 0.0), ((3, 3, 2, 2), 0.0)],
)
def test_the_log_likelihood_is_that_of_the_table(table: tuple[int, int, int, int], expected: float) -> None:
    assert log_likelihood(*table) == pytest.approx(expected, abs=0.1)


@settings(max_examples=60)
@given(st.integers(1, 200), st.integers(0, 200), st.data())
def test_the_log_likelihood_is_never_negative_and_grows_with_the_difference(
    tagged: int, untagged: int, draw: st.DataObject
) -> None:
    posts = draw.draw(st.integers(0, tagged))
    others = draw.draw(st.integers(0, untagged))

    ratio = log_likelihood(posts, tagged, others, untagged)

    assert math.isfinite(ratio)
    assert ratio >= -1e-9
    if posts < tagged and posts * untagged >= others * tagged:
        assert log_likelihood(posts + 1, tagged, others, untagged) >= ratio - 1e-9


_LINE = st.text(st.sampled_from("ab ferпа#@\n.é\u00ad\u0301ßİ1"), max_size=40)


@settings(max_examples=80)
@given(_LINE)
def test_whatever_is_suggested_of_a_text_stands_there_and_nowhere_over_a_match(text: str) -> None:
    hits: tuple[Match, ...] = MATCHER.match(text)
    for term in set(terms_of(text, hits)):
        written = f'"{term}"' if " " in term else term
        place = place_of(Suggestion(written, 1, 0, 1, 1.0, 0), text, hits)
        if place is not None:
            assert 0 <= place[0] < place[1] <= len(text)
            assert all(hit.end <= place[0] or place[1] <= hit.start for hit in hits)


_WORDS = ("wooden", "pier", "the", "#quay", "ferry", "Причал", "порт.", "2026", "at\n")
_SENTENCE = st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join)


@settings(max_examples=60)
@given(st.lists(_SENTENCE, max_size=12), st.lists(_SENTENCE, max_size=12))
def test_the_counts_are_those_of_the_posts(tagged: list[str], others: list[str]) -> None:
    comparison = Comparison(BOATS, least_posts=1, least_channels=1)
    for row, text in enumerate(tagged):
        comparison.add_tagged(text, MATCHER.match(text), channel="c", row=row)
    for text in others:
        comparison.add_other(text)

    for each in comparison.suggestions(100):
        term = each.term.strip('"')
        assert each.posts == sum(term in set(terms_of(text, MATCHER.match(text))) for text in tagged)
        assert each.others == sum(term in set(terms_of(text)) for text in others)
        assert term in set(terms_of(tagged[each.example], MATCHER.match(tagged[each.example])))
