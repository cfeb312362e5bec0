"""The language of queries: which tree a text means, which texts mean nothing, and at which character that shows."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Exclusion, Term, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.mistake import Mistake
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
from worker.errors import TermError

A, B, C, D = map(Leaf, "abcd")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("lake", Leaf("lake")),
        (" lake ", Leaf("lake")),
        ("((lake))", Leaf("lake")),
        ('"big lake"', Leaf('"big lake"')),
        ("«большое озеро»", Leaf("«большое озеро»")),
        ("“grand lac”", Leaf("“grand lac”")),
        ("cis-lunar", Leaf("cis-lunar")),
        ("and", Leaf("and")),
        ("AT&T", Leaf("AT&T")),
        ("14:30", Leaf("14:30")),
        ("24/7", Leaf("24/7")),
        ("https://lake.example", Leaf("https://lake.example")),
        ("a AND b", And((A, B))),
        ("a AND b AND (c AND d)", And((A, B, C, D))),
        ("a OR b|c | d", Or((A, B, C, D))),
        ("a AND b OR c AND d", Or((And((A, B)), And((C, D))))),
        ("a AND (b OR c)", And((A, Or((B, C))))),
        ("(a OR b) NEAR/0 c", Near((Or((A, B)), C), (0,))),
        ("a NEAR/3 b NEAR/5 c AND d", And((Near((A, B, C), (3, 5)), D))),
        ("a OR b -c", Or((A, And((B, Not(C)))))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b NEAR/2 c", None),
        ("a AND NOT (b NEAR/2 c)", And((A, Not(Near((B, C), (2,)))))),
        ("a -(b OR -c)", And((A, Not(Or((B, Not(C))))))),
        ("a AND NOT NOT b", And((A, Not(Not(B))))),
        ("ANDREW OR ORLOV OR NOTE OR NEARBY", Or(tuple(map(Leaf, ("ANDREW", "ORLOV", "NOTE", "NEARBY"))))),
        ('"a AND b" OR "NOT"', Or((Leaf('"a AND b"'), Leaf('"NOT"')))),
        ("=lake AND =“big lake”", And((Leaf("=lake"), Leaf("=“big lake”")))),
        (r"/a( OR|\/b)+/ AND b", And((Leaf(r"/a( OR|\/b)+/"), B))),
        ("#lake OR lak*", Or((Leaf("#lake"), Leaf("lak*")))),
        ("lang:ru a", And((Scope("lang", "ru"), A))),
        ("a has:video is:forward", And((A, Scope("has", "video"), Scope("is", "forward")))),
        ('title:"big lake" OR channel:mfa-*', Or((Scope("title", "big lake"), Scope("channel", "mfa-*")))),
        ("watchlist:Tides NEAR/9 a", Near((Reference("Tides"), A), (9,))),
        ('watchlist:"High tides" -a', And((Reference("High tides"), Not(A)))),
    ],
)
def test_a_text_means_one_tree(text: str, tree: Node | None) -> None:
    if tree is None:
        with pytest.raises(Mistake):
            parse_query(text)
    else:
        assert parse_query(text) == tree


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        (
            "big lake",
            4,
            "several words without quotes: 'big lake'; put the phrase in quotes: '\"big lake\"', or write AND",
        ),
        ("lake and sea", 5, "'and' is a word here; write AND in capitals"),
        ("a AND b or c", 8, "'or' is a word here; write OR in capitals"),
        ("a (b OR c)", 3, "no operator before 'b OR c'; write AND or OR"),
        ("lang:ru a b", 10, "no operator before 'b'"),
        ("a AND", 2, "nothing stands after AND"),
        ("AND a", 0, "nothing stands before AND"),
        ("a OR OR b", 5, "nothing stands between OR and OR"),
        ("a AND (b OR )", 12, "nothing stands between OR and )"),
        ("a AND ()", 7, "nothing stands between the parentheses"),
        ("(a AND (b)", 0, "a parenthesis is never closed"),
        ("a)", 1, "a closing parenthesis without an opening one"),
        ('a AND "b', 6, "unbalanced quotes"),
        ("a AND b”", 7, "unbalanced quotes"),
        ("NOT a", 0, "only says what must not stand in a post"),
        ("a OR -b", 5, "only says what must not stand in a post"),
        ("-a -b", 0, "only says what must not stand in a post"),
        ("a NEAR b", 2, "'NEAR' says not how near; write NEAR/5"),
        ("a NEAR/many b", 2, "'NEAR/many' says not how near"),
        ("a NEAR/101 b", 2, "at most 100 words can stand between"),
        ("a NEAR/3 (b AND c)", 10, "beside NEAR/3 only terms, phrases and groups"),
        ("(a NEAR/3 b) NEAR/3 (c OR lang:ru)", 26, "beside NEAR/3 only terms"),
        ("a AND chanel:mill", 6, "no scope is called 'chanel', did you mean channel:?"),
        ("source:mill", 0, "no scope is called 'source', known are channel, lang,"),
        ("Lang:ru", 0, "no scope is called 'Lang', did you mean lang:?"),
        ("a lang:russian", 7, "unknown language 'russian'; use the two-letter code"),
        ("a has:vidoe", 6, "no post has 'vidoe', did you mean has:video?"),
        ("a is:new", 5, "no post is 'new', known are is:forward, is:edited"),
        ("a AND has:", 6, "nothing stands after has:, write for example has:video"),
        ("title:l*ke", 6, "a star can only stand at its end"),
        ("author:...", 7, "is nothing to look for"),
    ],
)
def test_what_means_nothing_is_refused_at_its_character(text: str, at: int, message: str) -> None:
    with pytest.raises(Mistake) as refusal:
        parse_query(text)
    assert message in str(refusal.value)
    assert refusal.value.at == at
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("term", "at", "message"),
    [
        (Term("ebb OR l*"), 7, "prefix too short"),
        (Term('ebb AND "a* b"'), 10, "a star in"),
        (Term("=la*ke"), 3, "a star in"),
        (Term(r"ebb OR /a\bc/"), 9, r"\b can only stand at the beginning and at the end"),
        (Term("ebb OR ..."), 7, "no letter or digit"),
        (Term("ebb OR /b"), 7, "a pattern that is never closed"),
        (Term("ebb", "en", "forms", case=True), 0, "case = true cannot stand with match"),
        (Term("/ebb/", "en", "forms"), 0, "does nothing for a /pattern/"),
        (Term("watchlist:tides OR watchlist:Ebbs"), 19, "no watchlist is called 'Ebbs', did you mean 'Ebb'?"),
        (Term("water -watchlist:ebb"), 7, "a watchlist cannot be part of itself: Ebb > Ebb"),
    ],
)
def test_a_leaf_that_means_nothing_is_refused_at_its_character(term: Term, at: int, message: str) -> None:
    lists = [Watchlist("Tides", (Term("tide"),)), Watchlist("Ebb", (Term("ebb"), term))]
    with pytest.raises(TermError) as refusal:
        Matcher(lists)
    assert message in str(refusal.value)
    wrong = refusal.value
    assert (wrong.watchlist, wrong.index, wrong.at, wrong.excludes) == ("Ebb", 1, at, False)


def test_what_an_exclusion_gets_wrong_is_refused_as_its_own() -> None:
    for term, where, message in [
        (Term("lang:ru"), "overlap", 'has no place in the text that could be overlap, write where = "post"'),
        (Term("ebb OR"), "post", "nothing stands after OR"),
        (Term("ebb"), "beside", 'unknown where \'beside\'; use "overlap", "near" or "post"'),
    ]:
        exclusions = (Exclusion(Term("fine")), Exclusion(term, where))
        with pytest.raises(TermError) as refusal:
            Matcher([Watchlist("Ebb", (Term("ebb"),), exclusions=exclusions)])
        assert message in str(refusal.value)
        assert (refusal.value.index, refusal.value.excludes) == (1, True)


def test_a_circle_of_watchlists_is_shown() -> None:
    lists = [
        Watchlist("A", (Term("watchlist:b"),)),
        Watchlist("B", (Term("b"),), exclusions=(Exclusion(Term("x AND watchlist:C")),)),
        Watchlist("C", (Term("c OR watchlist:A"),)),
    ]
    with pytest.raises(TermError, match="cannot be part of itself: A > B > C > A") as refusal:
        Matcher(lists)
    assert (refusal.value.watchlist, refusal.value.at) == ("C", 5)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "a" + ")" * 10_000,
        "a AND " + "NOT " * 10_000 + "b",
        "(" * 49_000,
        "a AND -" + "(-" * 10_000 + "b" + ")" * 10_000,
    ],
)
def test_what_is_nested_without_end_is_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Mistake, match="nested more than 50 deep"):
        parse_query(text)
    assert time.perf_counter() - started < 2


def test_a_long_list_of_alternatives_is_taken_and_an_endless_one_refused() -> None:
    tree = parse_query(" OR ".join(["ebb"] * 2_000))
    assert isinstance(tree, Or)
    assert len(tree.parts) == 2_000
    with pytest.raises(Mistake, match="longer than 50,000 characters"):
        parse_query(" OR ".join(["ebb"] * 20_000))


def test_a_long_chain_of_watchlists_is_taken() -> None:
    lists = [Watchlist(f"w{number}", (Term(f"watchlist:w{number + 1}"),)) for number in range(2_000)]
    matcher = Matcher([*lists, Watchlist("w2000", (Term("ebb"),))])
    assert len(matcher.tags(matcher.match("ebb"))) == 2_001


# --------------------------------------------------------------------------- whatever stands in a query

LEAVES = st.sampled_from(
    ["ebb", '"high tide"', "«прилив»", "TIDE", "#ebb", "tid*", "=tide", '="low tide"', r"/t(i|o)de \/ \)/", "cis-lunar"]
).map(Leaf)
REFERENCES = st.sampled_from(["Tides", "High tides"]).map(Reference)
SCOPES = st.sampled_from([("lang", "ru"), ("has", "poll"), ("title", "high tide"), ("link", "a.example/b*")]).map(
    lambda scope: Scope(*scope)
)
PLACED = LEAVES | REFERENCES
GROUPS = PLACED | st.lists(PLACED, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
NEARS = st.lists(st.tuples(GROUPS, st.integers(0, 100)), min_size=2, max_size=3).map(
    lambda chain: Near(tuple(part for part, _ in chain), tuple(gap for _, gap in chain[1:]))
)


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))]
    return kind(tuple(flat))


TREES: st.SearchStrategy[Node] = st.recursive(
    PLACED | SCOPES | NEARS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(And, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(Or, parts)),
    ),
    max_leaves=8,
)


@given(TREES)
@settings(max_examples=150)
def test_a_tree_that_is_written_and_parsed_is_the_same_tree(tree: Node) -> None:
    if is_bounded(tree):
        assert parse_query(write_query(tree)) == tree
    else:
        with pytest.raises(Mistake, match="only says what must not"):
            parse_query(write_query(tree))


FRAGMENTS = st.sampled_from(
    [*'()|-"/\\*=#:«» ', "AND", "OR", "NOT", "NEAR/2", "NEAR", "ebb", "lang:ru", "watchlist:", " "]
)


@given(
    st.one_of(st.text(max_size=30), st.lists(FRAGMENTS, max_size=14).map("".join), st.lists(FRAGMENTS).map(" ".join))
)
@settings(max_examples=250)
def test_any_text_is_a_query_or_refused_at_one_of_its_characters(text: str) -> None:
    refusal = None
    try:
        Matcher([Watchlist("Ebb", (Term(text),))]).match(text)
    except TermError as error:
        refusal = error
    assert refusal is None or (0 <= refusal.at <= len(text) and str(refusal).isprintable())
