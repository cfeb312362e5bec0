"""A post is taken away from a channel: what the commands, the digest and the webhook say of it, over real HTTP."""

import json
from datetime import timedelta

from tests.e2e.conftest import House
from tests.e2e.servers import Answer
from tests.e2e.sources import feed
from tests.e2e.story import MIDNIGHT
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

_NOT_FOUND = b"""<!DOCTYPE html><html><head></head><body><div class="tgme_widget_message">
<div class="tgme_widget_message_error">Post not found</div></div></body></html>"""
_HARBOUR = '[[channel]]\nname = "harbour"\nurl = "SITE/s/harbour"\nevery = "1ms"\n'
_GAZETTE = '[[channel]]\nname = "gazette"\nurl = "SITE/feed"\nevery = "1ms"\n'


def page(*numbers: int) -> bytes:
    posts = tuple(DemoPost(n, 1, timedelta(hours=n), f"Notice {n}: Ukraine and the harbour.") for n in numbers)
    return preview_page(DemoChannel("harbour", "Harbour of Selmouth", posts), 1, MIDNIGHT)


def once(house: House) -> str:
    ended = house.run("once")
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
    return ended.out


def test_a_post_that_is_taken_away_is_told_with_its_last_text(any_house: House) -> None:
    house = any_house
    house.furnish(_HARBOUR)
    house.site.pages["/s/harbour"] = page(1, 2, 3)
    once(house)
    house.site.pages |= {"/s/harbour": page(1, 3), "/harbour/2": _NOT_FOUND}

    assert "  1 posts are missing where they were shown" in house.run("channels", "check", "harbour").out
    assert "0 edited; 0 digests made, 0 messages sent" in once(house)
    looked = house.run("channels", "check", "harbour")
    assert "  deleted [Ukraine] Notice 2: Ukraine and the harbour." in looked.out
    assert "0 new posts, 0 edited, 1 deleted; 1 digests made, 2 messages sent" in once(house)

    (change,) = house.run("changes", "--json").objects()
    assert (change["kind"], change["post"], change["tags"]) == ("deleted", "2", ["Ukraine"])
    states = {post["id"]: post["state"] for post in house.run("posts", "--json").objects()}
    assert states == {"1": "live", "2": "deleted", "3": "live"}
    ((_, mail),) = house.mail.received
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "[deleted]" in text
    assert "and the harbour." in text
    assert [json.loads(hook.body)["type"] for hook in house.site.hooks] == ["post.deleted"]
    assert "/harbour/2?embed=1&mode=tme" in house.site.asked

    house.site.pages["/s/harbour"] = page(1, 2, 3)
    once(house)
    assert [change["kind"] for change in house.run("changes", "--json").objects()] == ["deleted", "restored"]


def test_what_a_feed_leaves_out_is_deleted_if_its_page_is_gone(house: House) -> None:
    def show(*numbers: int) -> None:
        house.site.pages["/feed"] = feed(*numbers).replace(b"https://gazette.example", house.site.url.encode())

    house.furnish(_GAZETTE)
    house.site.pages |= {"/2": Answer(404), "/3": Answer(200, b"<html><body>Number three</body></html>")}
    show(1, 2, 3, 4)
    once(house)
    show(1, 4)
    once(house)
    assert ", 1 deleted;" in once(house)

    (change,) = house.run("changes", "--json").objects()
    assert (change["kind"], change["post"]) == ("deleted", f"{house.site.url}/2")
