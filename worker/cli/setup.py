"""Commands to set up: ``check-config``, ``init``, ``db upgrade`` and ``demo``."""

from pathlib import Path
from typing import Annotated

import typer

from worker import demo as demonstration
from worker.adapters.store.engine import open_engine, upgrade
from worker.bootstrap.recipients import templates_of
from worker.cli.options import ConfigOption, app, load_settings, write_json
from worker.config import json_schema, write_initial

_db = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(_db, name="db")


@app.command("check-config")
def check_config(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The configuration; as --config.")] = None,
    config: ConfigOption = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema for editors instead.")] = False,
) -> None:
    """Check a configuration, its watchlists' examples and the templates; every problem is shown at once."""
    if schema:
        write_json(json_schema(), indent=2)
        return
    settings = load_settings(file or config)
    templates_of(settings).check()
    counts = (len(settings.channels), len(settings.watchlists), len(settings.recipients))
    typer.echo("fine: {} channels, {} watchlists, {} recipients".format(*counts))


@app.command()
def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into.")]) -> None:
    """Write a commented starting configuration."""
    written = write_initial(directory)
    for path in written:
        typer.echo(f"wrote {path}")
    main = next(path for path in written if path.name == "watchword.toml")
    typer.echo(f"next: edit {main}, then run: watchword check-config {main} && watchword once --config {main}")


@_db.command("upgrade")
def db_upgrade(config: ConfigOption = None) -> None:
    """Bring the database to the version that this program needs."""
    settings = load_settings(config)
    typer.echo(f"the database has version {upgrade(open_engine(settings.storage.full_url()))}")


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the e-mail, the webhook bodies and the database.")
    ] = Path("watchword-demo"),
) -> None:
    """Show the whole job on this machine: invented channels, a mail server and a webhook receiver on loopback."""
    demonstration.run(out)
