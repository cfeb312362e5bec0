"""What happens in made-up channels: who posts, edits and deletes what and when, and the pages that show it.

All of it is decided beforehand by a seed. Each post is edited once at most and deleted once at most, so that its
address and the kind of change name what happened.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

START = datetime(2026, 3, 23, tzinfo=UTC)  # a Monday; the clocks of Europe change on the Sunday after
WATCHLISTS = {"Locks": "lock", "Ferries": "ferry", "Weirs": "weir"}
#: a channel is checked so often
EVERY = timedelta(minutes=30)
_SHOWN = 20
_BASELINE = 3
_NOT_FOUND = b"""<!DOCTYPE html><html><head><title>Telegram Widget</title></head>
<body class="widget_frame_base"><div class="tgme_widget_message js-widget_message">
<div class="tgme_widget_message_error">Post not found</div></div></body></html>"""


@dataclass(frozen=True)
class Event:
    """What a source did, as a reader would tell it."""

    channel: str
    url: str
    #: new, edited, deleted
    kind: str
    #: watchlists of the post before and after it
    before: frozenset[str]
    after: frozenset[str]
    #: of an edit
    grade: str | None = None


@dataclass(frozen=True)
class SimulatedPost:
    """One post and its life."""

    number: int
    at: datetime
    text: str
    tags: frozenset[str]
    edited_at: datetime | None = None
    edited_text: str = ""
    edited_tags: frozenset[str] = frozenset()
    grade: str | None = None
    deleted_at: datetime | None = None

    def text_at(self, now: datetime) -> str | None:
        """Return what the source shows; None: nothing."""
        if self.at > now or (self.deleted_at and self.deleted_at <= now):
            return None
        return self.edited_text if self.edited_at and self.edited_at <= now else self.text


@dataclass(frozen=True)
class SimulatedChannel:
    """One channel, its posts by number."""

    name: str
    posts: tuple[SimulatedPost, ...]

    @property
    def url(self) -> str:
        return f"https://t.me/s/{self.name}"

    def page(self, url: str, now: datetime) -> bytes:
        """Return what the source answers at `now`: its preview, an older page of it, or the page of one post."""
        shown = [(post, text) for post in self.posts if (text := post.text_at(now)) is not None]
        if "embed=1" in url:
            number = int(url.partition("?")[0].rpartition("/")[2])
            shown = [(post, text) for post, text in shown if post.number == number]
            if not shown:
                return _NOT_FOUND
        elif "before=" in url:
            shown = [(post, text) for post, text in shown if post.number < int(url.rpartition("=")[2])]
        posts = tuple(DemoPost(post.number, 1, post.at - START, text) for post, text in shown[-_SHOWN:])
        page = preview_page(DemoChannel(self.name, self.name.title(), posts), 1, START)
        if len(shown) > _SHOWN:
            link = f'<link rel="prev" href="/s/{self.name}?before={posts[0].id}"></head>'
            page = page.replace(b"</head>", link.encode())
        return page

    def events(self) -> Iterator[Event]:
        """Yield everything that is news."""
        nothing: frozenset[str] = frozenset()
        for post in self.posts:
            url, tags = f"https://t.me/{self.name}/{post.number}", post.tags
            if post.number > _BASELINE:
                yield Event(self.name, url, "new", nothing, tags)
            if post.edited_at:
                yield Event(self.name, url, "edited", tags, post.edited_tags, post.grade)
                tags = post.edited_tags
            if post.deleted_at:
                yield Event(self.name, url, "deleted", tags, tags)


def make_channels(seed: int, *, channels: int, length: timedelta, a_day: int) -> list[SimulatedChannel]:
    """Return channels with `a_day` posts a day each, for `length` from START on."""
    return [_channel(random.Random(f"{seed}-{n}"), f"quay{n}", length, a_day) for n in range(channels)]


def _channel(draw: random.Random, name: str, length: timedelta, a_day: int) -> SimulatedChannel:
    moments = [START - timedelta(hours=_BASELINE - n) for n in range(_BASELINE)]
    moments += sorted(
        START + EVERY * 2 + length * draw.random() for _ in range(round(length / timedelta(days=1) * a_day))
    )
    return SimulatedChannel(name, tuple(_post(draw, n, at, moments) for n, at in enumerate(moments, 1)))


def _post(draw: random.Random, number: int, at: datetime, moments: list[datetime]) -> SimulatedPost:
    tags = frozenset(name for name in WATCHLISTS if draw.random() < 0.4)
    words = [_word(draw) for _ in range(16)]
    born = max(at, START + EVERY)
    edited_at, edited_text, edited_tags, grade = None, "", tags, None
    if draw.random() < 0.3:
        edited_at = born + timedelta(hours=6 + 8 * draw.random())
        grade = "cosmetic" if draw.random() < 0.3 else "substantive"
        if grade == "cosmetic":
            edited_text = f"{_text(words, tags)} "[:-2] + "!"
        else:
            edited_tags = frozenset(name for name in WATCHLISTS if draw.random() < 0.4)
            edited_text = _text([*words[:6], *(_word(draw) for _ in range(12))], edited_tags)
    deleted_at = None
    if draw.random() < 0.15:
        deleted_at = (edited_at or born) + timedelta(hours=6 + 8 * draw.random())
        # only between two posts that are shown is an absence seen
        if number <= 2 or sum(at < other < deleted_at for other in moments) < 2 or number + _SHOWN <= len(moments):
            deleted_at = None
    return SimulatedPost(number, at, _text(words, tags), tags, edited_at, edited_text, edited_tags, grade, deleted_at)


def _text(words: list[str], tags: frozenset[str]) -> str:
    half = len(words) // 2
    said = " ".join(f"The {WATCHLISTS[name]} {words[n]}." for n, name in enumerate(WATCHLISTS) if name in tags)
    return f"{' '.join(words[:half]).capitalize()}. {said} {' '.join(words[half:])}."


def _word(draw: random.Random) -> str:
    """Return a word that no other post is likely to have."""
    return "".join(draw.choice("bdfgklmnprstv") + draw.choice("aeiou") for _ in range(draw.randint(3, 5)))
