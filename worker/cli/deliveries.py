"""Commands about deliveries: the list, one of them in full, another try, and giving up."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from worker.bootstrap.deliveries import drop_deliveries, list_deliveries, retry_deliveries, show_delivery
from worker.cli.options import TIMES, ConfigOption, JsonOption, app, load_settings, time_of, write_json

_HELD_UP = {
    "not_configured": "the recipient is no longer in the configuration: nothing is sent",
    "gone": "the receiver is gone for good: nothing is sent until its address is changed or a retry is asked for",
    "held": "held back by the recipient's quiet hours or alerts_per_hour",
    "resting": "the recipient rests after a failure",
}

_deliveries = typer.Typer(
    help="Show what is sent, waits or was given up; try it again or drop it.", rich_markup_mode=None
)
app.add_typer(_deliveries, name="deliveries")


class DeliveryState(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of deliveries, or how they begin.")
]
RecipientOption = Annotated[str | None, typer.Option("--recipient", help="Those of this recipient.")]


@_deliveries.command(name="list")
def show_all(
    *,
    config: ConfigOption = None,
    state: Annotated[list[DeliveryState] | None, typer.Option("--state", help="Only those in this state.")] = None,
    recipient: RecipientOption = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Only those made since. {TIMES}")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the deliveries in the order in which they were made."""
    found = list_deliveries(
        load_settings(config),
        states=state or (),
        recipient=recipient,
        since=time_of(since, "--since") if since else None,
    )
    for delivery in found:
        if as_json:
            write_json(delivery)
        else:
            typer.echo("\n".join(_lines(delivery)))


@_deliveries.command()
def show(
    number: Annotated[str, typer.Argument(metavar="ID", help="Id of a delivery, or how it begins.")],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one delivery: to whom, what it says, and every attempt with the other side's words."""
    delivery = show_delivery(load_settings(config), number)
    if as_json:
        write_json(delivery)
        return
    typer.echo("\n".join([*_lines(delivery), *(f"  {line}" for line in delivery["says"])]))
    for one in delivery["tries"]:
        ended = f"{one['result'] or 'not known'}: {one['detail']}" if one["finished_at"] else "is being made"
        typer.echo(f"  attempt {one['number']}  {_minute(one['started_at'])}  {ended}")


@_deliveries.command()
def retry(
    numbers: IdsArgument = None,
    *,
    config: ConfigOption = None,
    recipient: RecipientOption = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
) -> None:
    """Make deliveries that wait or were given up due now, under the same ids."""
    if bool(numbers) == bool(recipient or dead):
        message = "name deliveries, or --recipient NAME, or --dead, or both of these"
        raise typer.BadParameter(message, param_hint="ID")
    count = retry_deliveries(load_settings(config), numbers or (), recipient=recipient, dead=dead)
    typer.echo(f"{count} deliveries are due now")


@_deliveries.command()
def drop(
    numbers: IdsArgument = None,
    *,
    config: ConfigOption = None,
    recipient: RecipientOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
) -> None:
    """Give up deliveries that wait or are dead: they are kept and not sent."""
    if bool(numbers) == bool(recipient):
        raise typer.BadParameter("name deliveries, or --recipient NAME", param_hint="ID")
    if not yes:
        raise typer.BadParameter("what is dropped is told to nobody: add --yes if that is meant", param_hint="--yes")
    count = drop_deliveries(load_settings(config), numbers or (), recipient=recipient)
    typer.echo(f"{count} deliveries are dropped")


def _lines(delivery: Mapping[str, Any]) -> Iterator[str]:
    said = [delivery["state"]]
    if delivery["attempts"]:
        said.append(f"{delivery['attempts']} attempt{'s' if delivery['attempts'] > 1 else ''}")
    if delivery["next_attempt_at"] and (delivery["attempts"] or delivery["held_up"] == "held"):
        said.append(f"next {_minute(delivery['next_attempt_at'])}")
    if delivery["finished_at"]:
        said.append(_minute(delivery["finished_at"]))
    head = f"{delivery['id']}  {_minute(delivery['created_at'])}  {delivery['recipient']}  {delivery['kind']}"
    yield f"{head}: {', '.join(said)}"
    if delivery["detail"] and delivery["state"] != "sent":
        yield f"  {delivery['detail']}"
    if delivery["held_up"]:
        yield f"  {_HELD_UP[delivery['held_up']]}"


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
