"""Command ``explain``: what every watchlist makes of one post or text, term by term. It stores nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.bootstrap.bench import find_watchlist, read_post
from worker.cli.drawing import Page, count
from worker.cli.options import (
    ConfigOption,
    JsonOption,
    app,
    find_config,
    load_settings,
    read_input,
    trial_watchlists,
    write_json,
)
from worker.core.models import Facts, Term
from worker.core.past import PastPost
from worker.core.watchlist.explanation import Cancelled, Judgement, TermFinding
from worker.core.watchlist.matcher import Matcher
from worker.core.watchlist.near_miss import is_near_miss
from worker.core.watchlist.places import Span

_SHOWN_CHARACTERS = 1_500
#: different words that are named of one term
_SHOWN_WORDS = 5
_SHOWN_NEAR_MISSES = 10
_WHERE = {"overlap": "stands over it", "near": "stands near it", "post": "stands in the post"}


@app.command()
def explain(
    post: Annotated[
        str,
        typer.Argument(
            metavar="POST|TEXT",
            help="CHANNEL/ID as in `posts`, the address of a post, or a text of your own; - reads standard input.",
        ),
    ],
    *,
    is_text: Annotated[bool, typer.Option("--text", help="It is a text, even if it looks like a post.")] = False,
    watchlist: Annotated[str | None, typer.Option("--watchlist", help="Only this watchlist.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="The text is from this channel.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="The text is in this language, such as ru.")] = None,
    author: Annotated[str | None, typer.Option("--author", help="Signature of the text.")] = None,
    media: Annotated[
        list[str] | None, typer.Option("--media", help="The text has this with it, such as video; may be repeated.")
    ] = None,
    link: Annotated[list[str] | None, typer.Option("--link", help="The text links to this; may be repeated.")] = None,
    is_forward: Annotated[bool, typer.Option("--forward", help="The text is forwarded.")] = False,
    is_edited: Annotated[bool, typer.Option("--edited", help="The text has been edited.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Name the terms that are not found, too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each watchlist makes of a post or a text: every hit, what was taken away, what is missing.

    The watchlists are those of the configuration, and the shipped ones for a text where there is no configuration.
    """
    facts = Facts(channel, lang, is_forward, is_edited, frozenset(media or ()), author, links=tuple(link or ()))
    stored = None if is_text or not _names_post(post) else read_post(load_settings(config), post)
    if stored:
        text, facts = stored.text, _with(stored.facts, facts)
    else:
        text = read_input(Path("-")).decode("utf-8", "replace").removesuffix("\n") if post == "-" else post
    watchlists = trial_watchlists(find_config(config))
    if watchlist:
        find_watchlist(watchlists, watchlist, "use")
    matcher = Matcher(watchlists)
    judgements = [
        each
        for each in matcher.explain(text, facts).judgements
        if watchlist is None or each.watchlist.casefold() == watchlist.casefold()
    ]
    if as_json:
        write_json(_object(text, stored, judgements, every=every))
    else:
        _draw(Page(), text, stored, judgements, every=every)


def _names_post(given: str) -> bool:
    """Tell whether this looks like ``CHANNEL/ID`` or an address; every other text is explained as such."""
    return "/" in given and not any(map(str.isspace, given.strip())) and not given.strip().startswith(("/", "#"))


def _with(facts: Facts, asked: Facts) -> Facts:
    """Return the facts of a post, with those that were given instead of its own."""
    return replace(
        facts,
        channel=asked.channel or facts.channel,
        lang=asked.lang or facts.lang,
        is_forward=asked.is_forward or facts.is_forward,
        is_edited=asked.is_edited or facts.is_edited,
        media=asked.media or facts.media,
        author=asked.author or facts.author,
        links=asked.links or facts.links,
    )


# --------------------------------------------------------------------------- as JSON


def _object(text: str, stored: PastPost | None, judgements: Sequence[Judgement], *, every: bool) -> dict[str, Any]:
    return {
        "channel": stored.channel if stored else None,
        "id": stored.id if stored else None,
        "url": stored.url if stored else None,
        "text": text,
        "tags": [each.watchlist for each in judgements if each.tagged],
        "stored_tags": sorted({hit.watchlist for hit in stored.matches}) if stored else None,
        "watchlists": [_judgement_object(each, text, every=every) for each in judgements],
    }


def _judgement_object(judgement: Judgement, text: str, *, every: bool) -> dict[str, Any]:
    shown = [each for each in judgement.terms if every or _rank(each) < _NOTHING]
    return {
        "watchlist": judgement.watchlist,
        "tagged": judgement.tagged,
        "score": judgement.score,
        "threshold": judgement.threshold,
        "terms": [_term_object(each, text) for each in shown],
        "others": len(judgement.terms) - len(shown),
    }


def _term_object(finding: TermFinding, text: str) -> dict[str, Any]:
    return {
        "term": finding.term.text,
        "lang": finding.term.lang,
        "match": finding.term.match,
        "weight": finding.term.weight,
        "hit": finding.hit,
        "hits": [{"start": start, "end": end, "text": text[start:end]} for start, end in finding.hits],
        "cancelled": [
            {
                "start": each.start,
                "end": each.end,
                "text": text[each.start : each.end],
                "by": each.by,
                "where": each.where,
            }
            for each in finding.cancelled
        ],
        "missing": list(finding.missing),
    }


# --------------------------------------------------------------------------- for people

_HIT, _TAKEN, _NEAR, _NOTHING = range(4)


def _rank(finding: TermFinding) -> int:
    """Return how much a term has to say: hits first, then what was taken away, then near misses."""
    if finding.hit:
        return _HIT
    if finding.cancelled:
        return _TAKEN
    return _NEAR if is_near_miss(finding) else _NOTHING


def _draw(page: Page, text: str, stored: PastPost | None, judgements: Sequence[Judgement], *, every: bool) -> None:
    if stored:
        page.line(f"{stored.name}  {stored.at:%Y-%m-%d %H:%M}{f'  {stored.url}' if stored.url else ''}", style="bold")
    spans = [span for each in judgements for term in each.terms for span in term.hits]
    page.passage(text or "(no text)", spans, most=_SHOWN_CHARACTERS, indent=2)
    now = {each.watchlist for each in judgements if each.tagged}
    known = {each.watchlist for each in judgements}
    before = {hit.watchlist for hit in stored.matches if hit.watchlist in known} if stored else now
    if now != before:
        page.line()
        page.line(f"stored with the tags {', '.join(sorted(before)) or 'none'}: the watchlists have changed since")
    for each in sorted(judgements, key=lambda one: not one.tagged):
        _draw_judgement(page, each, text, every=every)


def _draw_judgement(page: Page, judgement: Judgement, text: str, *, every: bool) -> None:
    verdict = "tagged" if judgement.tagged else "not tagged"
    page.heading(f"{judgement.watchlist}: {verdict}, score {judgement.score:g} of {judgement.threshold:g}")
    ranked = sorted(((_rank(finding), finding) for finding in judgement.terms), key=lambda pair: pair[0])
    near = 0
    others = []
    for rank, finding in ranked:
        near += rank == _NEAR
        if rank == _NOTHING or (near > _SHOWN_NEAR_MISSES and not every):
            others.append(finding)
            continue
        for line in _lines(finding, rank, text):
            page.line(line, indent=2)
    if every:
        for finding in others:
            page.line(f"- {_name(finding.term)}", indent=2, style="dim")
    elif others:
        words = "term is" if len(others) == 1 else "terms are"
        more = "other " if len(others) < len(ranked) else ""
        page.line(f"{len(others):,} {more}{words} not found", indent=2, style="dim")


def _lines(finding: TermFinding, rank: int, text: str) -> Iterator[str]:
    name = _name(finding.term)
    if rank == _HIT:
        yield f"+ {name}: {_words(text, finding.hits) or 'true of the post, not of its text'}"
    elif rank == _NEAR:
        yield f"? {name}: missing {', '.join(finding.missing)}"
    for by, where, spans in _by_exclusion(finding.cancelled):
        yield f"{'-' if rank == _HIT else '~'} {name}: {_words(text, spans)} taken away, {by} {_WHERE[where]}"


def _name(term: Term) -> str:
    """Return a term with what is out of the ordinary about it."""
    about = [term.lang, None if term.match == "auto" else term.match]
    about += [None if term.weight == 1 else f"weight {term.weight:g}"]
    said = ", ".join(filter(None, about))
    return f"{term.text} ({said})" if said else term.text


def _by_exclusion(cancelled: Sequence[Cancelled]) -> Iterator[tuple[str, str, list[Span]]]:
    for by, where in dict.fromkeys((each.by, each.where) for each in cancelled):
        yield by, where, [(each.start, each.end) for each in cancelled if (each.by, each.where) == (by, where)]


def _words(text: str, spans: Sequence[Span]) -> str:
    """Return what stands at some places, each once, with how often it does."""
    found = Counter(" ".join(text[start:end].split()) for start, end in spans if end > start)
    shown = [word + (f" ({number} times)" if number > 1 else "") for word, number in found.most_common(_SHOWN_WORDS)]
    left = len(found) - len(shown)
    return ", ".join(shown) + (f" and {count(left, 'other')}" if left > 0 else "")
