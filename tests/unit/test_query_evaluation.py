"""What queries, exclusions and thresholds find, and that a slow and obvious evaluation agrees."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Exclusion, Facts, Match, Media, Post, Term, Watchlist
from worker.core.watchlist.explanation import Cancelled, Judgement
from worker.core.watchlist.facts import facts_given, facts_of
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.query import (
    And,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Reference,
    Scope,
    is_bounded,
    parse_query,
    write_query,
)


def watch(*terms: str | Term, name: str = "list", **rest: object) -> Watchlist:
    written = tuple(Term(term) if isinstance(term, str) else term for term in terms)
    return replace(Watchlist(name, written), **rest)  # type: ignore[arg-type]


def found(text: str, *terms: str | Term, facts: Facts | None = None) -> list[str] | None:
    """Return what the terms find in `text`, cut from it; None if the watchlist is not on the post."""
    matches = Matcher([watch(*terms)]).match(text, facts)
    return [text[match.start : match.end] for match in matches] if matches else None


# --------------------------------------------------------------------------- operators


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("lake AND sea", "Sea, lake, lake", ["Sea", "lake", "lake"]),
        ("lake AND sea", "lake", None),
        ("lake OR sea", "a sea", ["sea"]),
        ("lake AND (sea OR river)", "a river, a lake", ["river", "lake"]),
        ("lake -sea", "lake", ["lake"]),
        ("lake -sea", "lake and sea", None),
        ("lake AND NOT (sea AND river)", "lake, sea", ["lake"]),
        ('"big lake" AND #sea', "#Sea: the big\nlake", ["#Sea", "big\nlake"]),
        ("lake NEAR/1 sea", "lake of sea", ["lake", "sea"]),
        ("lake NEAR/1 sea", "sea of lake", ["sea", "lake"]),
        ("lake NEAR/1 sea", "sea of a lake", None),
        ("lake NEAR/0 sea", "lake-sea and lake", ["lake", "sea"]),
        ("lak* NEAR/5 lakes", "lakes", None),
        ("lak* NEAR/5 lakes", "lakes and lakes", ["lakes", "lakes"]),
        ("lake NEAR/2 (sea OR river)", "river, a lake, the long way to the sea", ["river", "lake"]),
        ("a1 NEAR/0 b1 NEAR/0 c1", "b1 c1 a1 b1 c1", ["a1", "b1", "c1"]),
        ("a1 NEAR/1 b1 NEAR/1 a1", "b1 x a1", ["b1", "a1"]),
        ("озеро NEAR/1 море", "о\u00adзе\u00adро и мо\u00adре", ["о\u00adзе\u00adро", "мо\u00adре"]),
    ],
)
def test_operators_join_what_terms_find(query: str, text: str, expected: list[str] | None) -> None:
    assert found(text, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ferry AND ferry", ["ferry"]),
        ("(ferry OR boat) AND (ferry OR port)", ["ferry"]),
        ("ferry NEAR/3 ferry", None),
        ("ferry AND NOT port", ["ferry"]),
        ("boat AND port OR ferry AND lang:en", ["ferry"]),
        ("boat AND ferry", None),
        ("boat NEAR/3 ferry OR port AND ferry", None),
    ],
)
def test_one_leaf_is_enough_where_it_serves_every_part(query: str, expected: list[str] | None) -> None:
    assert found("A ferry.", query, facts=Facts(lang="en")) == expected


def test_two_places_of_one_leaf_are_near_each_other() -> None:
    assert found("A ferry, a ferry.", "ferry NEAR/3 ferry") == ["ferry", "ferry"]


@pytest.mark.parametrize(
    ("query", "facts"),
    [
        ("channel:Mill", Facts(channel="mill")),
        ("channel:mi*", Facts(channel="mill")),
        ("lang:fr", Facts(lang="fr")),
        ("is:forward is:edited", Facts(is_forward=True, is_edited=True)),
        ("has:media", Facts(media=frozenset({"sticker"}))),
        ("has:video", Facts(media=frozenset({"round_video"}))),
        ("has:photo has:poll", Facts(media=frozenset({"photo", "poll"}))),
        ("has:audio", Facts(media=frozenset({"voice"}))),
        ("has:document -has:photo", Facts(media=frozenset({"document"}))),
        ("has:link link:mill.example", Facts(links=("https://www.Mill.example/a",))),
        ('link:"mill.example/ne*"', Facts(links=("https://mill.example/news",))),
        ('author:"anna petrova"', Facts(author="Dr Anna  Petrova")),
        ("author:petr*", Facts(author="Anna Petrova")),
        ("title:tides", Facts(title="High tides")),
    ],
)
def test_a_post_may_be_tagged_for_what_is_known_of_it(query: str, facts: Facts) -> None:
    assert found("", query, facts=facts) == [""]
    assert found("channel mill fr petrova tides", query, facts=Facts(lang="de", title="Low water")) is None
    assert found("", query) is None
    assert found("", f"tide OR ({query})", facts=facts) == [""]


def test_a_link_is_not_taken_for_another_that_ends_or_goes_on_alike() -> None:
    for query in ("link:mill.example", "link:mill"):
        assert found("", query, facts=Facts(links=("https://windmill.example", "https://mills.example"))) is None


def test_the_language_is_told_from_the_text_where_nobody_says_it() -> None:
    text = "Паром вышел из порта утром и придёт на остров вечером, если погода не изменится."
    assert found(text, "паром AND lang:ru") == ["Паром"]
    assert found(text, "паром AND lang:ru", facts=Facts(lang="uk")) is None
    assert found("42", "lang:ru") is None


def test_the_title_is_the_first_line_and_shows_its_place() -> None:
    assert found("\n The Big  Lake\nsea", 'title:"big lake"') == ["Big  Lake"]
    assert found("The lake\nsea", "title:sea") is None
    assert found("text", "title:lake", facts=Facts(title="Lake")) == [""]
    assert found("Lake: text", "title:lake", facts=Facts(title="Lake: text")) == ["Lake"]


def test_a_term_with_links_is_found_in_addresses_too() -> None:
    facts = Facts(links=("https://example.org/big-lake", "https://example.org/sea"))
    assert found("nothing", Term("lake", links=True), facts=facts) == [""]
    assert found("a lake", Term("lake", links=True), facts=facts) == ["lake"]
    assert found("a river", Term("lake AND river", links=True), facts=facts) == ["river"]
    assert found("nothing", "lake", facts=facts) is None
    assert found("nothing", Term("lake -sea", links=True), facts=facts) is None


def test_case_counts_where_a_term_says_so() -> None:
    text = "Polish polish POLISH big Lake Big Lake Lakes lakes #Tag #tag"
    assert found(text, Term("Polish", case=True)) == ["Polish"]
    assert found(text, Term('"Big Lake"', case=True)) == ["Big Lake"]
    assert found(text, Term("Lak*", case=True)) == ["Lake", "Lake", "Lakes"]
    assert found(text, Term("#Tag", case=True)) == ["#Tag"]
    assert found("cis CIS #cis", Term("CIS", case=True)) == ["CIS"]
    assert found("cis CIS", Term("CIS", case=False)) == ["cis", "CIS"]
    assert found("G-7 g-7", Term(r"/G-\d/", case=True)) == ["G-7"]


def test_an_exact_leaf_has_no_other_forms() -> None:
    text = "озеро, озёра, лес, леса"
    assert found(text, Term("=озеро OR лес", "ru", "forms")) == ["озеро", "лес", "леса"]
    assert found(text, Term("озеро", "ru", "exact")) == ["озеро"]
    assert found("the big lakes, big lake", Term('="big lake" OR lak* OR #sea', "en", "forms")) == ["lakes", "big lake"]


# --------------------------------------------------------------------------- watchlists together


def test_a_watchlist_that_is_named_lends_its_places() -> None:
    lists = [watch("talks NEAR/2 watchlist:LAKES", name="talks"), watch("lake", '"long sea"', name="Lakes")]
    matcher = Matcher(lists)
    matches = matcher.match("talks on the long sea; lake")
    assert matcher.tags(matches) == ("talks", "Lakes")
    assert {(one.watchlist, one.start) for one in matches} == {
        ("talks", 0),
        ("talks", 13),
        ("Lakes", 13),
        ("Lakes", 23),
    }
    assert matcher.tags(matcher.match("talks")) == ()
    assert Matcher([watch("talks -watchlist:Lakes", name="x"), lists[1]]).match("talks, lake")[0].watchlist == "Lakes"


def test_a_watchlist_of_facts_can_be_named() -> None:
    lists = [watch("lake watchlist:v", name="l"), watch("has:video", name="v")]
    matches = Matcher(lists).match("lake", Facts(media=frozenset({"video"})))
    assert matches == (Match("v", "has:video", 0, 0), Match("l", "lake watchlist:v", 0, 4))


# --------------------------------------------------------------------------- what takes hits away


@pytest.mark.parametrize(
    ("exclusion", "text", "expected"),
    [
        (Exclusion(Term("cis-lunar")), "cis-lunar CIS", ["CIS"]),
        (Exclusion(Term("cis-lunar")), "CIS-lunar", None),
        (Exclusion(Term('"member CIS"')), "member CIS, CIS", ["CIS"]),
        (Exclusion(Term("school"), "near"), "a school of the CIS", None),
        (Exclusion(Term("school"), "near"), "school one two three four five CIS", None),
        (Exclusion(Term("school"), "near"), "school one two three four five six CIS", ["CIS"]),
        (Exclusion(Term("CIS2"), "near"), "CIS2 CIS", None),
        (Exclusion(Term("#advert"), "post"), "CIS and much more, #advert", None),
        (Exclusion(Term("has:video"), "post"), "CIS", ["CIS"]),
        (Exclusion(Term("cis-lunar AND orbit")), "CIS-lunar", ["CIS"]),
        (Exclusion(Term("cis-lunar AND orbit")), "CIS-lunar orbit", None),
    ],
)
def test_an_exclusion_takes_hits_away(exclusion: Exclusion, text: str, expected: list[str] | None) -> None:
    matches = Matcher([watch("CIS", exclusions=(exclusion,))]).match(text)
    assert [text[match.start : match.end] for match in matches] == (expected or [])


def test_what_is_taken_away_counts_in_no_query_of_its_watchlist_and_in_every_other() -> None:
    lists = [
        watch("CIS AND orbit", exclusions=(Exclusion(Term("cis-lunar")),)),
        watch("CIS AND orbit", name="other"),
    ]
    assert Matcher(lists).tags(Matcher(lists).match("CIS-lunar orbit")) == ("other",)


@pytest.mark.parametrize(
    ("text", "tagged"),
    [("lake lake lake", False), ("lake sea", True), ("lake pond", False), ("lake pond pool", True), ("river", True)],
)
def test_the_weights_of_distinct_terms_must_reach_the_threshold(text: str, tagged: bool) -> None:
    terms = ("lake", "lake", "sea", Term("pond", weight=0.5), Term("pool", weight=0.5), Term("river", weight=2))
    matches = Matcher([watch(*terms, threshold=2.0)]).match(text)
    assert len(matches) == (len(text.split()) if tagged else 0)


def test_ten_tenths_make_one() -> None:
    words = [f"w{number}" for number in range(10)]
    matcher = Matcher([watch(*(Term(word, weight=0.1) for word in words), threshold=1.0)])
    assert len(matcher.match(" ".join(words))) == 10
    assert matcher.match(" ".join(words[:9])) == ()


def test_of_a_hostile_post_the_first_thousand_matches_are_kept() -> None:
    matches = Matcher([watch("lake"), watch("sea NEAR/3 lake", name="near")]).match("lake sea " * 50_000)
    assert len(matches) == 2_000
    assert max(match.end for match in matches) < 10_000


# --------------------------------------------------------------------------- facts


def test_facts_are_read_from_a_post() -> None:
    post = Post(
        "text",
        forwarded_from="Mill",
        edited=None,
        author="Anna",
        links=("https://a.example",),
        media=(Media("photo"), Media("photo", "x")),
    )
    facts = facts_of(post, "mill")
    assert facts == Facts("mill", None, True, False, frozenset({"photo"}), "Anna", None, ("https://a.example",))
    assert facts_of(post, "mill", is_edited=True).is_edited
    assert facts_of(Post("", edited=True), None) == Facts(is_edited=True)


def test_facts_are_read_from_what_parse_prints() -> None:
    fields = {"channel": "mill", "lang": "ru", "edited": True, "forwarded_from": "x", "links": ["https://a.example", 7]}
    media = [{"kind": "video", "title": None}, "poll", {"title": "x"}]
    given_facts = facts_given({**fields, "media": media, "author": None, "title": 3})
    assert given_facts == Facts(
        "mill", "ru", True, True, frozenset({"video", "poll"}), None, None, ("https://a.example",)
    )
    assert facts_given({}) == Facts()


# --------------------------------------------------------------------------- explanations


def explained(watchlist: Watchlist, text: str) -> Judgement:
    (judgement,) = Matcher([watchlist]).explain(text).judgements
    return judgement


def test_an_explanation_says_what_was_found_what_was_taken_away_and_by_what() -> None:
    exclusions = (Exclusion(Term("cis-lunar")), Exclusion(Term("school"), "near"))
    judgement = explained(
        watch("CIS", "orbit", exclusions=exclusions, threshold=1.5), "cis-lunar CIS school, CIS-lunar"
    )
    assert (judgement.tagged, judgement.score, judgement.threshold) == (False, 0.0, 1.5)
    assert judgement.terms[0].cancelled == (
        Cancelled(10, 13, "school", "near"),
        Cancelled(22, 25, "cis-lunar", "overlap"),
    )
    assert (judgement.terms[0].hit, judgement.terms[0].hits, judgement.terms[0].missing) == (False, (), ("CIS",))
    assert judgement.terms[1].missing == ("orbit",)


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("lake AND sea AND pond", ("sea", "pond")),
        ("lake AND (sea OR pond)", ("sea OR pond",)),
        ("lake -big", ("NOT big",)),
        ("lake NEAR/0 river", ("lake NEAR/0 river",)),
        ("lake NEAR/3 sea NEAR/2 (pond OR pool)", ("sea", "pond OR pool")),
        ("lake AND lang:ru", ("lang:ru",)),
        ("lake AND river", ()),
    ],
)
def test_an_explanation_names_the_smallest_parts_that_are_missing(query: str, missing: tuple[str, ...]) -> None:
    judgement = explained(watch(query), "a big lake and a river")
    assert judgement.terms[0].missing == missing
    assert judgement.tagged is (not missing)
    assert judgement.terms[0].hit is (not missing)


def test_a_post_that_is_excluded_is_explained_by_what_excludes_it() -> None:
    judgement = explained(watch("lake", "sea", exclusions=(Exclusion(Term("#ad"), "post"),)), "lake #ad")
    assert not judgement.tagged
    assert judgement.terms[0].cancelled == (Cancelled(0, 4, "#ad", "post"),)
    assert judgement.terms[1].missing == ("sea",)


# --------------------------------------------------------------------------- against a slow, obvious evaluation

WORDS = ["ka", "lo", "mi", "nu", "po"]
PLACED: st.SearchStrategy[Node] = st.sampled_from(WORDS).map(Leaf) | st.just(Reference("base"))
GROUPS = PLACED | st.lists(PLACED, min_size=2, max_size=2).map(lambda parts: Or(tuple(parts)))
NEARS = st.lists(st.tuples(GROUPS, st.integers(0, 2)), min_size=2, max_size=3).map(
    lambda chain: Near(tuple(part for part, _ in chain), tuple(gap for _, gap in chain[1:]))
)
SCOPES = st.sampled_from([Scope("is", "forward"), Scope("has", "poll"), Scope("title", "ka")])


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    return kind(tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))))


TREES = st.recursive(
    PLACED | NEARS | SCOPES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(And, parts)),
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: joined(Or, parts)),
    ),
    max_leaves=5,
).map(lambda tree: tree if is_bounded(tree) else joined(And, [Leaf("ka"), tree]))
TERMS = st.builds(
    lambda tree, weight: Term(write_query(tree), weight=weight),
    TREES,
    st.sampled_from([0.5, 1.0, 2.0]),
)
EXCLUSIONS = st.one_of(
    st.builds(Exclusion, st.sampled_from(WORDS).map(Term), st.sampled_from(["overlap", "near", "post"])),
    st.builds(Exclusion, NEARS.map(lambda tree: Term(write_query(tree))), st.sampled_from(["overlap", "near", "post"])),
)
LISTS = st.builds(
    lambda terms, exclusions, threshold: watch(*terms, exclusions=tuple(exclusions), threshold=threshold),
    st.lists(TERMS, min_size=1, max_size=4),
    st.lists(EXCLUSIONS, max_size=2),
    st.sampled_from([0.5, 1.0, 1.0, 1.5]),
)
TEXTS = st.lists(st.sampled_from([*WORDS, "ri"]), max_size=12)
FACTS = st.builds(
    Facts, is_forward=st.booleans(), media=st.sampled_from([frozenset(), frozenset({"poll"})]), title=st.none()
)
BASE = watch("po", "mi NEAR/1 nu", name="base")

#: numbers of words
Places = set[int]


def slow(node: Node, text: list[str], facts: Facts, base: Places | None, cancelled: Places) -> Places | None:
    """Return the words that speak for `node`; None if it is not true."""

    def inner(part: Node) -> Places | None:
        return slow(part, text, facts, base, cancelled)

    match node:
        case Leaf(word):
            return {place for place, one in enumerate(text) if one == word} - cancelled or None
        case Reference():
            return (base - cancelled or None) if base else base
        case Scope("is"):
            return set() if facts.is_forward else None
        case Scope("has"):
            return set() if facts.media else None
        case Scope():
            return {text.index("ka")} if "ka" in text else None
        case Not(part):
            return set() if inner(part) is None else None
        case And(parts):
            found = [inner(part) for part in parts]
            return None if None in found else {place for places in found for place in places or ()}
        case Or(parts):
            true = [places for part in parts if (places := inner(part)) is not None]
            return {place for places in true for place in places} if true else None
        case Near(parts, gaps):
            chains = product(*(inner(part) or () for part in parts))
            good = [
                chain
                for chain in chains
                if all(0 <= abs(a - b) - 1 <= gap for a, b, gap in zip(chain, chain[1:], gaps, strict=False))
            ]
            return {place for chain in good for place in chain} or None


def slow_places(watchlist: Watchlist, text: list[str], facts: Facts, base: Places | None) -> dict[str, Places] | None:
    """Return the words that speak for each term of `watchlist`; None if it is not on the post."""
    cancelled: Places = set()
    for exclusion in watchlist.exclusions:
        places = slow(parse_query(exclusion.term.text), text, facts, base, set())
        if places is not None:
            reach = {"overlap": 0, "near": 6, "post": 99}[exclusion.where]
            cancelled |= {one for one in range(len(text)) if exclusion.where == "post" or min_to(one, places) <= reach}
            if exclusion.where == "post":
                return None
    true = {
        term.text: (term.weight, places)
        for term in sorted(watchlist.terms, key=lambda term: term.weight)
        if (places := slow(parse_query(term.text), text, facts, base, cancelled)) is not None
    }
    if not true or sum(weight for weight, _ in true.values()) < watchlist.threshold:
        return None
    return {written: places for written, (_, places) in true.items()}


def min_to(one: int, places: Places) -> int:
    return min((abs(one - place) for place in places), default=99)


def slow_matches(watchlist: Watchlist, text: list[str], facts: Facts, base: Places | None) -> Iterator[Match]:
    found = slow_places(watchlist, text, facts, base)
    if found is None:
        return
    if not any(found.values()):
        yield from (Match(watchlist.name, term, 0, 0) for term in found)
    for term, places in found.items():
        yield from (Match(watchlist.name, term, 3 * place, 3 * place + 2) for place in places)


@given(LISTS, TEXTS, FACTS)
@settings(max_examples=200, deadline=None)
def test_evaluation_equals_trying_everything(watchlist: Watchlist, text: list[str], facts: Facts) -> None:
    based = slow_places(BASE, text, facts, None)
    base = {place for places in based.values() for place in places} if based is not None else None
    matcher = Matcher([watchlist, BASE])
    matches = matcher.match(" ".join(text), facts)
    assert {one for one in matches if one.watchlist == "list"} == set(slow_matches(watchlist, text, facts, base))
    explanation = matcher.explain(" ".join(text), facts)
    assert matcher.tags(matches) == tuple(one.watchlist for one in explanation.judgements if one.tagged)


@given(st.lists(LISTS, min_size=1, max_size=3), TEXTS, FACTS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_order_and_company_change_no_match(
    lists: list[Watchlist], text: list[str], facts: Facts, chance: Random
) -> None:
    named = [replace(one, name=f"w{number}") for number, one in enumerate(lists)]
    matches = Matcher([*named, BASE]).match(" ".join(text), facts)
    assert list(matches) == sorted(matches, key=lambda one: (one.start, one.end, one.watchlist, one.term))
    shuffled = [
        replace(
            one,
            terms=tuple(chance.sample(one.terms, len(one.terms))),
            exclusions=tuple(chance.sample(one.exclusions, len(one.exclusions))),
        )
        for one in [*named, BASE]
    ]
    chance.shuffle(shuffled)
    assert Matcher(shuffled).match(" ".join(text), facts) == matches
    alone = {match for one in named for match in Matcher([one, BASE]).match(" ".join(text), facts)}
    assert alone - set(matches) == set()
    assert {one for one in matches if one.watchlist != "base"} <= alone


@given(LISTS, TERMS, TEXTS, FACTS)
@settings(max_examples=50, deadline=None)
def test_another_term_changes_the_hits_of_none(watchlist: Watchlist, term: Term, text: list[str], facts: Facts) -> None:
    more = replace(watchlist, terms=(*watchlist.terms, term))
    before = Matcher([watchlist, BASE]).explain(" ".join(text), facts).judgements[0]
    after = Matcher([more, BASE]).explain(" ".join(text), facts).judgements[0]
    assert after.terms[:-1] == before.terms
    assert after.score >= before.score
