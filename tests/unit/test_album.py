"""Albums: the messages of one album are one post only where a source that knows albums has shown that they are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOON
from worker.core.album import captions_in_doubt, folded, without_known_captions
from worker.core.diff import diff_by_id
from worker.core.fingerprint import fingerprint
from worker.core.models import Media, Post, StoredPost

PHOTO = (Media("photo"),)
CAPTION = "Three pictures of the lock."


def picture(number: int, text: str = "", **more: object) -> Post:
    return replace(Post(text, str(number), published_at=NOON, media=PHOTO), **more)  # type: ignore[arg-type]


def stored(**texts: str) -> dict[str, StoredPost]:
    return {key[1:]: StoredPost(n, key[1:], fingerprint(text)) for n, (key, text) in enumerate(texts.items(), 1)}


ALBUM = [picture(5), picture(6, CAPTION), picture(7)]


def test_an_album_that_is_stored_as_one_post_is_put_together() -> None:
    (post,) = folded(ALBUM, stored(_5=CAPTION))

    assert (post.id, post.text, post.media) == ("5", CAPTION, PHOTO * 3)


@pytest.mark.parametrize(
    ("posts", "known"),
    [
        pytest.param(ALBUM, {}, id="of which nothing is stored"),
        pytest.param(ALBUM, stored(_5="", _6=CAPTION), id="of which more than the first is stored"),
        pytest.param(ALBUM, stored(_6=CAPTION), id="whose first is not stored"),
        pytest.param(
            [picture(5), picture(6, published_at=NOON + timedelta(seconds=1))], stored(_5=""), id="of two seconds"
        ),
        pytest.param([picture(5), picture(7)], stored(_5=""), id="with a number between"),
        pytest.param([picture(5, "a"), picture(6, "b")], stored(_5="a"), id="with two texts"),
        pytest.param([picture(5), picture(6, media=())], stored(_5=""), id="one of which has no picture"),
        pytest.param([picture(5), picture(6, forwarded_from="Weirs")], stored(_5=""), id="of two origins"),
        pytest.param([picture(5, published_at=None), picture(6, published_at=None)], stored(_5=""), id="of no time"),
    ],
)
def test_messages_stay_apart(posts: list[Post], known: dict[str, StoredPost]) -> None:
    assert folded(posts, known) == posts


def test_an_album_has_ten_members_at_most() -> None:
    assert [post.id for post in folded([picture(n) for n in range(1, 13)], stored(_1=""))] == ["1", "11", "12"]


def test_a_text_that_is_stored_as_that_of_a_later_member_is_no_edit() -> None:
    known = stored(_5="", _6=CAPTION)
    diff = diff_by_id([picture(5, CAPTION, media=PHOTO * 3)], known)

    assert "6" in captions_in_doubt(diff)
    settled = without_known_captions(diff, known)
    assert (settled.edited, settled.unchanged) == ((), (1,))


def test_a_text_that_nobody_knew_is_an_edit() -> None:
    diff = diff_by_id([picture(5, CAPTION)], stored(_5="", _6="Another text."))

    assert without_known_captions(diff, stored(_6="Another text.")) == diff
    assert captions_in_doubt(diff_by_id([picture(5, CAPTION)], stored(_5="A text."))) == []
