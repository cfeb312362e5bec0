"""Feeds against real ones, where a folder of them stands beside the checkout."""

from pathlib import Path

import pytest

from worker.core.diff import diff_by_id
from worker.core.fingerprint import fingerprint
from worker.core.models import Snapshot, StoredPost
from worker.core.parse import detect, feed
from worker.core.parse.feed_encoding import decode_feed
from worker.core.parse.feed_loose import read_loosely
from worker.core.parse.feed_post import read_snapshot
from worker.core.parse.feed_xml import short_name
from worker.errors import ParseError

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "feeds"
FILES = sorted(path for path in SHARED.rglob("*") if path.is_file())
VERSIONS = sorted((SHARED / "wordpress" / "wra").glob("feed-*.xml"))
#: JSON that is no feed: broken, or what a generator of feeds is tested with
_NO_FEEDS = (
    "json-invalid.json universal-invalid.json feed.common.json feed.empty.json feed.emptyItems.json feed.microblog.json"
)
NO_FEEDS = frozenset(_NO_FEEDS.split())

needs_feeds = pytest.mark.skipif(not FILES, reason="no folder `shared` with real feeds beside the checkout")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@needs_feeds
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_real_feed_is_read_or_refused(path: Path) -> None:
    body = path.read_bytes()
    if path.name in NO_FEEDS:
        with pytest.raises(ParseError):
            feed.parse(body)
        return
    assert detect(body) == "feed"
    snapshot = feed.parse(body)
    assert isinstance(snapshot, Snapshot)
    assert len({post.id for post in snapshot.posts}) == len(snapshot.posts)
    for post in snapshot.posts:
        assert post.url is None or post.url.startswith("http")
        assert "<p>" not in post.text or "cdata_escaped" in path.name
        assert "&amp;" not in post.text


@needs_feeds
@pytest.mark.parametrize("path", [path for path in FILES if path.suffix != ".json"], ids=name_of)
def test_the_tolerant_reader_finds_the_same_in_a_well_formed_feed(path: Path) -> None:
    body = path.read_bytes()
    root, whole = read_loosely(decode_feed(body))
    assert root is not None
    assert whole
    read = feed._READERS[short_name(root.tag)](root)
    assert read_snapshot(read, name="feed", url=None) == feed.parse(body)


@pytest.mark.skipif(not VERSIONS, reason="no folder `shared` with the versions of one feed beside the checkout")
def test_ten_versions_of_one_feed_give_its_new_posts_and_one_edit() -> None:
    stored: dict[str, StoredPost] = {}
    found: list[tuple[list[str | None], list[str]]] = []
    for version in VERSIONS:
        snapshot = feed.parse(version.read_bytes(), url="https://www.andrewarthacornwall.com/feed/")
        assert isinstance(snapshot, Snapshot)
        diff = diff_by_id(snapshot.posts, stored)
        edits = [edit.found.post.id or "" for edit in diff.edited]
        found.append(([new.post.id for new in diff.new], edits))
        for post in snapshot.posts:
            assert post.id
            stored[post.id] = StoredPost(len(stored), post.id, fingerprint(post.text))
    site = "http://andrewarthacornwall.com/?p="
    nothing: tuple[list[str | None], list[str]] = ([], [])
    assert found == [
        ([f"{site}31"], []),
        nothing,
        nothing,
        ([f"{site}39"], []),
        (["/?p=92"], []),
        ([], ["/?p=92"]),
        nothing,
        nothing,
        nothing,
        (["/?p=197"], []),
    ]
