"""What all commands share: the application, the options, reading input and writing output."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from worker import __version__
from worker.bootstrap import utc_now
from worker.config import Channel, Settings, load, load_watchlists, parse_duration
from worker.core.models import Watchlist
from worker.errors import ConfigError, WatchwordError

app = typer.Typer(
    name="watchword",
    help="Watches public channels for the words that matter to you and sends one good digest a day.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

_LOOKED_FOR = (Path("watchword.toml"), Path("/etc/watchword/watchword.toml"))
_OLDEST = datetime(1900, 1, 1, tzinfo=UTC)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="WATCHWORD_CONFIG",
        help="Configuration file; without it watchword.toml here, then /etc/watchword/watchword.toml.",
    ),
]
TrialConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="Use the watchlists of this configuration, not the shipped ones.")
]
#: how times can be written, for the help of options
TIMES = "A time such as 2026-11-21T07:30 (UTC unless it says more) or 24h, 7d."
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
InputArgument = Annotated[Path, typer.Argument(metavar="FILE", help="File to read; - is standard input.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchword {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def load_settings(path: Path | None) -> Settings:
    """Read the configuration that was named, or the one that is found. Raises ConfigError."""
    return load(chosen_config(path))


def find_config(path: Path | None) -> Path | None:
    """Return the configuration that was named, or the one that is found; None: there is none."""
    return path or next((candidate for candidate in _LOOKED_FOR if candidate.is_file()), None)


def chosen_config(path: Path | None) -> Path:
    """Return the configuration that was named, or the one that is found. Raises ConfigError."""
    chosen = find_config(path)
    if chosen is None:
        places = " nor ".join(str(place) for place in _LOOKED_FOR)
        message = f"watchword: there is neither {places}: name one with --config, or make one with `watchword init DIR`"
        raise ConfigError([message])
    return chosen


def find_channel(settings: Settings, name: str, *, param_hint: str) -> Channel:
    """Return the configured channel of this name. Raises BadParameter, which names those that there are."""
    names = [channel.name for channel in settings.channels]
    if name not in names:
        message = f"there is no channel {name!r}, known are {', '.join(names) or 'none'}"
        raise typer.BadParameter(message, param_hint=param_hint)
    return settings.channels[names.index(name)]


def trial_watchlists(path: Path | None) -> tuple[Watchlist, ...]:
    """Return the watchlists of a configuration, or the shipped ones."""
    return load(path).watchlists if path else load_watchlists(None)


def time_of(text: str, option: str) -> datetime:
    """Understand a time or a span before now. Raises BadParameter."""
    try:
        return utc_now() - parse_duration(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no time: write 2026-11-21T07:30, or a span such as 24h or 7d"
        raise typer.BadParameter(message, param_hint=option) from error
    # nothing is older, and no time before the first year can be reckoned with
    return max(at if at.tzinfo else at.replace(tzinfo=UTC), _OLDEST)


def read_input(path: Path) -> bytes:
    """Return the bytes of a file or of standard input. Raises WatchwordError."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise WatchwordError(message) from error


def json_object(line: bytes, *keys: str) -> dict[str, Any]:
    """Return the object on a line of JSON, in which each of `keys` is a text. Raises ValueError with the reason."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"this line is no JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(given, dict) or not all(isinstance(given.get(key), str) for key in keys):
        names, shape = " and ".join(keys), ", ".join(f'"{key}": "..."' for key in keys)
        message = f"this line is no object with {names} as text: write {{{shape}}}"
        raise ValueError(message)
    return given


def write_json(values: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, indent: int | None = None) -> None:
    """Write one object a line, or a single one indented."""
    for value in [values] if isinstance(values, Mapping) else values:
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        # a lone half of a surrogate pair cannot be written as UTF-8
        typer.echo(text.encode("utf-8", "replace").decode("utf-8"))


def when_due(channel: Mapping[str, Any]) -> str:
    """Return in words when a channel of a status is asked next."""
    if channel["next_check_at"]:
        return str(channel["next_check_at"])[:16].replace("T", " ")
    return "with the first round" if channel["state"] == "new" else "not by itself"
