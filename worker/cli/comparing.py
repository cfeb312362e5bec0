"""The command to try the grading of edits on pairs of one's own: ``compare``. It stores nothing."""

from collections.abc import Sequence

import typer

from worker.cli.options import (
    InputArgument,
    JsonOption,
    TrialConfigOption,
    app,
    json_object,
    read_input,
    trial_watchlists,
    write_json,
)
from worker.core.announce import term_changes
from worker.core.doubles import is_double
from worker.core.excerpt import clean
from worker.core.record import TermChange
from worker.core.revision import Grade, Piece, grade, text_diff, word_diff
from worker.core.watchlist.matcher import Matcher


@app.command()
def compare(file: InputArgument, config: TrialConfigOption = None, as_json: JsonOption = False) -> None:
    """Grade edits of one's own: JSON lines with a text before and after each."""
    matcher = Matcher(trial_watchlists(config))
    bad = 0
    for number, line in enumerate(read_input(file).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            given = json_object(line, "before", "after")
        except ValueError as error:
            typer.echo(f"{file}:{number}: {error}", err=True)
            bad += 1
            continue
        before, after = given["before"], given["after"]
        changes = term_changes(*(matcher.tags(matcher.match(text)) for text in (before, after)))
        found = grade(before, after, terms_changed=bool(changes))
        double, diff = is_double(before, after), word_diff(before, after)
        if as_json:
            write_json(
                {
                    **given,
                    "grade": found.value,
                    "term_changes": [{"watchlist": change.watchlist, "kind": change.kind} for change in changes],
                    "double": double,
                    "diff": [{"kind": piece.kind, "text": piece.text} for piece in diff],
                }
            )
        else:
            typer.echo(_readable(number, found, changes, diff, double=double))
    if bad:
        raise typer.Exit(1)


def _readable(number: int, found: Grade, changes: Sequence[TermChange], diff: Sequence[Piece], *, double: bool) -> str:
    facts = [found.value, *(f"{change.kind} {change.watchlist}" for change in changes)]
    facts += ["double"] if double else []
    return f"{number}: {', '.join(facts)}\n{clean(text_diff(diff))}\n"
