"""Commands about recipients: who there is, and a message to one of them for a trial."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from worker.bootstrap.tellings import list_recipients, try_recipient
from worker.cli.options import ConfigOption, JsonOption, app, load_settings, write_json
from worker.core.models import Result
from worker.errors import WatchwordError

_recipients = typer.Typer(help="Show who is told, and try whether messages arrive.", rich_markup_mode=None)
app.add_typer(_recipients, name="recipients")


@_recipients.command(name="list")
def show_recipients(*, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the recipients: how they are reached, what they want, the next digest, and what was sent last."""
    for recipient in list_recipients(load_settings(config)):
        if as_json:
            write_json(recipient)
        else:
            typer.echo("\n".join(_lines(recipient)))


@_recipients.command(name="test")
def try_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a recipient.")], *, config: ConfigOption = None
) -> None:
    """Send a recipient a message that says it is a test, and show what the other side answered."""
    settings = load_settings(config)
    names = [recipient.name for recipient in settings.recipients]
    if name not in names:
        message = f"there is no recipient {name!r}, known are {', '.join(names) or 'none'}"
        raise typer.BadParameter(message, param_hint="NAME")
    outcome = try_recipient(settings, name)
    if outcome.result is not Result.SENT:
        message = f"{name}: {outcome.detail}"
        raise WatchwordError(message)
    typer.echo(f"{name}: sent: {outcome.detail}")


def _lines(recipient: Mapping[str, Any]) -> Iterator[str]:
    yield f"{recipient['name']}  {recipient['way']}: {', '.join(recipient['wants'])}"
    if recipient["watchlists"]:
        yield f"  watchlists: {', '.join(recipient['watchlists'])}"
    if recipient["next_digest_at"]:
        yield f"  next digest: {_minute(recipient['next_digest_at'])} UTC"
    sent = recipient["last_sent_at"]
    yield f"  last sent: {_minute(sent)} UTC" if sent else "  nothing sent yet"
    held = [
        f"{recipient[state]} {word}"
        for state, word in (("waiting", "waiting"), ("dead", "given up"))
        if recipient[state]
    ]
    if held:
        yield f"  {', '.join(held)}: see `watchword deliveries list --recipient {recipient['name']}`"
    if recipient["gone"]:
        yield "  the receiver is gone for good: nothing is sent"


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
