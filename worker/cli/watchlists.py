"""Commands about watchlists: the list, and terms that one of them may lack."""

from typing import Annotated, Any

import typer

from worker.bootstrap.bench import TAGGED_WITHIN, list_watchlists, start_suggesting
from worker.cli.backtest import draw_sample, sample_object
from worker.cli.drawing import Page, count
from worker.cli.options import (
    TIMES,
    ConfigOption,
    JsonOption,
    app,
    chosen_config,
    load_settings,
    time_of,
    write_json,
)
from worker.cli.progress import last_of
from worker.config import watchlist_places
from worker.jobs.backtest import Suggested

_watchlists = typer.Typer(help="Show the watchlists, and look for terms that one lacks.", rich_markup_mode=None)
app.add_typer(_watchlists, name="watchlists")


@_watchlists.callback(invoke_without_command=True)
def show(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show each watchlist: how many terms, where it is defined, how many posts carry it."""
    if context.invoked_subcommand is not None:
        return
    chosen = chosen_config(config)
    listed = list_watchlists(load_settings(chosen), watchlist_places(chosen))
    if as_json:
        write_json(listed)
        return
    width = max((len(each["watchlist"]) for each in listed), default=0)
    for each in listed:
        tagged = f"{count(each['tagged'], 'post')} in {TAGGED_WITHIN.days} days"
        without = f", {each['not']} not" if each["not"] else ""
        terms = f"{count(each['terms'], 'term')}{without}"
        typer.echo(f"{each['watchlist']:{width}}  {tagged:24}  {terms:18}  {each['defined_in']}")


@_watchlists.command("suggest")
def suggest_terms(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a watchlist.")],
    *,
    since: Annotated[str, typer.Option("--since", help=f"Only posts that came out since. {TIMES}")] = "180d",
    least: Annotated[
        int, typer.Option("--posts", min=2, help="Only terms in so many posts that the watchlist tags.")
    ] = 3,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Only so many, the clearest first.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for terms that stand out in the posts that a watchlist tags: by counting, nothing is guessed."""
    begin = time_of(since, "--since")
    steps = start_suggesting(load_settings(config), name, since=begin, least_posts=least, most=limit)
    end = last_of(steps, name)
    if as_json:
        write_json({"watchlist": end.watchlist, "since": begin.isoformat(timespec="seconds"), **_object(end)})
    else:
        _draw(Page(), end, least)


def _object(end: Suggested) -> dict[str, Any]:
    return {
        "tagged": end.tagged,
        "untagged": end.untagged,
        "suggestions": [
            {
                "term": each.term,
                "posts": each.posts,
                "others": each.others,
                "channels": each.channels,
                "score": each.score,
                "example": sample_object(example) if example else None,
            }
            for each, example in end.suggestions
        ],
    }


def _draw(page: Page, end: Suggested, least: int) -> None:
    page.line(f"{end.watchlist}: {count(end.tagged, 'tagged post')}, {count(end.untagged, 'other')}", style="bold")
    if not end.suggestions:
        page.line(f"no term stands out in {least} or more tagged posts of 2 or more channels")
        return
    page.line()
    rows = [["term", "tagged", "others", "channels"]]
    rows += [[each.term, f"{each.posts:,}", f"{each.others:,}", f"{each.channels:,}"] for each, _ in end.suggestions]
    page.table(rows)
    page.heading("an example of each")
    for _, example in end.suggestions:
        if example:
            draw_sample(page, example)
