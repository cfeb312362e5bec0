"""Commands about channels: the list, a look at one, and the decision on what was held."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from worker.bootstrap import decide_held, look_at_channel, read_status
from worker.cli.options import ConfigOption, JsonOption, app, find_channel, load_settings, when_due, write_json
from worker.config import Settings
from worker.core.record import EditedPost, NewPost
from worker.jobs.check import Trial
from worker.log import configure

_SHOWN_CHARACTERS = 100

_channels = typer.Typer(help="Show the channels, try one, decide on what was held.", rich_markup_mode=None)
app.add_typer(_channels, name="channels")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a channel in the configuration.")]


@_channels.callback(invoke_without_command=True)
def show(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show each channel: state, checks, posts stored, gaps, last error."""
    if context.invoked_subcommand is not None:
        return
    for channel in read_status(load_settings(config))["channels"]:
        if as_json:
            write_json(channel)
        else:
            typer.echo("\n".join(_lines(channel)))


@_channels.command()
def check(name: NameArgument, config: ConfigOption = None) -> None:
    """Fetch one channel now and show what a check would do; nothing is written."""
    settings = _known(name, config)
    failed = False
    for trial in look_at_channel(settings, name):
        failed = failed or trial.error is not None
        typer.echo("\n".join(_trial_lines(trial)), err=trial.error is not None)
    if failed:
        raise typer.Exit(1)


@_channels.command()
def approve(name: NameArgument, config: ConfigOption = None) -> None:
    """Tell the held changes of a channel after all."""
    configure()
    typer.echo(f"{decide_held(_known(name, config), name, tell=True)} held changes are told now")


@_channels.command()
def rebaseline(name: NameArgument, config: ConfigOption = None) -> None:
    """Take the held changes of a channel for its new normal; nobody is told."""
    configure()
    typer.echo(f"{decide_held(_known(name, config), name, tell=False)} held changes will not be told")


def _known(name: str, config: Any) -> Settings:
    settings = load_settings(config)
    find_channel(settings, name, param_hint="NAME")
    return settings


def _lines(channel: dict[str, Any]) -> list[str]:
    good = (channel["last_ok_at"] or "never")[:16].replace("T", " ")
    facts = f"{channel['state']}, {channel['posts']} posts, last good check {good}, next {when_due(channel)}"
    lines = [f"{channel['name']}: {facts}"]
    if channel["last_error"]:
        lines.append(f"  {channel['failures']} failures in a row: {channel['last_error']}")
    if bad := [file["error"] for file in channel["bad_files"] if file["error"] != channel["last_error"]]:
        lines += [f"  {len(bad)} files could not be read, the last: {bad[0]}"]
    if channel["moved_to"]:
        lines.append(f"  has moved for good to {channel['moved_to']}: change the address in the configuration")
    if channel["held"]:
        lines.append(f"  {channel['held']} changes are held: watchword channels approve|rebaseline {channel['name']}")
    for gap in channel["gaps"]:
        most = "" if gap["at_most"] is None else f", at most {gap['at_most']} posts"
        lines.append(f"  gap between {gap['from'] or gap['after']} and {gap['to'] or gap['before']}{most}")
    return lines


def _trial_lines(trial: Trial) -> list[str]:
    if trial.error is not None:
        return [trial.error]
    if trial.not_modified:
        return [f"{trial.seen_in}: nothing new"]
    lines = [f"{trial.seen_in}: {len(trial.new)} new, {len(trial.edited)} edited, {trial.unchanged} unchanged"]
    lines += [f"  new     {_shown(post, post.found.post.text)}" for post in trial.new]
    lines += [f"  edited  {_shown(post, post.edit.found.post.text)}" for post in trial.edited]
    lines += [f"  deleted {_tagged(told.tags)}{_first_line(told.text)}" for told in trial.deleted]
    if trial.missed:
        lines.append(f"  {trial.missed} posts are missing where they were shown: the next check looks again")
    lines += [f"  the same site offers a more exact export: {address}" for address in trial.better_sources]
    return lines


def _shown(post: NewPost | EditedPost, text: str) -> str:
    return _tagged(dict.fromkeys(hit.watchlist for hit in post.matches)) + _first_line(text)


def _tagged(tags: Iterable[str]) -> str:
    return f"[{' '.join(tags)}] " if tags else ""


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"
