"""Real archives of three sites, and one of them as a series over half a year; compared with the same site's feeds."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.core.diff import diff_by_id
from worker.core.fingerprint import fingerprint
from worker.core.models import Post, Snapshot, StoredPost
from worker.core.parse import detect, parse

FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures"
ARCHIVES, FEEDS = FIXTURES / "wp_archive", FIXTURES / "feeds" / "wordpress"

pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="no folder of real archives beside the checkout")

SITES = {
    "duraark": "http://archive.example/category/news/",
    "gs2019": "https://synod.example/category/news/",
    "wra": "https://engineer.example/category/",
}


def read(path: Path) -> Snapshot:
    page = re.search(r"page-(\d+)", path.name)
    url = SITES[path.parent.name] + (f"page/{page[1]}/" if page else "")
    body = path.read_bytes()
    assert detect(body) == "webpage"
    snapshot = parse(body, url=url)
    assert isinstance(snapshot, Snapshot), snapshot
    return snapshot


def pages(site: str, pattern: str) -> list[Snapshot]:
    return [read(path) for path in sorted((ARCHIVES / site).glob(pattern), key=lambda path: path.name.lower())]


def series(category: str) -> list[Snapshot]:
    return pages("wra", f"category-{category}-*.html")


def changes(versions: list[Snapshot]) -> Iterator[tuple[list[str | None], list[str | None]]]:
    """Yield which posts are new and which are edited in each version."""
    stored: dict[str, StoredPost] = {}
    for version in versions:
        found = diff_by_id(version.posts, stored)
        yield [each.post.id for each in found.new], [each.found.post.id for each in found.edited]
        for post in version.posts:
            assert post.id is not None
            stored[post.id] = StoredPost(int(post.id), post.id, fingerprint(post.text))


def feed_posts(path: Path) -> dict[str, Post]:
    """Return the posts of a feed by the number in their guid."""
    snapshot = parse(path.read_bytes(), format_name="feed", url="https://engineer.example/feed/")
    assert isinstance(snapshot, Snapshot)
    return {number[1]: post for post in snapshot.posts if (number := re.search(r"p=(\d+)$", post.id or ""))}


def test_a_series_of_one_archive_has_one_new_post_and_never_an_edit() -> None:
    versions = series("news")
    assert len(versions) == 14
    assert [change for change in changes(versions) if change != ([], [])] == [(["31"], [])]
    for version in versions:
        (post,) = version.posts
        assert (post.text, post.author) == ("I am online!\n\nOnline, finally", "Ross")
        assert post.published_at == datetime(2016, 8, 31, tzinfo=UTC)


def test_a_series_of_another_has_its_new_posts_and_the_one_edit_that_was_made() -> None:
    versions = series("tech")
    assert len(versions) == 8
    assert list(changes(versions)) == [
        (["39"], []),
        (["92"], []),
        ([], ["92"]),
        ([], ["92"]),
        ([], []),
        ([], []),
        ([], []),
        (["197"], []),
    ]
    newest = versions[-1].posts[0]
    assert newest.url == "https://engineer.example/2017/08/colour-changing-crystal-light/"
    assert newest.published_at == datetime(2017, 8, 8, tzinfo=UTC)
    assert "https://github.com/W-R-A/IslandControl" in newest.links


@pytest.mark.parametrize("stamp", ["20170513T235645-4c65a34", "20170514T000747-1978304", "20170809T003936-97f3d33"])
def test_archive_and_feed_agree_on_ids_days_and_texts(stamp: str) -> None:
    feed = feed_posts(FEEDS / "wra" / f"feed-{stamp}.xml")
    archive = [
        post for name in ("news", "tech") for post in read(ARCHIVES / "wra" / f"category-{name}-{stamp}.html").posts
    ]
    assert {post.id for post in archive} <= feed.keys()
    for post in archive:
        twin = feed[post.id or ""]
        assert post.url == twin.url
        assert twin.published_at is not None
        assert post.published_at == twin.published_at.replace(hour=0, minute=0, second=0)
        if post.id == "92":
            # the site's owner took every "_frontend" out of the saved pages, and a script stands for the last line
            assert post.text.split("\n")[:6] == twin.text.split("\n")[:6]
        else:
            assert fingerprint(post.text) == fingerprint(twin.text)


def test_the_pages_of_an_archive_lead_from_the_newest_post_to_the_oldest() -> None:
    first, *others = pages("duraark", "category-news*.html")
    # sorted by name, the first page comes last
    versions = [others[-1], first, *others[:-1]]
    assert [version.older for version in versions] == [
        *(f"http://archive.example/category/news/page/{number}/index.html" for number in range(2, 7)),
        None,
    ]
    ids = [post.id for version in versions for post in version.posts]
    assert len(ids) == len(set(ids)) == 54
    assert {version.title for version in versions} == {"News – DURAARK"}
    days = [post.published_at for version in versions for post in version.posts]
    assert None not in days
    assert days == sorted(days, key=str, reverse=True)


def test_reads_what_a_theme_without_times_says_in_words() -> None:
    post = read(ARCHIVES / "duraark" / "category-news-page-2.html").posts[0]
    assert (post.id, post.published_at) == ("1478", datetime(2015, 7, 22, tzinfo=UTC))
    assert post.text.startswith("DURAARK@CAD/GRAPHICS 2015\n\nOur paper ‘Automatic Reconstruction of Parametric")
    assert post.text.endswith("As an outstanding contribution the …")
    assert post.url == "http://archive.example/duraarkcadgraphics-2015/index.html"


def test_reads_an_archive_of_links_to_another_site() -> None:
    versions = [
        read(ARCHIVES / "gs2019" / f"category-news{page}.html") for page in ("", "-page-2", "-page-3", "-page-4")
    ]
    assert [version.older for version in versions] == [
        *(f"https://synod.example/category/news/page/{number}/" for number in (2, 3, 4)),
        None,
    ]
    ids = [post.id for version in versions for post in version.posts]
    assert len(ids) == len(set(ids))
    first = versions[0].posts[0]
    assert (first.id, first.published_at) == ("2081", datetime(2019, 7, 25, tzinfo=UTC))
    assert (first.url or "").startswith("https://www.anglicanjournal.com/general-synod-passes-motion")
    assert first.text.split("\n")[0] == "General Synod passes motion to sign, endorse Christian-Muslim dialogue"
    assert versions[0].better_sources[0].endswith("/wp-json/wp/v2/posts?per_page=50&_embed=author&categories=4")


@pytest.mark.parametrize("site", ["duraark", "gs2019"])
def test_titles_and_days_of_other_sites_agree_with_their_feeds(site: str) -> None:
    feed = feed_posts(FEEDS / site / "category-news-feed.xml")
    path = ARCHIVES / site / "category-news.html"
    posts = [post for post in read(path).posts if post.id in feed]
    assert len(posts) >= 5
    for post in posts:
        twin = feed[post.id or ""]
        assert post.text.split("\n")[0] == twin.text.split("\n")[0]
        assert post.published_at is not None
        assert twin.published_at is not None
        assert abs(post.published_at - twin.published_at).days <= 1


def test_no_other_real_file_is_taken_for_one_of_wordpress() -> None:
    wrong = [
        path.relative_to(FIXTURES)
        for path in sorted(FIXTURES.rglob("*"))
        if path.is_file()
        and path.stat().st_size < 1_000_000
        and "wp_archive" not in path.parts
        and detect(path.read_bytes()) == "wordpress-rest"
    ]
    assert wrong == []
