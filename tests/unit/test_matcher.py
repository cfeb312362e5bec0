"""Finding terms: what each shape of term finds, where, and how posts are written."""

import pytest

from worker.core.models import Match, Term, Watchlist
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


# --------------------------------------------------------------------------- text as people write it


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        # one letter of the other alphabet
        ("BRICS", "ВRICS, #ВRICS, BRIСS и Brіcs", ["ВRICS", "ВRICS", "BRIСS"]),
        ("Украина", "Украинa и Укрaинa", ["Украинa", "Укрaинa"]),
        ('"лига озёр"', "Лигa озер", ["Лигa озер"]),
        ("озер*", "oзеро", ["oзеро"]),
        ("СНГ", "CНГ на #саммит_CНГ", ["CНГ", "CНГ"]),
        # a word of one alphabet is that and nothing else
        ("COP", "СОР, сор и #СОР", []),
        ("BCE", "ВСЕ все", []),
        ("все", "BCE bce", []),
        ("lake", "лаке", []),
        # broken at the end of a line
        (
            "Украина",
            "в Укра-\nина и Укра\u00ad\nина, УКРА\u2010\r\nИНА",
            ["Укра-\nина", "Укра\u00ad\nина", "УКРА‐\r\nИНА"],
        ),
        ("lakeside", "the lake-\nside, the lake - side, Lake-\nSide", ["lake-\nside"]),
        ("cis-lunar", "a cis-\nlunar base", ["cis-\nlunar"]),
        # emoji in a word; and between two
        ("lake", "la🔥ke, l🏳️\u200d🌈ake, la🔥 ke", ["la🔥ke", "l🏳️\u200d🌈ake"]),
        ("lake", "lake🔥sea🌊lake☀\ufe0f", ["lake", "lake"]),
        # what no reader sees
        ("lake", "la\u200bke l\ufe0fake ⓛⓐⓚⓔ", ["la\u200bke", "l\ufe0fake", "ⓛⓐⓚⓔ"]),
        ("l'Union", "☀\ufe0f l’Union", ["l’Union"]),
    ],
)
def test_a_word_is_found_however_oddly_it_is_written(term: str, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        (forms("die", "en"), "dying dies dye", ["dying", "dies"]),
        (forms("possible", "en"), "possibilities, possibly", ["possibilities", "possibly"]),
        (forms("évident", "fr"), "évidemment, évidente, événement", ["évidemment", "évidente"]),
        (forms("différent", "fr"), "différences différentes", ["différences", "différentes"]),
        (forms("Haus", "de"), "Häuser, Hauses, Haut", ["Häuser", "Hauses"]),
        (forms("reunión", "es"), "reuniones, reunión, reunir", ["reuniones", "reunión"]),
        (forms("дети", "ru"), "детям, детский", ["детям"]),
        (forms("человек", "ru"), "людей и человеку, людный", ["людей", "человеку"]),
        (forms("talo", "fi"), "taloissa, talvi", ["taloissa"]),
        (forms("trade", "en"), "#TradingPost #trades_here #TradeR", ["Trading", "trades", "Trade"]),
    ],
)
def test_forms_are_found_that_do_not_begin_as_their_stem(term: Term, text: str, expected: list[str]) -> None:
    assert found(text, term) == expected


# --------------------------------------------------------------------------- hostile texts


@pytest.mark.parametrize(
    "text",
    [
        "lake" * 250_000,
        "#lake_" * 20_000,
        "#" + "cis_" * 20_000,
        "#" + "Lake" * 10_000,
        "big " + " " * 500_000 + "big",
        "\u0301lake" * 50_000,
        "la-\nke" * 20_000,
        "лаkе " * 20_000,
    ],
    ids=range(8),
)
def test_a_hostile_text_takes_no_longer_than_its_length_allows(text: str) -> None:
    matcher = Matcher([Watchlist("list", tuple(map(Term, ("lake", "CIS", "la*", '"big lake"', "#lake"))))])
    assert len(matcher.match(text)) <= 1_000


def test_a_long_text_is_searched_to_its_end_and_over_the_edges_of_portions() -> None:
    text = "x " * 49_998 + "big lake " + "y " * 100_000 + "lake"
    assert found(text, '"big lake"', "lake") == ["big lake", "lake"]


@pytest.mark.parametrize(
    "text", ["lake 7", "LAKE 7 ☀\ufe0f", "b\u0302 lake 7", "\ud800 lake 7", "вoда lake 7", "x" * 99_980 + " lake 7"]
)
def test_a_pattern_is_found_whatever_stands_beside_it(text: str) -> None:
    assert [one.lower() for one in found(text, r"/lake \d/", "/no such thing/")] == ["lake 7"]
