"""Posts of WordPress's REST interface (``/wp-json/wp/v2/posts``), the only one of its faces with a real time of edits.

A post's id is its number, the same as in the class ``post-ID`` of archive pages and in the ``?p=ID`` of feeds. Offers
the addresses to ask; does not ask. How many pages there are says the header X-WP-TotalPages, which is the fetcher's.
Reference: developer.wordpress.org/rest-api/reference/posts.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from worker.core.models import Media, Post, Refusal, RefusalReason, Snapshot
from worker.core.parse.html_text import (
    Shown,
    absolute,
    html_to_text,
    read_markup,
    scrub,
    with_title,
    without_credit,
)
from worker.core.parse.text_dates import read_time
from worker.errors import ParseError

FORMAT = "wordpress-rest"

#: posts on one page of an answer, if the address does not say (WP_REST_Controller::get_collection_params)
_PER_PAGE = 10
#: what we ask for; the interface allows 100
_WANTED = 50
#: saving a draft and publishing it takes a moment, and is no edit
_EDITED_AFTER = timedelta(seconds=60)

_POSTS = re.compile(rb"""\s*\[?\s*\{.{0,4000}?"(?:date_gmt|modified_gmt|content|title|guid)"\s*:\s*["{]""", re.DOTALL)
_RENDERED = re.compile(rb'"rendered"\s*:')
_ERROR = re.compile(rb'\s*\{\s*"code"\s*:\s*"[a-z0-9_-]+"\s*,\s*"message"\s*:\s*"')
_EMPTY = re.compile(rb"\s*\[\s*\]\s*")
#: where the address of a site ends and that of one of its pages begins
_PAGE_PATH = re.compile(r"/(?:category|tag|author|page|feed|\d{4})(?:/|$)")
_API = re.compile(r"/wp-json(?:/|$)")

_REASONS = {
    401: RefusalReason.NO_PREVIEW,
    403: RefusalReason.NO_PREVIEW,
    404: RefusalReason.NOT_FOUND,
    429: RefusalReason.RATE_LIMITED,
}


def looks_like(body: bytes) -> bool:
    """Tell whether these bytes are posts of WordPress's REST interface, none of them, or an error it answers."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if _EMPTY.fullmatch(body) or _ERROR.match(body):
        return True
    return _POSTS.match(body) is not None and _RENDERED.search(body) is not None


def parse(body: bytes, *, url: str | None = None) -> Snapshot | Refusal:
    """Read an answer: a list of posts, or a single one.

    Args:
        body: the bytes, as fetched.
        url: the address they came from; None for a file. It tells whether there may be older posts.

    Raises:
        ParseError: this is no answer of the interface, an error that says nothing of the channel, or cannot be read
            safely.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        answer = json.loads(text)
    except RecursionError:
        raise ParseError("wordpress-rest: nested too deep to be read safely") from None
    except ValueError:
        if text[:1] in {"[", "{"} and text[-1:] not in {"]", "}"}:
            return Refusal(RefusalReason.TRUNCATED, "the answer was cut off in transit: fetch it again")
        raise ParseError("wordpress-rest: this is no JSON, the address must be that of /wp-json/wp/v2/posts") from None
    if isinstance(answer, dict):
        if "code" in answer and "message" in answer:
            return _refuse(answer)
        answer = [answer]
    if not isinstance(answer, list):
        raise ParseError("wordpress-rest: neither posts nor a post, the address must be that of /wp-json/wp/v2/posts")
    posts: dict[str, Post] = {}
    for each in answer:
        post = _post(each)
        posts[post.id or ""] = post
    return Snapshot(FORMAT, tuple(posts.values()), older=_older(url, len(answer)))


def rest_url(address: str, *, category: int | None = None) -> str:
    """Return where the posts of a site are asked for.

    Args:
        address: of the site, of one of its archive pages, or of its REST interface (``link[rel="https://api.w.org/"]``).
        category: number of the only category wanted (the class ``category-ID`` of an archive's body); None: all.
    """
    parts = urlsplit(address)
    query = {"per_page": str(_WANTED), "_embed": "author"}
    if category is not None:
        query["categories"] = str(category)
    if "rest_route=" in parts.query:
        # the form of a site without "pretty permalinks"
        return urlunsplit(
            parts._replace(query=urlencode({"rest_route": "/wp/v2/posts", **query}, safe="/"), fragment="")
        )
    path = parts.path
    for ending in (_API, _PAGE_PATH):
        if found := ending.search(path):
            path = path[: found.start()]
    path = re.sub(r"/[^/]*\.(?:html?|php)$", "", path).rstrip("/")
    return urlunsplit(parts._replace(path=f"{path}/wp-json/wp/v2/posts", query=urlencode(query), fragment=""))


def modified_after(url: str, at: datetime) -> str:
    """Return `url` asking only for posts changed after `at`, an aware time (WordPress 5.7 and later)."""
    return _with(url, "modified_after", f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def next_page(url: str) -> str:
    """Return the address of the page after that at `url`; whether there is one says the header X-WP-TotalPages."""
    page = dict(parse_qsl(urlsplit(url).query)).get("page", "")
    return _with(url, "page", str(int(page) + 1) if re.fullmatch(r"[0-9]{1,9}", page) else "2")


def _with(url: str, name: str, value: str) -> str:
    """Return `url` with one parameter set, the others as they were written."""
    parts = urlsplit(url)
    kept = [each for each in parts.query.split("&") if each and each.partition("=")[0] != name]
    return urlunsplit(parts._replace(query="&".join([*kept, f"{name}={quote(value, safe=':')}"])))


def _older(url: str | None, count: int) -> str | None:
    """Return the address of the next page if this one, with `count` posts, is full."""
    if url is None:
        return None
    try:
        written = dict(parse_qsl(urlsplit(url).query)).get("per_page", "")
        full = int(written) if re.fullmatch(r"[1-9][0-9]{0,2}", written) else _PER_PAGE
        return next_page(url) if count >= full else None
    except ValueError:
        return None


def _refuse(error: Mapping[str, Any]) -> Refusal:
    """Return why there are no posts, in the server's words.

    Raises:
        ParseError: the error says nothing of the channel.
    """
    inner = error.get("data")
    status = inner.get("status") if isinstance(inner, dict) else None
    said = " ".join(html_to_text(str(error.get("message")))[:200].split()).rstrip(".")
    code = scrub(" ".join(str(error.get("code"))[:60].split()))
    reason = _REASONS.get(status) if isinstance(status, int) else None
    if reason is None:
        raise ParseError(f'wordpress-rest: the server answered an error, "{said}" ({code}): check the address')
    return Refusal(reason, f'the server answers "{said}" ({code}): use the feed or a page of the site instead')


def _post(answer: object) -> Post:
    number = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(number, int) or isinstance(number, bool):
        raise ParseError("wordpress-rest: a post without an id, the address must be that of /wp-json/wp/v2/posts")
    url = absolute(_string(answer.get("link")), None)
    body = _body(answer, url)
    title = " ".join(html_to_text(_rendered(answer, "title")).split())
    published = _gmt(answer, "date")
    modified = _gmt(answer, "modified")
    featured = answer.get("featured_media")
    pictured = isinstance(featured, int) and featured > 0
    return Post(
        text=with_title(title, without_credit(body.text)),
        id=str(number),
        url=url,
        published_at=published or read_time(_string(answer.get("date"))),
        edited=modified > published + _EDITED_AFTER if published and modified else None,
        author=_author(answer),
        links=body.links,
        media=((Media("photo"),) if pictured else ()) + body.media,
    )


def _body(answer: Mapping[str, Any], url: str | None) -> Shown:
    """Return the article, or what an answer without articles (``_fields``) has of it."""
    for name in ("content", "excerpt"):
        markup = _rendered(answer, name)
        if markup.strip():
            return read_markup(markup, base=url)
    return Shown("", (), ())


def _rendered(answer: Mapping[str, Any], name: str) -> str:
    part = answer.get(name)
    return _string(part.get("rendered") if isinstance(part, dict) else part)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _gmt(answer: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time that is in UTC and says so in its name only; None if it is missing or malformed."""
    written = _string(answer.get(f"{name}_gmt")).strip().removesuffix("Z")
    return read_time(f"{written}+00:00") if "T" in written else None


def _author(answer: Mapping[str, Any]) -> str | None:
    embedded = answer.get("_embedded")
    authors = embedded.get("author") if isinstance(embedded, dict) else None
    for author in authors if isinstance(authors, list) else ():
        if isinstance(author, dict) and (name := " ".join(html_to_text(_string(author.get("name"))).split())):
            return name
    return None
