"""What templates do with values: times in the reader's zone, marks, lines folded. Filters of the environment."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from worker.core.digest_parts import Elsewhere, Gap
from worker.core.excerpt import clean, one_line
from worker.core.models import Excerpt, Media
from worker.core.proof import shown_time, written_diff
from worker.core.retagging import Retagged
from worker.core.word_diff import INSERTED, REMOVED

_COLUMNS = 76
_BAR_COLUMNS = 30
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
BLANK_LINES = re.compile(r"\n{3,}")


def printable(value: object) -> object:
    """Return a value as it may be printed: without what turns a line around or breaks one."""
    # `type` first: most of what is printed is escaped already
    return value if type(value) is Markup or not isinstance(value, str) else clean(value)


def _breaks(text: str) -> Markup:
    text = clean(text)
    if "\n" not in text:
        return escape(text)
    return escape(BLANK_LINES.sub("\n\n", text)).replace("\n", Markup("<br>"))


@jinja2.pass_context
def _moment(context: Context, at: datetime) -> str:
    return str(context["t"].moment(at.astimezone(context["zone"])))


@jinja2.pass_context
def _clock(context: Context, at: datetime) -> str:
    """Return the time of day; with the day where that is not the digest's own."""
    local, until = at.astimezone(context["zone"]), context["digest"].until.astimezone(context["zone"])
    day = "" if local.date() == until.date() else f"{context['t'].day(local)}, "
    return f"{day}{local:%H:%M}"


@jinja2.pass_context
def _gap_line(context: Context, gap: Gap) -> str:
    since, until = (_moment(context, at) for at in (gap.since, gap.until))
    key = "gap" if gap.at_most is None else "gap_at_most"
    return str(context["t"](key, n=gap.at_most, channel=gap.channel, since=since, until=until))


@jinja2.pass_context
def _rules_line(context: Context, one: Retagged) -> str:
    """Say of a changed watchlist how many older posts it has gained and lost."""
    t = context["t"]
    lost = "no_longer_do" if one.added else "no_longer_carry"
    turns = [t(key, n=n) for key, n in (("now_carry", one.added), (lost, one.removed)) if n]
    return str(t("rules_new" if one.is_new else "rules_changed", watchlist=one.watchlist, turns=", ".join(turns)))


@jinja2.pass_context
def _media(context: Context, media: Sequence[Media]) -> str:
    names = (context["t"].media(one.kind) for one in media)
    return ", ".join(
        name if one.title is None else f"{name}: {one_line(one.title, 80)}"
        for name, one in zip(names, media, strict=True)
    )


def _bar(count: int, most: int) -> str:
    """Draw a count as a line of signs, at least one; nothing for nothing."""
    return "#" * max(_BAR_COLUMNS * count // most, min(count, 1))


def _others(also: Sequence[Elsewhere]) -> list[Elsewhere]:
    """Return the first post of each other channel that tells the story."""
    return list({other.channel_title: other for other in reversed(also)}.values())[::-1]


_SIGNS = {INSERTED: "[+{}+]", REMOVED: "[-{}-]"}


def _plain(excerpts: Sequence[Excerpt]) -> str:
    """Write the marks of excerpts as signs: ``*matched*``, ``[+inserted+]``, ``[-removed-]``."""
    written = (
        _SIGNS.get(piece.change or "", "{}").replace("{}", f"*{piece.text}*" if piece.marked else piece.text)
        for piece in excerpts
    )
    return BLANK_LINES.sub("\n\n", clean("".join(written))).strip()


def _wrap(text: str, indent: str = "") -> str:
    """Fold at 76 columns between words; a longer word, such as an address, stays whole."""
    lines = (
        textwrap.fill(
            line,
            _COLUMNS,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in clean(text).split("\n")
    )
    return "\n".join(lines)


def _is_web(url: str | None) -> bool:
    return url is not None and _WEB_ADDRESS.fullmatch(url) is not None


FILTERS: Mapping[str, Callable[..., object]] = {
    "bar": _bar,
    "breaks": _breaks,
    "changes": written_diff,
    "clock": _clock,
    "gap_line": _gap_line,
    "rules_line": _rules_line,
    "is_web": _is_web,
    "media": _media,
    "moment": _moment,
    "others": _others,
    "plain": _plain,
    "utc": shown_time,
    "wrap": _wrap,
}
