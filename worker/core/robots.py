"""robots.txt (RFC 9309): which pages of a site programs may fetch.

Reads the rules and applies them. Fetches nothing and remembers nothing. The standard library's parser is no substitute:
it takes the first rule that fits instead of the longest, and knows no wildcards (RFC 9309 sections 2.2.2 and 2.2.3).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

#: of the text; what is behind it is not read (section 2.5 asks for at least 500 kibibytes)
MAX_BYTES = 512_000

_EVERYBODY = "*"
_RULES = {"allow": True, "disallow": False}
#: the part of a User-agent line that counts (section 2.2.1)
_TOKEN = re.compile(r"[A-Za-z_-]+|\*", re.ASCII)
#: stay as they are when a path is brought into its usual form: reserved characters and wildcards
_KEPT = "/?#[]@!$&'()*+,;=:%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Rule:
    """One Allow or Disallow line."""

    allows: bool
    #: in its usual form; ``*`` stands for anything, ``$`` at the end for the end
    pattern: str


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules that a robots.txt has for one program."""

    rules: tuple[Rule, ...] = ()

    def allow(self, path: str) -> bool:
        """Say whether the page at `path` (with its query, as it is sent) may be fetched.

        The longest rule that fits decides, and among equals the one that allows; no rule: allowed (section 2.2.2).
        """
        usual = _usual(path or "/")
        if usual == "/robots.txt":
            return True
        fitting = [(len(rule.pattern), rule.allows) for rule in self.rules if _fits(rule.pattern, usual)]
        return max(fitting, default=(0, True))[1]


def read_robots(body: bytes, *, agent: str) -> Robots:
    """Read the rules for `agent`, the product token of a program such as ``watchword``.

    All groups for it are one; if there is none, those for everybody count. What cannot be understood is passed over.
    """
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    groups: dict[str, list[Rule]] = {}
    agents: list[str] = []
    in_rules = False
    for key, value in _lines(text):
        if key == "user-agent":
            if in_rules:
                agents, in_rules = [], False
            if found := _TOKEN.match(value):
                agents.append(found[0].lower())
                groups.setdefault(agents[-1], [])
        elif key in _RULES:
            in_rules = True
            # an empty pattern is a rule for nothing: "Disallow:" is how everything is allowed
            if value:
                for each in dict.fromkeys(agents):
                    groups[each].append(Rule(_RULES[key], _usual(value)))
    return Robots(tuple(groups.get(agent.lower(), groups.get(_EVERYBODY, ()))))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of each line that has both, without comments."""
    for line in re.split(r"\r\n|\r|\n", text):
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _usual(path: str) -> str:
    """Return `path` in the form in which octets are compared (section 2.2.2)."""
    quoted = quote(path, safe=_KEPT + "~")
    return _ESCAPE.sub(_usual_escape, quoted)


def _usual_escape(match: re.Match[str]) -> str:
    char = unquote_to_bytes(match[0]).decode("latin-1")
    return char if char in _UNRESERVED else match[0].upper()


def _fits(pattern: str, path: str) -> bool:
    """Say whether `path` begins with `pattern`; in one pass: a regular expression of many ``*`` may take hours."""
    anchored = pattern.endswith("$")
    pieces: Sequence[str] = pattern.removesuffix("$").split("*")
    first, *others = pieces
    if not path.startswith(first):
        return False
    if not others:
        return not anchored or path == first
    at = len(first)
    for piece in others[:-1]:
        if (found := path.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    last = others[-1]
    if anchored:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
