"""Command ``backtest``: what a watchlist would have found in the stored posts. It stores nothing."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.bootstrap.bench import Change, start_backtest
from worker.cli.drawing import Page, bar, count
from worker.cli.options import TIMES, ConfigOption, JsonOption, app, load_settings, time_of, write_json
from worker.cli.progress import last_of
from worker.core.backtest import Findings, PartCount, TermCount
from worker.core.past import SamplePost

_SHOWN_TERMS, _SHOWN_CHANNELS, _SHOWN_NEVER = 25, 15, 20
#: lines of the chart at most: of a longer time several weeks are put together
_SHOWN_WEEKS = 26
_BAR = 30
_SHOWN_CHARACTERS = 300


@app.command()
def backtest(
    watchlist: Annotated[str, typer.Argument(metavar="WATCHLIST", help="Name of a watchlist.")],
    *,
    since: Annotated[str, typer.Option("--since", help=f"Only posts that came out since. {TIMES}")] = "90d",
    file: Annotated[
        Path | None, typer.Option("--file", help="Take the watchlist from this file of watchlists, to try a change.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="Compare with the watchlist of this configuration, not with the stored tags."),
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=0, max=100, help="Posts that are shown of each kind.")] = 5,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a watchlist over the stored posts and compare; nothing is written, nobody is told."""
    begin = time_of(since, "--since")
    steps = start_backtest(load_settings(config), Change(watchlist, file, against), since=begin, samples=samples)
    end = last_of(steps, watchlist)
    former = str(against) if against else "stored"
    head = {"watchlist": end.watchlist, "since": begin.isoformat(timespec="seconds"), "compared_with": former}
    if as_json:
        write_json({**head, **findings_object(end.findings)})
    else:
        draw(Page(), head, end.findings)


def findings_object(found: Findings) -> dict[str, Any]:
    """Return the result in the documented shape."""
    return {
        "posts": found.posts,
        "tagged": found.tagged,
        "before": found.before,
        "added": found.added,
        "removed": found.removed,
        "terms": [
            {"term": term.term, "posts": term.posts, "hits": term.hits, "alone": term.alone} for term in found.terms
        ],
        "never": list(found.never),
        "channels": [{"channel": part.name, **_part(part)} for part in found.channels],
        "weeks": [{"week": part.name, **_part(part)} for part in found.weeks],
        "samples": {
            "tagged": [sample_object(each) for each in found.tagged_sample],
            "added": [sample_object(each) for each in found.added_sample],
            "removed": [sample_object(each) for each in found.removed_sample],
        },
    }


def _part(part: PartCount) -> dict[str, int]:
    return {
        "posts": part.posts,
        "hits": part.hits,
        "tagged": part.tagged,
        "added": part.added,
        "removed": part.removed,
    }


def sample_object(sample: SamplePost) -> dict[str, Any]:
    """Return a post of a sample in the documented shape."""
    post = sample.post
    return {
        "channel": post.channel,
        "id": post.id,
        "url": post.url,
        "at": post.at.isoformat(),
        "text": post.text,
        "matches": [
            {"term": hit.term, "start": hit.start, "end": hit.end, "text": post.text[hit.start : hit.end]}
            for hit in sample.matches
        ],
    }


def draw(page: Page, head: Mapping[str, str], found: Findings) -> None:
    """Write the result for a person."""
    page.line(f"{head['watchlist']} in {count(found.posts, 'post')} since {head['since'][:10]}", style="bold")
    share = f" ({found.tagged / found.posts:.1%})" if found.posts else ""
    former = "tagged by the stored matches" if head["compared_with"] == "stored" else f"by {head['compared_with']}"
    page.line(
        f"{found.tagged:,} tagged{share}; {found.before:,} {former}: {found.added:,} more, {found.removed:,} fewer"
    )
    if found.terms:
        _draw_terms(page, found.terms)
    if found.never:
        page.heading(f"found nothing ({len(found.never)})")
        page.line(_some(found.never, _SHOWN_NEVER), indent=2)
    if found.tagged:
        _draw_channels(page, found.channels)
        _draw_weeks(page, found.weeks)
    kinds = (
        ("more", found.added, found.added_sample),
        ("fewer", found.removed, found.removed_sample),
        ("tagged", found.tagged, found.tagged_sample),
    )
    for name, total, sample in kinds:
        if sample and not (name == "tagged" and found.added == found.tagged):
            page.heading(f"{name} ({len(sample)} of {total:,})")
            for each in sample:
                draw_sample(page, each)


def draw_sample(page: Page, sample: SamplePost) -> None:
    """Write a post with its matches marked."""
    post = sample.post
    terms = ", ".join(dict.fromkeys(hit.term for hit in sample.matches))
    page.line(f"{post.at:%Y-%m-%d %H:%M}  {post.name}  {terms}", indent=2, style="dim")
    spans = [(hit.start, hit.end) for hit in sample.matches]
    page.extract(post.text, spans, most=_SHOWN_CHARACTERS, indent=4)


def _draw_terms(page: Page, terms: Sequence[TermCount]) -> None:
    page.heading("terms")
    rows = [["", "posts", "hits", "alone"]]
    rows += [[term.term, f"{term.posts:,}", f"{term.hits:,}", f"{term.alone:,}"] for term in terms[:_SHOWN_TERMS]]
    page.table(rows)
    _draw_rest(page, len(terms) - _SHOWN_TERMS)
    alone = sorted((term for term in terms if term.alone), key=lambda each: -each.alone)[:3]
    if alone and len(terms) > 1:
        page.line(f"alone most: {', '.join(f'{term.term} ({term.alone:,})' for term in alone)}", indent=2)


def _draw_channels(page: Page, channels: Sequence[PartCount]) -> None:
    page.heading("channels")
    tagged = [part for part in channels if part.tagged]
    most = max(part.tagged for part in tagged)
    is_changed = any(part.added or part.removed for part in tagged)
    rows = [["", "", "tagged", "posts", *(["more", "fewer"] if is_changed else [])]]
    rows += [
        [
            part.name,
            bar(part.tagged, most, _BAR // 2),
            f"{part.tagged:,}",
            f"{part.posts:,}",
            *([f"{part.added:,}", f"{part.removed:,}"] if is_changed else []),
        ]
        for part in tagged[:_SHOWN_CHANNELS]
    ]
    page.table(rows)
    _draw_rest(page, len(tagged) - _SHOWN_CHANNELS)


def _draw_weeks(page: Page, weeks: Sequence[PartCount]) -> None:
    together = -(-len(weeks) // _SHOWN_WEEKS)
    stretches = list(_stretches(weeks, together))
    most = max(part.tagged for part in stretches)
    page.heading("weeks" if together == 1 else f"stretches of {together} weeks")
    rows = [["", "", "tagged", "posts"]]
    rows += [[part.name, bar(part.tagged, most, _BAR), f"{part.tagged:,}", f"{part.posts:,}"] for part in stretches]
    page.table(rows)


def _stretches(weeks: Sequence[PartCount], together: int) -> Iterator[PartCount]:
    for begin in range(0, len(weeks), together):
        stretch = weeks[begin : begin + together]
        yield PartCount(stretch[0].name, sum(w.posts for w in stretch), tagged=sum(w.tagged for w in stretch))


def _draw_rest(page: Page, left: int) -> None:
    if left > 0:
        page.line(f"and {left:,} more; --json lists all", indent=2)


def _some(names: Sequence[str], most: int) -> str:
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")
