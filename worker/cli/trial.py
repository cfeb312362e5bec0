"""Commands to try exports and watchlists on files of one's own: ``parse`` and ``tag``. They store nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from worker.cli.options import (
    InputArgument,
    JsonOption,
    TrialConfigOption,
    app,
    find_channel,
    json_object,
    load_settings,
    read_input,
    trial_watchlists,
    write_json,
)
from worker.core.models import Match, Post, Refusal
from worker.core.parse import FORMATS
from worker.core.parse import parse as parse_export
from worker.core.watchlist.facts import facts_given, facts_of
from worker.core.watchlist.matcher import Matcher
from worker.errors import ParseError, WatchwordError

_SHOWN_CHARACTERS = 300


@app.command()
def parse(
    file: InputArgument,
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; without it the format is detected.")
    ] = None,
    config: TrialConfigOption = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Read it as this channel of the configuration: format, selectors.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the posts in an export."""
    if format_name is not None and format_name not in FORMATS:
        message = f"unknown format {format_name!r}, known are {', '.join(FORMATS)}"
        raise typer.BadParameter(message, param_hint="--format")
    matcher = Matcher(trial_watchlists(config)) if config else None
    selectors = None
    if channel is not None:
        known = find_channel(load_settings(config), channel, param_hint="--channel")
        format_name = format_name or known.format
        selectors = known.selectors.selectors() if known.selectors else None
    try:
        snapshot = parse_export(read_input(file), format_name=format_name, selectors=selectors)
    except ParseError as error:
        message = f"{file}: {error}"
        raise WatchwordError(message) from error
    if isinstance(snapshot, Refusal):
        message = f"{file}: {snapshot.reason.value}: {snapshot.detail}"
        raise WatchwordError(message)
    for post in snapshot.posts:
        tags = list(matcher.tags(matcher.match(post.text, facts_of(post, channel)))) if matcher else None
        if as_json:
            write_json(_post(post) | ({} if tags is None else {"tags": tags}))
        else:
            typer.echo(_readable(post, tags))
    if not as_json:
        typer.echo(f"{len(snapshot.posts)} posts, format {snapshot.format}")


@app.command()
def tag(file: InputArgument, config: TrialConfigOption = None, as_json: JsonOption = False) -> None:
    """Tag texts of one's own: JSON lines with a text each, and with what queries ask of a post."""
    matcher = Matcher(trial_watchlists(config))
    bad = 0
    for number, line in enumerate(read_input(file).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            given = json_object(line, "text")
        except ValueError as error:
            typer.echo(f"{file}:{number}: {error}", err=True)
            bad += 1
            continue
        hits = matcher.match(given["text"], facts_given(given))
        tags = list(matcher.tags(hits))
        if as_json:
            write_json({**given, "tags": tags, "matches": [_match(given["text"], hit) for hit in hits]})
        else:
            found = ", ".join(f"{hit.watchlist}: {given['text'][hit.start : hit.end] or hit.term}" for hit in hits)
            typer.echo(f"{number}: {' '.join(tags) or '-'} ({found or 'nothing found'})")
    if bad:
        raise typer.Exit(1)


def _match(text: str, hit: Match) -> dict[str, Any]:
    return {
        "watchlist": hit.watchlist,
        "term": hit.term,
        "start": hit.start,
        "end": hit.end,
        "text": text[hit.start : hit.end],
    }


def _post(post: Post) -> dict[str, Any]:
    published: datetime | None = post.published_at
    return {
        "id": post.id,
        "url": post.url,
        "published_at": published.isoformat() if published else None,
        "edited": post.edited,
        "text": post.text,
        "forwarded_from": post.forwarded_from,
        "reply_to": post.reply_to,
        "author": post.author,
        "hashtags": list(post.hashtags),
        "links": list(post.links),
        "media": [{"kind": media.kind, "title": media.title} for media in post.media],
        "service": post.service,
    }


def _readable(post: Post, tags: list[str] | None) -> str:
    return "\n".join([*_headline(post, tags), _shortened(post.text), ""])


def _headline(post: Post, tags: list[str] | None) -> Iterator[str]:
    facts = [post.id, post.published_at and f"{post.published_at:%Y-%m-%d %H:%M} UTC", post.url]
    facts += [post.forwarded_from and f"forwarded from {post.forwarded_from}", "edited" if post.edited else None]
    facts += [", ".join(media.kind for media in post.media), f"[{' '.join(tags)}]" if tags else None]
    yield " · ".join(fact for fact in facts if fact) or "post"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
