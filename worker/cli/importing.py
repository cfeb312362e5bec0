"""The command ``import``: exported files go into a channel, with a progress bar on a terminal."""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from worker.bootstrap import open_import
from worker.cli.options import ConfigOption, app, load_settings
from worker.core.parse import FORMATS
from worker.jobs.take_in import Choice, Step
from worker.log import configure, logger

#: seconds between two log lines about one file
_LOG_EVERY = 10.0


@app.command("import")
def import_files(  # noqa: PLR0917 - an argument each on the command line
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Name of a channel in the configuration.")],
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Exported files, folders of exports, .zip, .gz, patterns.")
    ],
    announce: Annotated[
        bool, typer.Option("--announce", help="Tell recipients of what is new, which is told to nobody otherwise.")
    ] = False,
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; without it the format is detected.")
    ] = None,
    chat: Annotated[
        str | None, typer.Option("--chat", help="Name or id of the chat, if the export has several.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", help="Where an export from before 2022 was made, such as Europe/Paris."),
    ] = None,
    username: Annotated[
        str | None,
        typer.Option("--username", help="Public name of the Telegram channel, for links; known from a t.me address."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Take exported files into a channel, beside what checks have found; nobody is told unless asked.

    Interrupted, the same command goes on where it was. Stop the daemon first.
    """
    if format_name is not None and format_name not in FORMATS:
        message = f"unknown format {format_name!r}, known are {', '.join(FORMATS)}"
        raise typer.BadParameter(message, param_hint="--format")
    choice = Choice(format=format_name, chat=chat, timezone=_zone(timezone), username=username and username.lstrip("@"))
    settings = load_settings(config)
    names = [known.name for known in settings.channels]
    if channel not in names:
        message = f"there is no channel {channel!r}, known are {', '.join(names) or 'none'}"
        raise typer.BadParameter(message, param_hint="CHANNEL")
    terminal = Console(stderr=True)
    configure(level="error" if terminal.is_terminal else "info")
    ends: list[Step] = []
    with (
        open_import(settings, channel, files, choice=choice, announce=announce) as steps,
        _watched(terminal, time.monotonic) as show,
    ):
        try:
            for step in steps:
                show(step)
                if step.is_end:
                    ends.append(step)
        except KeyboardInterrupt:
            typer.echo("interrupted; the same command goes on from here", err=True)
            raise
    for step in ends:
        typer.echo(summary(step), err=step.failed)
    if any(step.failed for step in ends):
        raise typer.Exit(1)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone {name!r}; write one such as Europe/Paris"
        raise typer.BadParameter(message, param_hint="--timezone") from error


@contextlib.contextmanager
def _watched(terminal: Console, clock: Callable[[], float]) -> Iterator[Callable[[Step], None]]:
    """Yield what shows each step: a bar on a terminal, a line in the log every few seconds anywhere else."""
    if not terminal.is_terminal:
        yield log_steps(clock)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    rate = TextColumn("{task.fields[posts]:,} posts, {task.fields[rate]:,.0f} a second,")
    with Progress(*columns, rate, TimeRemainingColumn(), TextColumn("left"), console=terminal) as bars:
        yield draw_steps(bars, clock)


def draw_steps(bars: Progress, clock: Callable[[], float]) -> Callable[[Step], None]:
    """Return what keeps one bar for each file; the rate is that of this import."""
    begun: dict[str, float] = {}
    tasks: dict[str, TaskID] = {}

    def draw(step: Step) -> None:
        if step.path not in begun:
            begun[step.path] = clock()
            tasks[step.path] = bars.add_task(Path(step.path).name, total=1.0, posts=0, rate=0.0)
        took = max(clock() - begun[step.path], 1e-3)
        rate = (step.posts - step.resumed_at) / took
        bars.update(tasks[step.path], completed=step.progress, posts=step.posts, rate=rate)

    return draw


def log_steps(clock: Callable[[], float]) -> Callable[[Step], None]:
    """Return what logs how far a file has come, every few seconds by `clock`; its end is logged by the import."""
    last = clock()

    def log(step: Step) -> None:
        nonlocal last
        if step.is_end or clock() - last < _LOG_EVERY:
            return
        last = clock()
        logger().info("import_progress", export=step.path, posts=step.posts, percent=round(100 * step.progress))

    return log


def summary(step: Step) -> str:
    """Return what is said of a file in the end, on one line."""
    counts = step.counts
    path = step.path.removeprefix(f"{Path.cwd()}/")
    if step.outcome == "already":
        return f"{path}: already taken in ({step.posts} posts), nothing to do"
    parts = [f"{counts.new} new", f"{counts.edited} edited", f"{counts.unchanged} unchanged"]
    if counts.kept:
        parts.append(f"{counts.kept} left as they are because a newer text is stored")
    parts += [f"{counts.tagged} tagged", f"{counts.service} service messages"]
    resumed = f" (went on after {step.resumed_at})" if step.resumed_at else ""
    line = f"{path}: {step.posts} posts{resumed}: {', '.join(parts)}"
    if step.error is None:
        return line
    return f"{step.error}\n{line}" if step.posts else step.error
