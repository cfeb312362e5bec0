"""Command ``history``: everything that is known of one post, in the order in which it happened."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from worker.bootstrap.history import read_history
from worker.cli.options import ConfigOption, JsonOption, app, load_settings, write_json
from worker.config.durations import UNITS
from worker.core.revision import Piece, text_diff

_INDENT = "    "
_NARROWEST, _WIDEST = 40, 100
_TOLD = {
    "next_digest": "stands in the next digest",
    "waiting": "not sent yet",
    "sending": "being sent",
    "sent": "sent",
    "dead": "given up",
    "dropped": "dropped",
}


@app.command()
def history(
    post: Annotated[str, typer.Argument(metavar="POST", help="CHANNEL/ID as in `posts`, or the address of the post.")],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of one post: its texts, what was found when, who was told, and the evidence."""
    known = read_history(load_settings(config), post)
    if as_json:
        write_json(known)
        return
    width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    typer.echo("\n".join(history_lines(known, width)))


def history_lines(known: Mapping[str, Any], width: int) -> Iterator[str]:
    """Yield a history as lines of at most `width` characters, words that are longer aside."""
    yield f"{known['channel']}/{known['id']}  {known['state']}"
    if known["url"]:
        yield known["url"]
    published = f", published {_minute(known['published_at'])}" if known["published_at"] else ""
    yield from textwrap.wrap(f"{known['title'] or known['channel']}{published}", width)
    yield f"seen from {_minute(known['first_seen_at'])} to {_minute(known['last_seen_at'])}, all times in UTC"
    if known["story"]:
        first = known["story"]
        yield f"tells the same as {first['channel']}/{first['id']}"
    if known["missed"]:
        yield f"missing since the check of {_minute(known['missed']['at'])}: a second look decides"
    for _, lines in sorted(_events(known, width), key=lambda event: event[0]):
        yield ""
        yield from lines


def _events(known: Mapping[str, Any], width: int) -> Iterator[tuple[str, list[str]]]:
    """Yield what happened with its time, in no order."""
    own = {change["revision"]: change for change in known["changes"] if change["kind"] in {"new", "edited"}}
    for revision in known["revisions"]:
        change = own.get(revision["number"])
        yield revision["first_seen_at"], list(_text_lines(revision, change, known, width))
    for change in known["changes"]:
        if change["kind"] not in {"new", "edited"}:
            yield change["at"], list(_turn_lines(change, width))


def _text_lines(
    revision: Mapping[str, Any], change: Mapping[str, Any] | None, known: Mapping[str, Any], width: int
) -> Iterator[str]:
    is_first = revision["number"] == 1
    silent = "stored by an import" if known["imported"] else "stored by the first check"
    what = change["kind"] if change else silent if is_first else "edited, told to nobody"
    yield _headline(revision["first_seen_at"], what, change, revision["tags"])
    if revision["pruned_at"]:
        yield f"{_INDENT}(text removed on {revision['pruned_at'][:10]} by retention)"
    elif revision["diff"] is None:
        yield from _indented(revision["text"] or "(no text)", width)
    else:
        yield from _indented(text_diff([Piece(**piece) for piece in revision["diff"]]), width)
    shown = dict.fromkeys(
        f"{hit['watchlist']}: {hit['text']}{' (found by later rules)' if hit['backfill'] else ''}"
        for hit in revision["matches"]
    )
    yield from _fields("matches", ", ".join(shown), width)
    if revision["replaced_at"] and revision["last_seen_at"]:
        yield from _fields("last shown", _minute(revision["last_seen_at"]), width)
    yield from _fields("evidence", _evidence(revision["export"]), width)
    yield from _told_lines(change, width)


def _turn_lines(change: Mapping[str, Any], width: int) -> Iterator[str]:
    yield _headline(change["at"], change["kind"], change, change["tags"])
    if since := change["missing_since"]:
        yield from _fields("last shown", f"{_minute(since)}, {_span(since, change['at'])} before", width)
    yield from _fields("evidence", _evidence(change["export"]), width)
    yield from _told_lines(change, width)


def _headline(at: str, what: str, change: Mapping[str, Any] | None, tags: list[str]) -> str:
    said = [what, *([change["grade"]] if change and change["grade"] else [])]
    said += [f"{turn['kind']} {turn['watchlist']}" for turn in (change["term_changes"] if change else ())]
    held = "  held: told to nobody until a person decides" if change and change["held"] else ""
    return f"{_minute(at)}  {', '.join(said)}{'  [' + ' '.join(tags) + ']' if tags else ''}{held}"


def _told_lines(change: Mapping[str, Any] | None, width: int) -> Iterator[str]:
    for told in change["told"] if change else ():
        means = f"digest of {told['local_date']}" if told["local_date"] else told["by"]
        said = _TOLD[told["state"]]
        if told["state"] in {"sent", "dead"} and told["finished_at"]:
            said += f" {_minute(told['finished_at'])}"
        if told["state"] != "sent" and told["attempts"]:
            said += f" after {len(told['attempts'])} attempts: {told['detail']}"
        if told["state"] == "next_digest":
            means = "digest"
        yield from _fields("told", f"{told['recipient']}, {means}: {said}", width)


def _evidence(export: Mapping[str, Any] | None) -> str:
    if export is None:
        return ""
    there = "kept" if export["is_there"] else "no longer there"
    return f"{export['size']} bytes of {_minute(export['fetched_at'])}, {there}, SHA-256 {export['sha256']}"


def _fields(name: str, value: str, width: int) -> Iterator[str]:
    if value:
        yield from textwrap.wrap(
            f"{name}: {value}", width, initial_indent=_INDENT, subsequent_indent=2 * _INDENT, break_long_words=False
        )


def _indented(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        yield from textwrap.wrap(line, width, initial_indent=_INDENT, subsequent_indent=_INDENT) or [""]


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


def _span(start: str, end: str) -> str:
    """Write the time between two times in the largest unit of which there are two at least."""
    span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    for name, unit in reversed(UNITS.items()):
        if span >= 2 * unit:
            return f"{span // unit}{name}"
    return "a moment"
