"""Made-up sources for the tests of fetching: previews with a past, archives, feeds, news pages, and an own clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.e2e.servers import Answer, Asked
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_ON_A_PAGE = 20


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **time: float) -> None:
        self.now += timedelta(**time)


class Preview:
    """A preview page of a channel with posts 1 to `newest`, twenty on a page; every fiftieth is on BRICS."""

    def __init__(self, site: str, newest: int = 20) -> None:
        self.site, self.newest = site, newest
        #: how many older pages have been asked for
        self.paged = 0

    def __call__(self, asked: Asked) -> bytes:
        self.paged += "before=" in asked.path
        last = int(asked.path.rpartition("=")[2]) - 1 if "before=" in asked.path else self.newest
        first = max(1, last - _ON_A_PAGE + 1)
        posts = (self._post(number) for number in range(first, last + 1))
        page = preview_page(DemoChannel("harbour", "Harbour of Selmouth", tuple(posts)), 1, NOON - timedelta(days=30))
        if first == 1:
            return page
        older = f'<link rel="prev" href="{self.site}/s/harbour?before={first}"></head>'
        return page.replace(b"</head>", older.encode())

    @staticmethod
    def _post(number: int) -> DemoPost:
        subject = "The BRICS forum" if number % 50 == 0 else "The ferry"
        return DemoPost(number, 1, timedelta(minutes=30 * number), f"{subject} of day {number} begins at eight.")


def not_changed(body: bytes, etag: str) -> Callable[[Asked], Answer]:
    """Return a page with a validator, which answers 304 to whoever holds it."""

    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == etag
        return Answer(304 if same else 200, b"" if same else body, {"ETag": etag})

    return answer


def feed(*numbers: int) -> bytes:
    """Return a feed with these numbers of a newspaper, newest first, one an hour."""
    items = "".join(
        f"<item><title>Number {n}: Estria and the BRICS</title><guid>https://gazette.example/{n}</guid>"
        f"<link>https://gazette.example/{n}</link><description>Page one of number {n}.</description>"
        f"<pubDate>{NOON + timedelta(hours=n):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for n in reversed(numbers)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Selmouth Gazette</title>'
        f"<link>https://gazette.example/</link>{items}</channel></rss>"
    ).encode()


class Archive:
    """The archive of a site made with WordPress: posts 1 to `newest`, ten on a page, at /news/ and /news/page/N/."""

    def __init__(self, newest: int) -> None:
        self.newest = newest

    def __call__(self, asked: Asked) -> bytes:
        number = int(asked.path.rstrip("/").rpartition("/")[2]) if "/page/" in asked.path else 1
        last = self.newest - 10 * (number - 1)
        posts = "".join(map(_archived, range(last, max(0, last - 10), -1)))
        older = f'<link rel="next" href="/news/page/{number + 1}/">' if last > 10 else ""
        return (
            f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Nouvelles de Vallonne</title>{older}'
            '<link rel="alternate" type="application/rss+xml" title="Flux" href="/news/feed/"></head>'
            f'<body class="archive category category-news"><main>{posts}</main></body></html>'
        ).encode()


def _archived(number: int) -> str:
    day = NOON + timedelta(hours=number)
    return (
        f'<article id="post-{number}" class="post-{number} post type-post status-publish hentry">'
        f'<h2 class="entry-title"><a href="/nouvelle-{number}/" rel="bookmark">Nouvelle {number} du port</a></h2>'
        f'<time class="entry-date published" datetime="{day.isoformat()}">{day:%d/%m/%Y}</time>'
        f'<div class="entry-summary"><p>Le sommet BRICS, partie {number}.</p></div></article>'
    )


def news_page(*titles: str, kind: str = "news") -> bytes:
    """Return a news page whose posts are articles of the class `kind`."""
    posts = "".join(
        f'<article class="{kind}"><h2><a href="/n/{number}">{title}</a></h2><p>More on {title.lower()}.</p></article>'
        for number, title in enumerate(titles, 1)
    )
    return f"<!DOCTYPE html><html><head><title>Lighthouse news</title></head><body>{posts}</body></html>".encode()


#: what Telegram sends in place of a preview to whoever asks too often, and where there is no preview
LANDING = b"""<!DOCTYPE html><html><head><title>Telegram: Contact @harbour</title></head><body><div class="tgme_page">
<div class="tgme_page_title"><span>Harbour of Selmouth</span></div><div class="tgme_page_extra">1 234 subscribers</div>
<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=harbour">View</a></div>
</div></body></html>"""
LOGIN = b"""<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method="post">
<input name="user"><input type="password" name="secret"></form></body></html>"""
