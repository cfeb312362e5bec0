"""Command ``evidence``: everything that proves what is said of one post, in a folder to hand on."""

from pathlib import Path
from typing import Annotated

import typer

from worker.bootstrap.evidence import write_evidence
from worker.cli.options import ConfigOption, app, load_settings


@app.command()
def evidence(
    post: Annotated[str, typer.Argument(metavar="POST", help="CHANNEL/ID as in `posts`, or the address of the post.")],
    out: Annotated[Path, typer.Option("--out", help="New or empty folder for it.")],
    config: ConfigOption = None,
) -> None:
    """Write what proves the texts and changes of one post; exit code 1 says that kept bytes are damaged or missing."""
    written = write_evidence(load_settings(config), post, out)
    typer.echo(f"{out}: {written.files} files, {written.exports} exports; read {out / 'report.html'} first")
    for problem in written.problems:
        typer.echo(f"watchword: {problem}", err=True)
    if written.problems:
        raise typer.Exit(1)
