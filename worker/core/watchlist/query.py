r"""Queries: the text of a term to a tree.

From the tightest to the loosest: parentheses, ``NOT x`` or ``-x``, ``a NEAR/5 b``, ``a AND b``, ``a OR b`` or
``a | b``. Operators are written in capitals. Nothing stands between two parts where one of them is a negation or asks
about the post (``summit -football lang:en``): that means AND; elsewhere it is refused, because half of all people mean
a phrase by it. What a leaf means is read in `terms`, what a query finds in `evaluate`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from worker.core.nearest import nearest
from worker.core.watchlist.mistake import Mistake
from worker.core.watchlist.scopes import SCOPES, check_scope
from worker.core.watchlist.terms import quoted

#: deeper than anybody writes, and shallow enough to walk a tree by recursion
_DEEPEST = 50
_LONGEST = 50_000
#: words that may stand between two places at most
_FARTHEST = 100


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing to look for in a text."""

    text: str
    #: number of its first character in the text of the query
    at: int = field(default=0, compare=False)
    #: its number among all leaves of all watchlists, given when it is compiled
    number: int = field(default=-1, compare=False)
    #: whether the addresses that the post links to are searched too
    links: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """A question about the post: ``lang:ru``."""

    name: str
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """Another watchlist: its tag must be on the post, and its places are this query's."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be true."""

    part: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Places that follow each other in any order, no two of neighbouring parts further apart than so many words."""

    #: leaves, references, and alternatives of them
    parts: tuple["Node", ...]
    #: how many words may stand between one part and the next
    gaps: tuple[int, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Everything must be true; no part is an `And` itself."""

    parts: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Something must be true; no part is an `Or` itself."""

    parts: tuple["Node", ...]
    at: int = field(default=0, compare=False)


Node: TypeAlias = Leaf | Scope | Reference | Not | Near | And | Or

_GRAMMAR = rf"""
    ?start: either
    ?either: both | both (_OR both)+ -> either
    ?both: near | both _AND near -> both | both near -> beside
    ?near: single | near NEAR single -> near
    ?single: NOT single -> negation
           | _OPEN either _CLOSE
           | (PHRASE | PATTERN | WORD) -> leaf
           | SCOPE -> scope
    _OPEN: "("
    _CLOSE: ")"
    _AND.6: /AND(?![^\s()|])/
    _OR.6: /OR(?![^\s()|])|\|/
    NOT.6: /NOT(?![^\s()|])|-(?=[^\s|)-])/
    NEAR.6: /NEAR\/\d+(?![^\s()|])/
    SCOPE.5: /(?:{"|".join(SCOPES)}|watchlist):(?:"[^"]*"|“[^”]*”|«[^»]*»|[^\s()|"“”«»„]*)/
    PATTERN.4: /\/(?:\\.|[^\\\/\n])+\/(?![^\s()|])/
    PHRASE.3: /=?(?:"[^"]*"|“[^”]*”|«[^»]*»|„[^“]*“)/
    WORD.2: /[^\s()|"“”«»„]+/
    %ignore /\s+/
"""
#: a term without operators, which nearly all are: it needs no parser
_SINGLE = re.compile(r'\s*(=?"[^"]*"|[^\s()|"“”«»„:/-][^\s()|"“”«»„:/]*)\s*')
_OPERATOR = re.compile(r"AND|OR|NOT|NEAR(?:/.*)?")
_NO_SCOPE = re.compile(r"([a-z]+):(?!//).|([A-Za-z]+):")
_PLAIN_WORDS = re.compile(r"[^()|\"“”«»„:=*#/-]+")


def parse_query(text: str) -> Node:
    """Return the tree of a query.

    Raises:
        Mistake: it means nothing; the message says what would be right.
    """
    single = _SINGLE.fullmatch(text)
    if single and not _OPERATOR.fullmatch(single[1]):
        return Leaf(single[1], single.start(1))
    if not text.strip():
        return Leaf("")  # what would be right is said where leaves are read
    if len(text) > _LONGEST:
        raise Mistake(f"the term is longer than {_LONGEST:,} characters, make several terms of it", _LONGEST)
    tree = _parse(text)
    _refuse_unbounded(tree)
    return tree


def _parse(text: str) -> Node:
    parser = _parser().parse_interactive(text)
    # the lexer of the parser: `Lark.lex` would build a new one each time
    tokens = parser.lexer_thread.lex(parser.parser_state)  # type: ignore[no-untyped-call]
    opened: list[int] = []
    before: Token | None = None
    try:
        for token in _nested_tokens(tokens):
            try:
                parser.feed_token(token)
            except UnexpectedToken as error:
                raise _misplaced(token, before, opened) from error
            if token.type == "_OPEN":
                opened.append(token.start_pos or 0)
            elif token.type == "_CLOSE":
                opened.pop()
            before = token
        if opened and before is not None and before.type != "_OPEN":
            raise Mistake("a parenthesis is never closed, close it", opened[-1])
        tree: Node = parser.feed_eof(before)  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        at = before.start_pos or 0 if before else 0
        raise Mistake(f"nothing stands after {before}, write what must be there", at) from error
    except UnexpectedCharacters as error:
        raise Mistake("unbalanced quotes; put one pair around the whole phrase", error.pos_in_stream or 0) from error
    except _Beside as beside:
        raise _no_operator(text, str(beside), beside.at) from beside
    return tree


def _nested_tokens(tokens: Iterator[Token]) -> Iterator[Token]:
    """Yield `tokens` and refuse what is nested too deep, before anything is built of it."""
    depth = negations = 0
    for token in tokens:
        depth += {"_OPEN": 1, "_CLOSE": -1}.get(token.type, 0)
        negations = negations + 1 if token.type == "NOT" else 0
        if max(depth, negations) > _DEEPEST:
            raise Mistake(f"nested more than {_DEEPEST} deep, make several terms of it", token.start_pos or 0)
        yield token


def _misplaced(token: Token, before: Token | None, opened: list[int]) -> Mistake:
    at = token.start_pos or 0
    if token.type == "_CLOSE" and not opened and before is not None:
        return Mistake("a closing parenthesis without an opening one, take it out", at)
    if before is None or before.type == "_OPEN":
        what = "between the parentheses" if token.type == "_CLOSE" else f"before {token}"
        return Mistake(f"nothing stands {what}, write what must be there", at)
    return Mistake(f"nothing stands between {before} and {token}, write what must be there", at)


class _Beside(Mistake):
    """Two parts without an operator; the message is the second."""


def _no_operator(text: str, second: str, at: int) -> Mistake:
    if second.upper() in {"AND", "OR", "NOT"}:
        return Mistake(f"{second!r} is a word here; write {second.upper()} in capitals, or put a phrase in quotes", at)
    words = text.split()
    small = next((word for word in words if word in {"and", "or", "not"}), None)
    if _PLAIN_WORDS.fullmatch(text) and not any(map(_OPERATOR.fullmatch, words)):
        advice = f"put the phrase in quotes: {quoted(text)}"
        capitals = f", or write {small.upper()} in capitals" if small else ", or write AND or OR between them"
        return Mistake(f"several words without quotes: {text.strip()!r}; {advice}{capitals}", at)
    return Mistake(f"no operator before {second!r}; write AND or OR, or put a phrase in quotes", at)


class _Builder(Transformer[Token, Node]):
    """Makes the tree while the text is read."""

    def leaf(self, token: Token) -> Node:
        at = token.start_pos or 0
        if token.type == "WORD":
            _refuse_word(str(token), at)
        return Leaf(str(token), at)

    def scope(self, token: Token) -> Node:
        at = token.start_pos or 0
        name, _, value = str(token).partition(":")
        value = value.strip('"“”«» ')
        if not value:
            raise Mistake(f"nothing stands after {name}:, write for example {name}:{SCOPES.get(name, 'NAME')}", at)
        if name == "watchlist":
            return Reference(value, at)
        check_scope(name, value, at + len(name) + 1)
        return Scope(name, value, at)

    def negation(self, token: Token, part: Node) -> Node:
        return Not(part, token.start_pos or 0)

    def near(self, left: Node, token: Token, right: Node) -> Node:
        at, gap = token.start_pos or 0, int(token[5:][:6])
        if gap > _FARTHEST:
            raise Mistake(f"{token} is too far, at most {_FARTHEST} words can stand between", at)
        parts, gaps = (left.parts, left.gaps) if isinstance(left, Near) else ((left,), ())
        for part in (*parts[:1], right) if not gaps else (right,):
            _refuse_placeless(part, str(token))
        return Near((*parts, right), (*gaps, gap), parts[0].at)

    def both(self, left: Node, right: Node) -> Node:
        return And((*_flat(left, And), *_flat(right, And)), left.at)

    def beside(self, left: Node, right: Node) -> Node:
        asks = (Not, Scope, Reference)
        if not isinstance(right, asks) and not all(isinstance(part, asks) for part in _flat(left, And)):
            raise _Beside(write_query(right), right.at)
        return self.both(left, right)

    def either(self, *parts: Node) -> Node:
        return Or(tuple(inner for part in parts for inner in _flat(part, Or)), parts[0].at)


@cache
def _parser() -> Lark:
    """Compile the grammar, which costs some milliseconds, only where a term has operators."""
    builder = v_args(inline=True)(_Builder)()
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=builder)


def _flat(node: Node, kind: type[And] | type[Or]) -> tuple[Node, ...]:
    return node.parts if isinstance(node, kind) else (node,)


def _refuse_word(word: str, at: int) -> None:
    if _OPERATOR.fullmatch(word):
        raise Mistake(f"{word!r} says not how near; write NEAR/5: so many words may stand between", at)
    found = _NO_SCOPE.match(word)
    name = (found[1] or found[2]) if found else None
    if name is None or not (found and (found[1] or name.casefold() in SCOPES)):
        return
    meant = nearest(name, [*SCOPES, "watchlist"])
    advice = f"did you mean {meant}:?" if meant else f"known are {', '.join(SCOPES)} and watchlist"
    raise Mistake(f"no scope is called {name!r}, {advice} To look for the text itself put it in quotes", at)


def _refuse_placeless(node: Node, token: str) -> None:
    for part in _flat(node, Or):
        if not isinstance(part, Leaf | Reference):
            raise Mistake(f"beside {token} only terms, phrases and groups of them with OR can stand", part.at)


def _refuse_unbounded(node: Node) -> None:
    """Refuse what nearly every post fulfils because it only says what must not be."""
    if is_bounded(node):
        return
    branches = node.parts if isinstance(node, Or) else (node,)
    at = next(part.at for part in branches if not is_bounded(part))
    raise Mistake("only says what must not stand in a post, write with AND what must", at)


def is_bounded(node: Node) -> bool:
    """Tell whether something must stand in a post, or be true of it, for `node` to be true."""
    match node:
        case Not():
            return False
        case And(parts):
            return any(map(is_bounded, parts))
        case Or(parts):
            return all(map(is_bounded, parts))
    return True


def leaves_of(node: Node) -> Iterator[Leaf]:
    """Yield every leaf of `node`, from left to right."""
    for part in parts_of(node):
        if isinstance(part, Leaf):
            yield part


def references_of(node: Node) -> Iterator[Reference]:
    """Yield every watchlist that `node` names, from left to right."""
    for part in parts_of(node):
        if isinstance(part, Reference):
            yield part


def parts_of(node: Node) -> Iterator[Node]:
    """Yield `node` and every part of it, from left to right."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        match part:
            case Not(inner):
                waiting.append(inner)
            case And(parts) | Or(parts) | Near(parts):
                waiting.extend(reversed(parts))


def with_leaves(node: Node, change: Callable[[Leaf], Leaf]) -> Node:
    """Return `node` with each of its leaves changed."""
    match node:
        case Leaf():
            return change(node)
        case Not(part):
            return replace(node, part=with_leaves(part, change))
        case And(parts) | Or(parts) | Near(parts):
            inner: Any = tuple(with_leaves(part, change) for part in parts)
            return replace(node, parts=inner)
    return node


def write_query(node: Node) -> str:
    """Return `node` as it can be written; parsed again it is the same tree."""
    match node:
        case Leaf(text):
            return text
        case Scope(name, value):
            return f"{name}:{_value(value)}"
        case Reference(name):
            return f"watchlist:{_value(name)}"
        case Not(part):
            return f"NOT {_inside(part, (Near, And, Or))}"
        case Near(parts, gaps):
            first, *others = (_inside(part, (Or,)) for part in parts)
            return first + "".join(f" NEAR/{gap} {other}" for gap, other in zip(gaps, others, strict=True))
        case And(parts):
            return " AND ".join(_inside(part, (Or,)) for part in parts)
        case Or(parts):
            return " OR ".join(map(write_query, parts))


def _inside(node: Node, loose: tuple[type, ...]) -> str:
    written = write_query(node)
    return f"({written})" if isinstance(node, loose) else written


def _value(value: str) -> str:
    return value if re.fullmatch(r"[^\s()|]+", value) else f'"{value}"'
