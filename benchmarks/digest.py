"""A digest of 500 posts, rendered with its styles, against plain string formatting of the same pages.

The plain side writes the mail, its text part and the attached page by `str.format`, with the times in the reader's
zone, the matches marked and the text wrapped; it knows beforehand what fits. Both sides write the same bytes, which is
asserted. Beside it, what each change of a ten times longer digest costs, made and rendered, against one of 500.
"""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from zoneinfo import ZoneInfo

from benchmarks.measure import ROUNDS, Row, compare, take_turns, timed
from worker.adapters.templates import Templates
from worker.core.digest import build_digest
from worker.core.digest_cutting import shorten_posts
from worker.core.digest_parts import Digest, DigestPost
from worker.core.models import ChangeKind, Match, Told

GOAL = 4.0
#: a change of the long digest may cost no more than one of the short: time grows linearly
GROWTH_GOAL = 1.2
_UNTIL = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/Paris")
_WORDS = re.findall(
    r"\S+",
    'harbour ministry ferry pilot timetable winter lighthouse tide agreed & "signed" Делегации обсудили расписание '
    "паромов и сборы лоцманов следующая встреча состоится зимой в порту",
)
_POST = '<div class="post"'
_NUMBER = re.compile(r"https://example\.org/(\d+)")


def run(*, count: int = 500, rounds: int = ROUNDS) -> list[Row]:
    """Measure a digest of `count` posts, and one of ten times as many."""
    templates, digest = Templates(), _digest(count)
    rendered = templates.render_digest(digest)
    assert rendered.attachment is not None
    plain = [
        _html_page(rendered.html, digest),
        _text_page(rendered.text, digest),
        _html_page(rendered.attachment, digest),
    ]
    assert [page.write() for page in plain] == [rendered.html, rendered.text, rendered.attachment]
    told, much = _told(count), _told(count * 10)
    costs = take_turns(
        {
            "plain": lambda: timed(lambda: [page.write() for page in plain]),
            "rendered": lambda: timed(lambda: templates.render_digest(digest)),
            "short": lambda: timed(lambda: templates.render_digest(_made(told))),
            "long": lambda: timed(lambda: templates.render_digest(_made(much))),
        },
        rounds,
    )
    # per change: ten short ones against one long one
    ten = [cost + cost + cost + cost + cost + cost + cost + cost + cost + cost for cost in costs["short"]]
    return [
        compare(f"digest of {count} posts", "digest", 1, work=costs["rendered"], limit=costs["plain"], goal=GOAL),
        compare(
            f"digest of {count * 10} changes against {count}",
            "change",
            count * 10,
            work=costs["long"],
            limit=ten,
            goal=GROWTH_GOAL,
        ),
    ]


def _told(count: int) -> list[Told]:
    return [_post(number) for number in range(count)]


def _post(number: int) -> Told:
    words = [_WORDS[(number * 7 + place * place) % len(_WORDS)] for place in range(60)]
    text = " ".join([*words[:20], "CIS", *words[20:]])
    at = text.index("CIS")
    return Told(
        channel=f"channel-{number % 30}",
        channel_title=f"Channel no. {number % 30}",
        kind=ChangeKind.NEW,
        text=text,
        tags=("CIS",),
        matches=(Match("CIS", "CIS", at, at + 3),),
        found_at=_UNTIL - timedelta(seconds=number),
        published_at=_UNTIL - timedelta(seconds=number),
        url=f"https://example.org/{number:05}",
        story=number,
    )


def _made(told: Sequence[Told]) -> Digest:
    return build_digest(
        told,
        recipient="desk",
        watchlists=("CIS",),
        since=_UNTIL - timedelta(days=1),
        until=_UNTIL,
        timezone="Europe/Paris",
        language="en",
        checked=30,
        channels=30,
        most=len(told),
    )


def _digest(count: int) -> Digest:
    return _made(_told(count))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page by plain formatting: what stands around the posts is taken from the rendered one."""

    head: str
    #: of one post, with the names of its values in braces
    form: str
    posts: Sequence[DigestPost]
    tail: str
    #: post -> its values
    values: Callable[[DigestPost], Mapping[str, str]]

    def write(self) -> str:
        """Return the page."""
        posts = [self.form.format_map(self.values(post)) for post in self.posts]
        return "".join((self.head, *posts, self.tail))


def _html_page(page: str, digest: Digest) -> _Page:
    starts = [found.start() for found in re.finditer(_POST, page)]
    posts = _shown(page, digest)
    first = page[starts[0] : starts[1]]
    tail = page[page.index('<p class="', starts[-1]) :]
    mark = re.findall(r"<mark[^>]*>", first)[0]

    def values(post: DigestPost) -> Mapping[str, str]:
        pieces = [f"{mark}{escape(one.text)}</mark>" if one.marked else escape(one.text) for one in post.excerpts]
        return {
            **_facts(post),
            "text": "".join(pieces).replace("&quot;", "&#34;"),
            "lang": f' lang="{post.lang}"' if post.lang else "",
        }

    form = re.sub(r'(?: lang="\w+")?>\{text}', "{lang}>{text}", _form(first, values(posts[0])))
    return _Page(page[: starts[0]], form, posts, tail, values)


def _text_page(page: str, digest: Digest) -> _Page:
    starts = [found.start() for found in re.finditer(r"^Channel no", page, re.MULTILINE)]
    posts = _shown(page, digest)
    first = page[starts[0] : starts[1]]
    tail = page[page.index("\n-- ", starts[-1]) + 1 :]

    def values(post: DigestPost) -> Mapping[str, str]:
        text = "".join([f"*{one.text}*" if one.marked else one.text for one in post.excerpts])
        wrapped = textwrap.fill(
            text, 76, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        return {**_facts(post), "text": wrapped}

    return _Page(page[: starts[0]], _form(first, values(posts[0])), posts, tail, values)


def _form(first: str, values: Mapping[str, str]) -> str:
    """Return a written post with its values taken out."""
    form = first.replace("{", "{{").replace("}", "}}")
    for name in ("channel", "clock", "url", "text"):
        form = form.replace(values[name], f"{{{name}}}", 1)
    return form


def _facts(post: DigestPost) -> dict[str, str]:
    return {
        "channel": escape(post.channel_title),
        "clock": f"{post.at.astimezone(_ZONE):%H:%M}",
        "url": escape(post.url or ""),
    }


def _shown(page: str, digest: Digest) -> list[DigestPost]:
    """Return the posts that a page shows, as short as it shows them."""
    numbers = [int(number) for number in _NUMBER.findall(page)]
    words = " ".join(unescape(page).split())
    for most in (600, 320, 160, 90):
        posts = {int((post.url or "")[-5:]): post for post in shorten_posts(digest, most).sections[0].posts}
        shown = [posts[number] for number in numbers]
        if all(" ".join(piece.text.split()) in words for piece in shown[0].excerpts):
            return shown
    raise AssertionError("the page shows no post of the digest")
