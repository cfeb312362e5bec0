"""A slow, obvious matcher agrees: it tries every term at every stretch of a text, in every way the text can be read."""

import re
import unicodedata
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.models import Match, Term, Watchlist
from worker.core.text import REMAINDERS, fold, fold_roughly
from worker.core.watchlist.language import stem_beginnings, stemmer
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.readings import readings

# few words, so that texts often hold the terms; of letters that compose with no stress mark
WORDS = st.sampled_from(["b", "bd", "Bd", "db", "б", "бё", "dБ", "d1", "bdb", "cox", "сох", "code", "coded"])
SPELLINGS = (
    str,
    str.upper,
    str.capitalize,
    lambda word: word.replace("b", "b\u00ad").replace("ё", "е\u0301"),
    lambda word: word.replace("c", "с"),
    lambda word: word.replace("о", "o"),
    lambda word: f"{word[:1]}\ufe0f{word[1:]}",
    lambda word: f"{word[:1]}🔥{word[1:]}",
    lambda word: f"{word[:1]}-\n{word[1:]}",
)
PIECES = st.builds(
    lambda before, word, spell: before + spell(word),
    st.sampled_from(["", " ", " ", "\n", "#", " #", "_", "-", "’", "2", "+", "\u00ad", "\u0301", "# ", "Б", "🔥"]),
    WORDS,
    st.sampled_from(SPELLINGS),
)
TEXTS = st.lists(PIECES, min_size=2, max_size=6).map("".join)
LONGER = WORDS.filter(lambda word: len(word) > 1)
TERMS = st.one_of(
    WORDS.map(Term),
    WORDS.map(lambda word: Term(f"{word}+")),
    WORDS.map(lambda word: Term(f"#{word}")),
    LONGER.map(lambda word: Term(f"{word}*")),
    LONGER.map(lambda word: Term(f"#{word}*")),
    LONGER.map(lambda word: Term(word.upper())),
    LONGER.map(lambda word: Term(word, case=True)),
    st.sampled_from(["code", "coded", "bd"]).map(lambda word: Term(word, "en", "forms")),
    st.lists(WORDS, min_size=2, max_size=2).map(lambda parts: Term(f'"{" ".join(parts)}"')),
)
WATCHLISTS = st.lists(st.lists(TERMS, min_size=1, max_size=5), min_size=1, max_size=3).map(
    lambda lists: [Watchlist(f"w{number}", tuple(terms)) for number, terms in enumerate(lists)]
)
PART_EDGE = re.compile(
    r"(?<=_)|(?=_)|(?<=\d)(?!\d)|(?<!\d)(?=\d)|(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-ZА-ЯЁ])(?=[A-ZА-ЯЁ][a-zа-яё])"
)
#: a character as it is seen, and where it stands
Seen = tuple[str, int, int]
TO_LATIN = str.maketrans("сохСОХеЕ", "coxCOXeE")
TO_CYRILLIC = str.maketrans("coxCOXeEbBdD", "сохСОХеЕвВ\u0501\u0500")


def slow_characters(text: str) -> list[Seen]:
    """Return each visible character with its place; a stress mark widens, or accents, the character before it."""
    seen: list[Seen] = []
    for place, character in enumerate(text):
        if character == "\u0301" and seen:
            letter, start, _ = seen[-1]
            composed = unicodedata.normalize("NFC", letter + character)
            seen[-1] = (composed if len(composed) == 1 else letter, start, place + 1)
        elif character not in "\u0301\u00ad\ufe0f":
            seen.append((character.replace("’", "'"), place, place + 1))
    return seen


def slow_readings(text: str) -> Iterator[list[Seen]]:
    seen = slow_characters(text)
    # a line that ends with a soft hyphen
    shown = "".join("\v" if letter == "\n" and text[at - 1] == "\u00ad" else letter for letter, at, _ in seen)
    for left_out in ("", r"-\n|🔥+|\v", r"(?<=-)\n"):
        gone: set[int] = set()
        for joint in re.finditer(left_out, shown) if left_out else ():
            before, after = shown[: joint.start()].removesuffix("-")[-1:], shown[joint.end() :][:1]
            if is_letter(before) and is_letter(after) and not (before.islower() and after.isupper()):
                gone.update(range(*joint.span()))
        read = [one for number, one in enumerate(seen) if number not in gone]
        yield read
        joined = "".join(character for character, _, _ in read)
        for table, foreign in ((TO_LATIN, r"[бдБДёЁ]"), (TO_CYRILLIC, r"(?!)")):
            respelled = joined
            for part in re.finditer(r"[^\W_]+", joined):
                mixed = re.search(r"[a-z][а-яё]|[а-яё][a-z]", part[0], re.IGNORECASE)
                if mixed and not re.search(foreign, part[0]):
                    respelled = respelled[: part.start()] + part[0].translate(table) + respelled[part.end() :]
            yield [(letter, *place[1:]) for letter, place in zip(respelled, read, strict=True)]


def is_letter(character: str) -> bool:
    return re.fullmatch(r"[^\W\d_]", character) is not None


def slow_match(text: str, watchlists: list[Watchlist]) -> set[Match]:
    """Try every term at every stretch of the text, however it is read."""
    hits: dict[str, set[tuple[int, int, str]]] = {watchlist.name: set() for watchlist in watchlists}
    for read in slow_readings(text):
        cased = "".join(character for character, _, _ in read)
        for watchlist in watchlists:
            for term in watchlist.terms:
                for start in range(len(cased)):
                    for end in slow_ends(cased, start, term):
                        hits[watchlist.name].add((read[start][1], read[end - 1][2], term.text))
    return {
        Match(name, term, start, end)
        for name, spans in hits.items()
        for start, end, term in spans
        if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in spans)
    }


def slow_ends(cased: str, start: int, asked: Term) -> Iterator[int]:
    term = asked.text
    folded = cased.lower().replace("ё", "е")
    wanted = term.strip('"').rstrip("*").lower().replace("ё", "е")
    edges = {
        place for place in range(len(cased) + 1) if place == 0 or not re.match(r"\w\w", cased[place - 1 : place + 1])
    }
    tag = next((m for m in re.finditer(r"(?<!\w)#(\w+)", cased) if m.start(1) <= start < m.end(1)), None)
    here = edges | ({tag.start(1) + m.start() for m in PART_EDGE.finditer(tag[1])} if tag else set())
    for end in range(start + 1, len(cased) + 1):
        piece, rest = folded[start:end], end
        if term.startswith("#"):
            whole = next((m for m in re.finditer(r"(?<!\w)#\w+", cased) if m.start() == start), None)
            if whole and whole.end() == end and (piece.startswith(wanted) if term.endswith("*") else piece == wanted):
                yield end
        elif term.endswith("*"):
            if start in here and piece == wanted:
                while rest not in here:
                    rest += 1
                yield rest
        elif " " in term:
            if start in edges and end in edges and re.split(r"\s+", piece) == wanted.split():
                yield end
        elif start not in here or end not in here:
            continue
        elif asked.match == "forms":
            if re.fullmatch(r"\w+", piece) and not set(range(start + 1, end)) & here:
                stem = stemmer("en")
                if stem(piece) == stem(wanted):
                    yield end
        elif piece == wanted:
            acronym = len(re.findall(r"[^\W\d_]", term)) > 1 and term.upper() == term and asked.case is None
            alone = tag and not re.search(r"[^\W\d_]", cased[tag.start(1) : start] + cased[end : max(end, tag.end(1))])
            if (not acronym and not asked.case) or cased[start:end] == term or (acronym and alone):
                yield end


@given(TEXTS, WATCHLISTS)
@settings(max_examples=80, deadline=None)
def test_matching_equals_trying_every_term_everywhere(text: str, watchlists: list[Watchlist]) -> None:
    assert set(Matcher(watchlists).match(text)) == slow_match(text, watchlists)


@given(TEXTS, WATCHLISTS, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
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
@settings(max_examples=60, deadline=None)
def test_every_match_cut_from_the_original_reads_as_its_term(text: str, terms: list[str]) -> None:
    for match in Matcher([Watchlist("list", tuple(map(Term, terms)))]).match(text):
        read = {text[match.start : match.end]}
        # a part of a hashtag is read as the whole of it is
        for reading in readings(text):
            places = ((start, end) for start in range(len(reading.text)) for end in range(start + 1, start + 9))
            span = (match.start, match.end)
            read |= {reading.text[slice(*place)] for place in places if reading.original(*place) == span}
        assert fold(match.term).text in {fold(one).text for one in read}


# --------------------------------------------------------------------------- the parts that make it fast


def test_a_text_without_remainders_is_folded_roughly_as_it_would_be_thoroughly() -> None:
    for code in range(0x20000):  # the planes above have no letters with case
        character = chr(code)
        rough = fold_roughly(character)
        if not 0xD800 <= code < 0xE000 and REMAINDERS.isdisjoint(rough):
            assert rough == fold(character).text, hex(code)


@given(st.text(st.sampled_from("aéßŉİΣσςЁё’‐й\u0301\ufe0f\u00adＡⓐǰ1 \n"), max_size=12))
def test_several_characters_without_remainders_too(text: str) -> None:
    rough = fold_roughly(text)
    if REMAINDERS.isdisjoint(rough):
        assert rough == fold(text).text


@pytest.mark.parametrize(
    ("language", "beginnings", "endings"),
    [
        ("en", "harb cri capab d relat ski", "y ies ied ying ie ies able ability abilities ation ational ing e es ly"),
        (
            "fr",
            "célèbr constan évid appliqu cheva envo",
            "e es é ée amment emment ence ences ication aux al oyer er ité",
        ),
        ("de", "häus buch größ fähr land", "er es en ung ungen lich lichkeit e in innen"),
        ("es", "reuni sugier continú leíd", "ón ones encia encias e en o os as amente ación"),
        ("it", "convergen maku città", "te za ze ù à amente ione ioni"),
        ("pt", "desist alcan intelig", "ência ências ção ções ar çar ente entes"),
        ("pl", "zeps ogranicz krawęd", "uć eń ź ia iem ów ami"),
        ("sv", "båt hamn förhandl", "en ar arna ing ingar ingarna"),
        ("tr", "saravec gemi kitap kitab", "ı in ler lerden ç a"),
        ("hu", "ért törz guair", "ékeik zsel á ek ekkel"),
    ],
)
def test_every_word_begins_as_its_stem_says(language: str, beginnings: str, endings: str) -> None:
    for beginning in beginnings.split():
        for ending in endings.split():
            word = fold(beginning + ending).text
            stem = stemmer(language)(word)
            begins = stem_beginnings(stem, language)
            assert not begins or word.startswith(begins), (word, stem)
