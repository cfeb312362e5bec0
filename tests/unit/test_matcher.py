"""Finding terms: what each shape of term finds, where, and that a slow and obvious matcher agrees."""

import re
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Match, Term, Watchlist
from worker.core.text import fold
from worker.core.watchlist.matcher import Matcher
from worker.errors import TermError


def found(text: str, *terms: str | Term) -> list[str]:
    """Return what the terms find in `text`, cut from the text itself."""
    watchlist = Watchlist("list", tuple(Term(term) if isinstance(term, str) else term for term in terms))
    return [text[match.start : match.end] for match in Matcher([watchlist]).match(text)]


def forms(text: str, lang: str) -> Term:
    return Term(text, lang, "forms")


# --------------------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("lake", "Lake, LAKE and lakes; snowlake lake_side lake-side", ["Lake", "LAKE", "lake"]),
        ("lake", "the lake's edge, d’lake", ["lake", "lake"]),
        ("Ёлка", "елка у ёлки, ЕЛКА", ["елка", "ЕЛКА"]),
        ("озеро", "на о́зеро и о\u00adзе\u00adро", ["о́зеро", "о\u00adзе\u00adро"]),
        ("l'Union", "de l’Union et L'UNION", ["l’Union", "L'UNION"]),
        ("straße", "in der STRASSE", ["STRASSE"]),
        ("cafe", "cafe\u0301 cafe\u0302", []),
        ("G7", "g7 G7 G77", ["g7", "G7"]),
        ("cis-lunar", "A Cis\u2011lunar base", ["Cis\u2011lunar"]),
        (" lake ", "a lake", ["lake"]),
    ],
)
def test_a_word_is_found_whole_and_in_any_case(term: str, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The CIS, CIS's and CIS’ CIS-Russia", ["CIS", "CIS", "CIS", "CIS"]),
        ("cis Cis cis-lunar decision precision EXCISE CIS2 xCIS", []),
        ("#CIS #cis #Cis #CIS2031 #cis_2031", ["CIS", "cis", "Cis", "CIS", "cis"]),
        ("#CISSummit #SummitCIS #summit_CIS", ["CIS", "CIS", "CIS"]),
        ("#CisLunar #summit_cis #decision mail#cis", []),
        ("ＣＩＳ C\u00adIS", ["ＣＩＳ", "C\u00adIS"]),
    ],
)
def test_an_acronym_is_found_in_its_own_case_and_as_a_hashtag_in_any(text: str, expected: list[str]) -> None:
    assert found(text, "CIS") == expected


def test_a_cyrillic_acronym_is_an_acronym() -> None:
    assert found("страны СНГ, снг, #снг, #саммит_СНГ, СНГ+", "СНГ") == ["СНГ", "снг", "СНГ", "СНГ"]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ('"League of Lakes"', "the League  of\n\u00a0LAKES’ fleet", ["League  of\n\u00a0LAKES"]),
        ('"League of Lakes"', "league of lakeside, bigleague of lakes, League, of Lakes", []),
        ("«лига озёр»", "Лига озер", ["Лига озер"]),
        ('"CIS"', "cis CIS Cis", ["cis", "CIS", "Cis"]),
        ('"Lake District +"', "lake district +b lake districts +", ["lake district +"]),
        ('"go go"', "go go go", ["go go", "go go"]),
    ],
)
def test_a_phrase_is_found_over_any_white_space(term: str, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("#lake", "#lake #LAKE lake #lakes #lake_side ##lake ＃lake", ["#lake", "#LAKE", "#lake", "＃lake"]),
        ("#lake", "a#lake", []),
        ("#lak*", "#LakeDay lakes", ["#LakeDay"]),
        ("lak*", "lakes, Lake’s snowlake lak lak_2", ["lakes", "Lake", "lak", "lak_2"]),
        ("lak*", "#LakeDay #BlueLakes #blue_lakes_day", ["Lake", "Lakes", "lakes"]),
        ("озёр*", "озерный, приозерный", ["озерный"]),
    ],
)
def test_hashtags_and_prefixes_are_found(term: str, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


def test_a_word_is_found_as_a_part_of_a_hashtag() -> None:
    text = "#BlueLake #lake2031 #LakeForest #форум_Lake #LAKEDay #bluelake blue_lake BlueLake"
    assert found(text, "lake") == ["Lake", "lake", "Lake", "Lake", "LAKE"]


def test_a_mathematical_alphabet_keeps_its_capitals_in_a_hashtag() -> None:
    assert found("☀\ufe0f #Blue𝐋𝐚𝐤𝐞𝐬", "lak*") == ["𝐋𝐚𝐤𝐞𝐬"]


# --------------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        (forms("озеро", "ru"), "Озёра, озером; озерный", ["Озёра", "озером"]),
        (
            forms('"Лига больших озёр"', "ru"),
            "в Лиге больших\nозер и Лигой большого озера",
            ["Лиге больших\nозер", "Лигой большого озера"],
        ),
        (forms('"страна СНГ"', "ru"), "странами СНГ", ["странами СНГ"]),
        (forms("СНГ", "ru"), "СНГ снг", ["СНГ"]),
        (forms("мир", "ru"), "миру — мира, мирный", ["миру", "мира"]),
        (forms("озеро", "ru"), "#БольшоеОзеро", ["Озеро"]),
        (forms("negotiation", "en"), "Negotiations; a negotiator, a negative", ["Negotiations", "negotiator"]),
        (forms("sanction", "fr"), "Les sanctions et la #sanction_ici", ["sanctions", "sanction"]),
        (forms('"accord de paix"', "fr"), "des accords de\nPaix, accords, de paix", ["accords de\nPaix"]),
        (forms('"member of BRICS"', "en"), "members of Brics, members of bric", ["members of Brics"]),
        (forms("cis-lunar", "en"), "cis-lunar, cis lunar", ["cis-lunar"]),
    ],
)
def test_every_form_of_a_word_is_found(term: Term, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


# --------------------------------------------------------------------------- what is reported


def test_of_one_watchlist_only_the_longest_of_nested_matches_is_reported() -> None:
    text = "#lake and the big lake"
    assert found(text, "lake", "#lake", '"big lake"', '"the big"') == ["#lake", "the big", "big lake"]


def test_different_terms_in_the_same_place_are_all_reported() -> None:
    watchlist = Watchlist("list", (Term("lake"), Term("lak*"), Term('"LAKE"'), Term("lake")))
    assert [match.term for match in Matcher([watchlist]).match("lake")] == ['"LAKE"', "lak*", "lake"]


def test_watchlists_do_not_hide_each_others_matches() -> None:
    lists = [Watchlist("small", (Term("lake"),)), Watchlist("big", (Term('"blue lake"'),))]
    assert Matcher(lists).match("blue lake") == (Match("big", '"blue lake"', 0, 9), Match("small", "lake", 5, 9))


def test_tags_stand_in_the_order_of_the_watchlists_and_once_each() -> None:
    matcher = Matcher([Watchlist("z", (Term("lake"),)), Watchlist("y", (Term("sea"),)), Watchlist("a", (Term("sun"),))])
    assert matcher.tags(matcher.match("sun over lake and lake")) == ("z", "a")


def test_no_watchlists_and_no_terms_find_nothing() -> None:
    assert Matcher([]).match("lake") == ()
    assert Matcher([Watchlist("empty", ())]).match("lake") == ()


@pytest.mark.parametrize("text", ["", "\ud800", "\0CIS\0", "\udfff#CIS\ud800", "#", "#_", "'" * 9])
def test_any_string_is_taken(text: str) -> None:
    assert len(found(text, "CIS", "#lake", "lak*", forms("lake", "en"))) == text.count("CIS")


def test_a_megabyte_is_taken() -> None:
    assert found("lakes and ships on the water ☀\ufe0f " * 32_000, "lake") == []


def test_thousands_of_terms_are_taken() -> None:
    terms = tuple(Term(f"lake{number}") for number in range(6_000))
    matcher = Matcher([Watchlist("list", terms)])
    assert matcher.match("lake5 lake5999 lake6000") == (Match("list", "lake5", 0, 5), Match("list", "lake5999", 6, 14))


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (Term("  "), "the term is empty; write a word"),
        (Term("+-!"), "no letter or digit in '.-!'; write a word"),
        (Term("___"), "no letter or digit"),
        (Term('""'), "no letter or digit"),
        (Term("big lake"), "put the phrase in quotes: '\"big lake\"'"),
        (Term('"big lake'), "unbalanced quotes"),
        (Term('big "lake"'), "no operator before '\"lake\"'; write AND or OR, or put a phrase in quotes"),
        (Term('"a" "b"'), "no operator before '\"b\"'; write AND or OR"),
        (Term("la*ke"), "a star .* can only stand at the end"),
        (Term('"big lak*"'), "a star .* can only stand at the end"),
        (Term("l*"), "prefix too short"),
        (Term("l'*"), "no prefix"),
        (Term("#big-lake"), "no hashtag"),
        (Term("lake", None, "stem"), 'unknown match \'stem\'; use "auto", "forms" or "exact"'),
        (Term("lake", "english"), "unknown language 'english'; use the two-letter code"),
        (Term("lake", "xx"), "unknown language 'xx'"),
        (Term("lake", "zh", "forms"), "the forms of 'zh' words are not known; known are ar, "),
        (Term("lake", None, "forms"), 'match = "forms" needs a lang'),
        (Term("lak*", "en", "forms"), "does nothing for"),
        (Term("#lake", "en", "forms"), "does nothing for"),
    ],
)
def test_a_term_that_means_nothing_is_refused_with_a_remedy(term: Term, message: str) -> None:
    with pytest.raises(TermError, match=message) as refusal:
        Matcher([Watchlist("first", ()), Watchlist("second", (Term("fine"), term))])
    assert (refusal.value.watchlist, refusal.value.index) == ("second", 1)
    assert "\n" not in str(refusal.value)


# --------------------------------------------------------------------------- against a slow, obvious matcher

# few words, so that texts often hold the terms; of letters that compose with no stress mark
WORDS = st.sampled_from(["b", "bd", "Bd", "db", "б", "бё", "dБ", "d1", "bdb"])
SPELLINGS = (str, str.upper, str.capitalize, lambda word: word.replace("b", "b\u00ad").replace("ё", "е\u0301"))
PIECES = st.builds(
    lambda before, word, spell: before + spell(word),
    st.sampled_from(["", " ", " ", "\n", "#", " #", "_", "-", "’", "2", "+", "\u00ad", "\u0301", "# ", "Б"]),
    WORDS,
    st.sampled_from(SPELLINGS),
)
TEXTS = st.lists(PIECES, min_size=2, max_size=6).map("".join)
TERMS = st.one_of(
    WORDS,
    WORDS.map(lambda word: f"{word}+"),
    WORDS.map(lambda word: f"#{word}"),
    WORDS.filter(lambda word: len(word) > 1).map(lambda word: f"{word}*"),
    WORDS.filter(lambda word: len(word) > 1).map(str.upper),
    st.lists(WORDS, min_size=2, max_size=2).map(lambda parts: f'"{" ".join(parts)}"'),
)
WATCHLISTS = st.lists(st.lists(TERMS, min_size=1, max_size=5), min_size=1, max_size=3).map(
    lambda lists: [Watchlist(f"w{number}", tuple(map(Term, terms))) for number, terms in enumerate(lists)]
)
PART_EDGE = re.compile(
    r"(?<=_)|(?=_)|(?<=\d)(?!\d)|(?<!\d)(?=\d)|(?<=[a-zбеё])(?=[A-ZБЕЁ])|(?<=[A-ZБЕЁ])(?=[A-ZБЕЁ][a-zбеё])"
)


def characters(text: str) -> list[tuple[str, int, int]]:
    """Return each visible character with its place; a stress mark widens the character before it."""
    seen: list[tuple[str, int, int]] = []
    for place, character in enumerate(text):
        if character == "\u0301" and seen:
            seen[-1] = (*seen[-1][:2], place + 1)
        elif character not in "\u0301\u00ad":
            seen.append((character.replace("’", "'"), place, place + 1))
    return seen


def slow_match(text: str, watchlists: list[Watchlist]) -> set[Match]:
    """Try every term at every stretch of the text."""
    seen = characters(text)
    cased = "".join(character for character, _, _ in seen)
    hits = set()
    for watchlist in watchlists:
        spans = {
            (start, end, term.text)
            for term in watchlist.terms
            for start in range(len(cased))
            for end in slow_ends(cased, start, term.text)
        }
        for start, end, term_text in spans:
            around = [(s, e) for s, e, _ in spans if s <= start and end <= e and (s, e) != (start, end)]
            if not around:
                hits.add(Match(watchlist.name, term_text, seen[start][1], seen[end - 1][2]))
    return hits


def slow_ends(cased: str, start: int, term: str) -> Iterator[int]:
    folded = cased.lower().replace("ё", "е")
    wanted = term.strip('"').rstrip("*").lower().replace("ё", "е")
    edges = {
        place
        for place in range(len(cased) + 1)
        if not re.match(r"\w\w", cased[max(0, place - 1) : place + 1]) or place == 0
    }
    tag = next((m for m in re.finditer(r"(?<!\w)#(\w+)", cased) if m.start(1) <= start < m.end(1)), None)
    parts = {tag.start(1) + m.start() for m in PART_EDGE.finditer(tag[1])} if tag else set()
    for end in range(start + 1, len(cased) + 1):
        piece, rest = folded[start:end], end
        if term.startswith("#"):
            whole = next((m for m in re.finditer(r"(?<!\w)#\w+", cased) if m.start() == start), None)
            if whole and whole.end() == end and (piece.startswith(wanted) if term.endswith("*") else piece == wanted):
                yield end
        elif term.endswith("*"):
            here = edges | parts
            if start in here and piece == wanted:
                while rest not in here:
                    rest += 1
                yield rest
        elif " " in term:
            if start in edges and end in edges and re.split(r"\s+", piece) == wanted.split():
                yield end
        elif start in edges | parts and end in edges | parts and piece == wanted:
            acronym = not term.startswith('"') and len(re.findall(r"[^\W\d_]", term)) > 1 and term.upper() == term
            alone = tag and not re.search(r"[^\W\d_]", cased[tag.start(1) : start] + cased[end : max(end, tag.end(1))])
            if not acronym or cased[start:end] == term or alone:
                yield end


@given(TEXTS, WATCHLISTS)
@settings(max_examples=250)
def test_matching_equals_trying_every_term_everywhere(text: str, watchlists: list[Watchlist]) -> None:
    assert set(Matcher(watchlists).match(text)) == slow_match(text, watchlists)


@given(TEXTS, WATCHLISTS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_order_and_company_of_watchlists_change_no_match(
    text: str, watchlists: list[Watchlist], chance: Random
) -> None:
    matches = Matcher(watchlists).match(text)
    assert list(matches) == sorted(matches, key=lambda match: (match.start, match.end, match.watchlist, match.term))
    shuffled = [Watchlist(one.name, tuple(chance.sample(one.terms, len(one.terms)))) for one in watchlists]
    chance.shuffle(shuffled)
    assert Matcher(shuffled).match(text) == matches
    alone = {match for watchlist in watchlists for match in Matcher([watchlist]).match(text)}
    assert alone == set(matches)


@given(TEXTS, st.lists(WORDS, min_size=1, max_size=4))
@settings(max_examples=150)
def test_every_match_cut_from_the_original_folds_to_its_term(text: str, terms: list[str]) -> None:
    for match in Matcher([Watchlist("list", tuple(map(Term, terms)))]).match(text):
        assert fold(text[match.start : match.end]).text == fold(match.term).text
