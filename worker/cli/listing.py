"""Commands that show what is stored: ``posts``, ``changes`` and ``status``."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from worker.adapters.store.finding import ChangesWanted, PostsWanted
from worker.bootstrap import open_store, read_status
from worker.cli.options import TIMES, ConfigOption, JsonOption, app, load_settings, time_of, when_due, write_json
from worker.core.models import ChangeKind
from worker.core.post_language import DETECTED, detect
from worker.core.revision import Grade
from worker.core.search import Query, query
from worker.errors import QueryError

_SHOWN_CHARACTERS = 100
#: why nothing is sent to a recipient
_NOTHING_IS_SENT = {"gone": "the receiver is gone for good", "not_configured": "no longer in the configuration"}


class PostState(StrEnum):
    """Whether a source still shows a post."""

    LIVE = "live"
    DELETED = "deleted"


@app.command()
def posts(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS]...",
            help="Words that must be in the text, in any form; '\"a phrase\"', 'this -but -not', 'prefix*'.",
        ),
    ] = None,
    *,
    config: ConfigOption = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only this channel.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only posts that this watchlist matches.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Only posts in this language, such as ru.")] = None,
    kind: Annotated[
        ChangeKind | None, typer.Option("--kind", help="Only posts of which such a change was found.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Only posts that came out since. {TIMES}")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only posts that came out before; as --since.")] = None,
    state: Annotated[PostState | None, typer.Option("--state", help="Only posts in this state.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only so many, the newest ones.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List or search the stored posts: all of them channel by channel, or what is looked for from the newest on."""
    wanted = PostsWanted(
        channel=channel,
        tag=tag,
        kind=kind,
        since=_time(since, "--since"),
        until=_time(until, "--until"),
        state=state,
        words=_query(" ".join(words)) if words else None,
        accepts=_in_language(lang) if lang else None,
        limit=limit,
    )
    store = open_store(load_settings(config))
    if wanted.words and (missing := store.count_unsearched()):
        typer.echo(f"watchword: {missing} posts are not yet searchable, the next rounds take them up", err=True)
    for post in store.find_listed(wanted):
        if as_json:
            write_json(post)
        else:
            typer.echo(_post_line(post))


@app.command()
def changes(
    *,
    config: ConfigOption = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Only those found since. {TIMES}")] = None,
    kind: Annotated[ChangeKind | None, typer.Option("--kind", help="Only changes of this kind.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only this channel.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only changes that concern this watchlist.")] = None,
    grade: Annotated[Grade | None, typer.Option("--grade", help="Only edits of this grade or above.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was found out: new, edited, deleted, restored posts. The first check of a channel is not news."""
    wanted = ChangesWanted(since=_time(since, "--since"), kind=kind, channel=channel, tag=tag, grade=grade)
    store = open_store(load_settings(config))
    for change in store.list_changes(wanted):
        if as_json:
            write_json(change)
        else:
            where = change["url"] or f"{change['channel']} {change['post']}"
            grades = f"{change['grade']}  " if change["grade"] else ""
            typer.echo(
                f"{change['at'][:16].replace('T', ' ')}  {change['kind']:8}  {grades}{_tags(change['tags'])}{where}"
            )


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the state of the channels, the outbox and the digests."""
    state = read_status(load_settings(config))
    if as_json:
        write_json(state)
        return
    typer.echo("\n".join(_status_lines(state)))


def _time(text: str | None, option: str) -> datetime | None:
    """Understand a time or a span before now; None stays None. Raises BadParameter."""
    return None if text is None else time_of(text, option)


def _query(text: str) -> Query:
    """Understand what is looked for. Raises BadParameter."""
    try:
        return query(text)
    except QueryError as error:
        raise typer.BadParameter(str(error), param_hint="WORDS") from error


def _in_language(language: str) -> Callable[[str], bool]:
    """Return what says of a text whether it is in a language. Raises BadParameter for one that is never found out."""
    if language not in DETECTED:
        message = f"{language!r} is not told apart, known are {', '.join(sorted(DETECTED))}"
        raise typer.BadParameter(message, param_hint="--lang")
    return lambda text: detect(text) == language


def _post_line(post: Mapping[str, Any]) -> str:
    day = (post["published_at"] or post["first_seen_at"])[:16].replace("T", " ")
    gone = "(deleted)  " if post["state"] == PostState.DELETED else ""
    text = _first_line(post["text"])
    if "pruned_at" in post:
        text = f"(text removed on {post['pruned_at'][:10]} by retention)"
    return f"{day}  {post['channel']}  {gone}{_tags(post['tags'])}{text}"


def _tags(tags: list[str]) -> str:
    return f"[{' '.join(tags)}]  " if tags else ""


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"


def _status_lines(state: dict[str, Any]) -> list[str]:
    outbox = state["outbox"]
    ill = [channel for channel in state["channels"] if channel["last_error"]]
    lines = [f"! {channel['name']}: {channel['state']}: {channel['last_error']}" for channel in ill]
    lines += [f"! {channel['name']}: {bad['error']}" for channel in state["channels"] for bad in channel["bad_files"]]
    held = [channel for channel in state["channels"] if channel["held"]]
    lines += [f"! {c['name']}: {c['held']} changes are held: watchword channels approve {c['name']}" for c in held]
    lines += [f"! {f['recipient']}: attempt {f['attempts']} failed: {f['detail']}" for f in outbox["failing"]]
    lines += [
        f"! {one['recipient']}: {_NOTHING_IS_SENT[one['why']]}, {one['waiting']} deliveries wait: "
        "watchword deliveries list"
        for one in outbox["held_up"]
    ]
    width = max((len(channel["name"]) for channel in state["channels"]), default=0)
    for channel in state["channels"]:
        good = (channel["last_ok_at"] or "never")[:16].replace("T", " ")
        gaps = f", {len(channel['gaps'])} gaps" if channel["gaps"] else ""
        lines.append(
            f"{channel['name']:{width}}  {channel['state']:14}  last good {good}  next {when_due(channel)}  "
            f"{channel['posts']} posts{gaps}"
        )
    dropped = f", {outbox['dropped']} dropped" if outbox["dropped"] else ""
    lines.append(f"outbox: {outbox['waiting']} waiting, {outbox['sent']} sent, {outbox['dead']} given up{dropped}")
    lines += [f"digest: {d['recipient']} {d['local_date']}: {d['changes']} changes" for d in state["digests"]]
    lines += [
        f"tagging anew: {one['watchlist']} {one['percent']} %, {one['added']} posts gained it, {one['removed']} lost it"
        for one in state["retagging"]
    ]
    lines += _storage_lines(state["storage"])
    kept = state["storage"]["evidence"]
    lines.append(f"evidence: {kept['files']} files, {kept['bytes'] / 1e6:.1f} MB")
    return lines


def _storage_lines(storage: Mapping[str, Any]) -> Iterator[str]:
    size = f"{storage['bytes'] / 1e6:.1f} MB"
    yield f"storage: {storage['posts']} posts, {storage['revisions']} replaced texts, {size}"
    if storage["unsearched"]:
        yield f"search: {storage['unsearched']} posts are not yet searchable"
    if storage["next_prune_at"]:
        yield f"next pruning: {storage['next_prune_at'][:16].replace('T', ' ')}"
