"""Commands that show what is stored: ``posts``, ``changes`` and ``status``."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from worker.bootstrap import open_store, read_status, utc_now
from worker.cli.options import ConfigOption, JsonOption, app, load_settings, when_due, write_json
from worker.config import parse_duration

_SHOWN_CHARACTERS = 100


@app.command()
def posts(
    config: ConfigOption = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only this channel.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only posts that this watchlist matches.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the stored posts."""
    store = open_store(load_settings(config))
    for post in store.list_posts(channel_name=channel, tag=tag):
        if as_json:
            write_json(post)
        else:
            day = (post["published_at"] or post["first_seen_at"])[:16].replace("T", " ")
            typer.echo(f"{day}  {post['channel']}  {_tags(post['tags'])}{_first_line(post['text'])}")


@app.command()
def changes(
    config: ConfigOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="A time such as 2026-11-21T07:30 (UTC unless it says more) or 24h, 7d."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was found out: new and edited posts. The first check of a channel is not news."""
    start = _since(since) if since else None
    store = open_store(load_settings(config))
    for change in store.list_changes(since=start):
        if as_json:
            write_json(change)
        else:
            where = change["url"] or f"{change['channel']} {change['post']}"
            typer.echo(f"{change['at'][:16].replace('T', ' ')}  {change['kind']:8}  {_tags(change['tags'])}{where}")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the state of the channels, the outbox and the digests."""
    state = read_status(load_settings(config))
    if as_json:
        write_json(state)
        return
    typer.echo("\n".join(_status_lines(state)))


def _since(text: str) -> datetime:
    """Understand a time or a span before now."""
    try:
        return utc_now() - _span(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time: write 2026-11-21T07:30, or a span such as 24h or 7d"
        raise typer.BadParameter(message, param_hint="--since") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _span(text: str) -> timedelta:
    return parse_duration(text)


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
    width = max((len(channel["name"]) for channel in state["channels"]), default=0)
    for channel in state["channels"]:
        good = (channel["last_ok_at"] or "never")[:16].replace("T", " ")
        gaps = f", {len(channel['gaps'])} gaps" if channel["gaps"] else ""
        lines.append(
            f"{channel['name']:{width}}  {channel['state']:14}  last good {good}  next {when_due(channel)}  "
            f"{channel['posts']} posts{gaps}"
        )
    lines.append(f"outbox: {outbox['waiting']} waiting, {outbox['sent']} sent, {outbox['dead']} given up")
    lines += [f"digest: {d['recipient']} {d['local_date']}: {d['changes']} changes" for d in state["digests"]]
    lines.append(f"storage: {state['storage']['posts']} posts, {state['storage']['bytes'] / 1e6:.1f} MB")
    return lines
