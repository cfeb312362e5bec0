"""Commands about digests: what the next one would say, what one has said, and one out of turn."""

import tempfile
import webbrowser
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.bootstrap.digests import Preview, preview_digest, send_now
from worker.cli.options import ConfigOption, JsonOption, app, load_settings, write_json
from worker.config import Recipient, Settings
from worker.errors import WatchwordError
from worker.log import configure

_digest = typer.Typer(help="Look at a digest before it goes out, or send one out of turn.", rich_markup_mode=None)
app.add_typer(_digest, name="digest")

RecipientArgument = Annotated[str, typer.Argument(metavar="RECIPIENT", help="Who has a digest in the configuration.")]


@_digest.command()
def preview(
    name: RecipientArgument,
    *,
    config: ConfigOption = None,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The digest of this day as it was made, 2026-11-21.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML into this file.")] = None,
    as_text: Annotated[bool, typer.Option("--text", help="Print the text; so it is without another option.")] = False,
    in_browser: Annotated[bool, typer.Option("--open", help="Show the HTML in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the next digest would say now; nothing is sent or written down."""
    settings = load_settings(config)
    shown = preview_digest(settings, _find(settings, name), _day(day))
    if html is not None:
        _write(html, shown.rendered.html)
    if in_browser:
        _open(shown.rendered.html)
    if as_json:
        write_json(_fields(name, shown))
    elif as_text or not (html or in_browser):
        typer.echo(f"Subject: {shown.rendered.subject}\n\n{shown.rendered.text}")
    if not shown.is_sent:
        typer.echo("watchword: there is nothing to tell: this digest would not be sent", err=True)


@_digest.command()
def send(
    name: RecipientArgument,
    *,
    config: ConfigOption = None,
    now: Annotated[bool, typer.Option("--now", help="Really do it, out of turn.")] = False,
) -> None:
    """Put a digest into the outbox out of turn; the next round sends it. What it tells is not told again."""
    if not now:
        raise typer.BadParameter("digests go out by themselves: add --now for one out of turn", param_hint="--now")
    settings = load_settings(config)
    configure()
    made = send_now(settings, _find(settings, name))
    if made is None:
        typer.echo("there is nothing to tell: no digest was made")
    else:
        typer.echo(f"a digest of {made.changes} changes for {name} is in the outbox: the next round sends it")


def _find(settings: Settings, name: str) -> Recipient:
    """Return the recipient with a digest of this name. Raises BadParameter, which names those that there are."""
    having = {recipient.name: recipient for recipient in settings.recipients if recipient.digest}
    if name not in having:
        message = f"there is no recipient {name!r} with a digest, known are {', '.join(having) or 'none'}"
        raise typer.BadParameter(message, param_hint="RECIPIENT")
    return having[name]


def _day(text: str | None) -> date | None:
    """Understand a date; None stays None. Raises BadParameter."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no date: write 2026-11-21"
        raise typer.BadParameter(message, param_hint="--date") from error


def _write(path: Path, html: str) -> None:
    try:
        path.write_text(html, "utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise WatchwordError(message) from error


def _open(html: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".html", delete=False) as file:
        file.write(html)
    if not webbrowser.open(Path(file.name).as_uri()):
        message = f"no browser could be started: open {file.name}"
        raise WatchwordError(message)


def _fields(name: str, shown: Preview) -> Mapping[str, Any]:
    """Return a preview in the documented shape."""
    return {
        "recipient": name,
        "since": shown.since.isoformat(),
        "until": shown.until.isoformat(),
        "changes": shown.changes,
        "frozen": shown.frozen,
        "sent": shown.is_sent,
        "subject": shown.rendered.subject,
        "text": shown.rendered.text,
    }
