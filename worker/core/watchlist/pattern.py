r"""Patterns: regular expressions that are searched in a time that grows with the text only.

The syntax is RE2's, with these differences: ``\w``, ``\d`` and ``\s`` know the letters, digits and blanks of every
script, not only those of ASCII, and ``\b`` can stand at the beginning and at the end of a pattern only, where it means
"not inside a word". Patterns see the text as it stands: nothing is folded but case.
"""

import re
from collections.abc import Iterator, Sequence

import re2

from worker.core.text import fold
from worker.core.watchlist.mistake import Mistake

_LONGEST = 1_000
#: bytes that one compiled pattern may take, its caches included
_MOST_MEMORY = 4 << 20
#: more patterns than this are not searched at once
_MOST_IN_SET = 32
#: a shorter text stands in most posts
_SHORTEST_NEEDED = 3
#: more places of one pattern than this are not looked for in one text
_MOST_FOUND = 1_000
#: patterns see no more characters of one text: a thousand places in a megabyte would cost seconds
_MOST_READ = 100_000

_WORD, _BLANK = r"\pL\pN\pM_", r"\s\x{85}\pZ"
#: what stands for a class outside square brackets, and inside them (None: cannot stand there)
_CLASSES: dict[str, tuple[str, str | None]] = {
    "w": (f"[{_WORD}]", _WORD),
    "W": (f"[^{_WORD}]", None),
    "d": (r"\p{Nd}", r"\p{Nd}"),
    "D": (r"\P{Nd}", r"\P{Nd}"),
    "s": (f"[{_BLANK}]", _BLANK),
    "S": (f"[^{_BLANK}]", None),
}
_PIECE = re.compile(r"\\Q.*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\.|\[\^?\]?|[^\\\[\]()|]+|.", re.DOTALL)
#: in the face of these no text is taken for needed: classes in classes, escapes of several characters, quotes
_INTRICATE = re.compile(r"\[.*\[|\\[^dDsSwWbB.,:;/+*?(){}|$^-]", re.DOTALL)
#: what a repetition may take away, and what stands for others
_NOT_NEEDED = re.compile(r".?[?*]|.?\{[^}]*\}|[+^$.]", re.DOTALL)
_LISTED = re.compile(r"[^()|\[\]]*\((?:\?:)?([^][()\\?*+{}.^$]+)\)(?![?*{])[^()|\[\]]*")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]+\)")
#: how RE2 begins a complaint -> the same in our words
_COMPLAINTS = {
    "invalid perl operator": "looking ahead and behind is not possible in a pattern",
    "invalid escape sequence": "no such escape; \\1 and \\Z are not possible in a pattern, a plain backslash is \\\\",
    "pattern too large": "the pattern is too large, shorten its repetitions",
    "invalid repetition size": "a repetition may be 1000 at most",
    "missing ]": "a square bracket is never closed",
    "missing )": "a parenthesis is never closed",
    "unexpected )": "a closing parenthesis without an opening one",
    "no argument for repetition operator": "nothing stands before *, + or ?",
    "bad repetition operator": "two repetitions in a row",
    "invalid character class range": "no such range or class in square brackets",
}


class Pattern:
    """A compiled pattern.

    Args:
        source: as it was written between the slashes.
        case: whether capitals and small letters differ.

    Raises:
        Mistake: it means nothing, could match nothing at all, or is too large; `at` counts in `source`.
    """

    def __init__(self, source: str, *, case: bool = False) -> None:
        if len(source) > _LONGEST:
            raise Mistake(f"the pattern is longer than {_LONGEST:,} characters, make several terms of it", _LONGEST)
        body, begins, ends = _translate(source)
        #: the place of the match is what this group holds
        self._group = 1 if begins or ends else 0
        wrapped = body
        if self._group:
            left, right = rf"(?:\A|[^{_WORD}])" if begins else "", rf"(?:[^{_WORD}]|\z)" if ends else ""
            wrapped = f"{left}({body}){right}"
        #: folded texts without any of which it fits nowhere, where folding moves nothing; empty: none are known
        self.needed = _needed(source)
        #: the same for RE2
        self.body = body
        self.case = case
        self._plain = _compile(body, case=case, capture=False)
        self._regexp = _compile(wrapped, case=case, capture=True) if self._group else self._plain
        if self._plain.search(b""):
            raise Mistake("the pattern also matches where nothing stands, write what must be there")

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the pattern fits in `text`, from left to right, no two overlapping.

        Only the first 1,000 places in the first 100,000 characters.
        """
        return self.find_in(text[:_MOST_READ].encode("utf-8", "replace"))

    def find_in(self, body: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the pattern fits in a text in UTF-8, in characters; see `find`."""
        read, characters, place = 0, 0, 0
        for _ in range(_MOST_FOUND):
            found = self._regexp.search(body, place)
            if found is None:
                return
            start, end = found.span(self._group)
            if start == end:
                place = _next_character(body, found.end())
                if place > len(body):
                    return
                continue
            characters += len(body[read:start].decode())
            length = len(body[start:end].decode())
            yield characters, characters + length
            read, characters = end, characters + length
            # the character before the next match may be the last of this one; at 0 nothing would stand before it
            place = (_last_character(body, end) or end) if self._group else end


class PatternSet:
    """Patterns that are searched all at once: most texts have none of them, and are read once for all.

    Args:
        patterns: each with its number.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        groups: list[tuple[re2.Set | None, Sequence[tuple[int, Pattern]]]] = []
        for case in (False, True):
            alike = [one for one in patterns if one[1].case is case]
            for first in range(0, len(alike), _MOST_IN_SET):
                group = alike[first : first + _MOST_IN_SET]
                groups.append((_compile_set([pattern.body for _, pattern in group], case=case), group))
        self._groups = tuple(groups)

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield the number of each pattern that fits in `text`, and where; see `Pattern.find`."""
        body = text[:_MOST_READ].encode("utf-8", "replace") if self._groups else b""
        for compiled, group in self._groups:
            fits = compiled.Match(body) if compiled else ()
            # the last one of the set fits in every text: without it RE2 has run out of its memory
            chosen = [group[number] for number in fits if number < len(group)] if len(group) in fits else group
            for number, pattern in chosen:
                for start, end in pattern.find_in(body):
                    yield number, start, end


def _compile_set(bodies: Sequence[str], *, case: bool) -> "re2.Set | None":
    """Compile patterns, and one that fits at the end of any text, for one search; None if they are too large."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    options.case_sensitive = case
    compiled = re2.Set.SearchSet(options)
    try:
        for body in (*bodies, r"\z"):
            compiled.Add(body)
        compiled.Compile()
    except re2.error:
        return None
    return compiled


def _needed(source: str) -> tuple[str, ...]:
    """Return folded texts of which every match of `source` holds one; empty if none are known.

    They are the longest run of letters and blanks outside of all parentheses, or what is listed in the only ones.
    """
    if _INTRICATE.search(source):
        return ()
    listed = _LISTED.fullmatch(source)
    choices = [fold(choice).text for choice in listed[1].split("|")] if listed else [_longest_run(source)]
    return tuple(choices) if min(map(len, choices)) >= _SHORTEST_NEEDED else ()


def _longest_run(source: str) -> str:
    """Return the longest folded text that stands in every match of `source`; "" if nothing does."""
    runs = [""]
    depth, bracket = 0, False
    for piece in _PIECE.finditer(source):
        text = piece[0]
        if bracket or text[0] == "[":
            bracket = text != "]"
        elif text in "()":
            depth += 1 if text == "(" else -1
        elif text == "|" and not depth:
            return ""
        elif text[0] != "\\" and not depth:
            runs += _NOT_NEEDED.split(text)
            continue
        runs.append("")
    return max((fold(run).text for run in runs), key=len)


def _translate(source: str) -> tuple[str, bool, bool]:
    r"""Return `source` for RE2, and whether ``\b`` stands at its beginning and at its end."""
    flags = _FLAGS.match(source)
    first = flags.end() if flags else 0
    pieces: list[str] = []
    begins = ends = False
    depth, bracket, branch = 0, False, None
    for piece in _PIECE.finditer(source):
        text, at = piece[0], piece.start()
        if bracket:
            bracket = text != "]"
        elif text[0] == "[":
            bracket = True
        elif text in "()":
            depth += 1 if text == "(" else -1
        elif text == "|" and not depth:
            branch = at
        if text in {r"\b", r"\B"}:
            if bracket or text == r"\B" or (at != first and piece.end() != len(source)):
                raise Mistake(r"\b can only stand at the beginning and at the end of a pattern", at)
            begins, ends = begins or at == first, ends or at != first
            continue
        pieces.append(_piece(text, at, inside=bracket))
    if (begins or ends) and branch is not None:
        raise Mistake(r"with \b, alternatives stand in parentheses: /\b(one|other)\b/", branch)
    return "".join(pieces), begins, ends


def _piece(text: str, at: int, *, inside: bool) -> str:
    translated = _CLASSES.get(text[1:]) if len(text) == 2 and text[0] == "\\" else None
    if translated is None:
        return text
    chosen = translated[inside]
    if chosen is None:
        raise Mistake(f"{text} cannot stand in square brackets", at)
    return chosen


def _compile(body: str, *, case: bool, capture: bool) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    options.case_sensitive = case
    options.never_capture = not capture
    try:
        return re2.compile(body, options)
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        ours = next((sentence for begin, sentence in _COMPLAINTS.items() if said.startswith(begin)), said)
        raise Mistake(f"no pattern: {ours}") from error


def _last_character(body: bytes, end: int) -> int:
    """Return where the character before `end` begins: what follows bytes 10xxxxxx in UTF-8 (RFC 3629 section 3)."""
    place = end - 1
    while body[place] & 0xC0 == 0x80:
        place -= 1
    return place


def _next_character(body: bytes, place: int) -> int:
    place += 1
    while place < len(body) and body[place] & 0xC0 == 0x80:
        place += 1
    return place
