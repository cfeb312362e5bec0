"""Command ``prune``: give up by hand what the daemon gives up once a day."""

from typing import Annotated

import typer

from worker.bootstrap.pruning import count_prunable, prune_now
from worker.cli.options import ConfigOption, app, load_settings
from worker.log import configure

_WORDS = {
    "texts": "texts of posts",
    "revisions": "replaced texts",
    "deliveries": "messages that were sent or given up",
    "sketches": "keys of old texts",
    "evidence": "exports",
}


@app.command()
def prune(
    *,
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is too old.")] = False,
) -> None:
    """Give up what is older than [retention] allows; the daemon and `once` do so once a day."""
    settings = load_settings(config)
    if dry_run:
        for kind, count in count_prunable(settings).items():
            typer.echo(f"{count} {_WORDS[kind]} would be removed")
        return
    configure()
    nothing = True
    for pruned in prune_now(settings):
        nothing = False
        freed = f", {pruned.bytes / 1e6:.1f} MB" if pruned.bytes else ""
        typer.echo(f"{pruned.count} {_WORDS[pruned.kind]} removed{freed}")
    if nothing:
        typer.echo("nothing is too old")
