"""Recipients of every kind: who there is, a message for a trial, and a round that a chat and a feed reader notice."""

import json
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from tests.e2e.conftest import House
from tests.e2e.servers import Answer
from tests.e2e.story import MIDNIGHT
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

pytest.importorskip("apprise", reason="the extra for chats is not installed")

_HARBOUR = '[[channel]]\nname = "harbour"\nurl = "SITE/s/harbour"\nevery = "1ms"\n'
_ALL = """
[[recipient]]
name = "desk"
email = "desk@paper.example"
digest = { at = "07:30", timezone = "Europe/Paris", language = "fr" }

[[recipient]]
name = "hook"
webhook = "SITE/hook"
secret = { file = "hook-secret" }
alerts = true

[[recipient]]
name = "room"
chat = { file = "room-address" }
alerts = true
watchlists = ["Ukraine"]

[[feed]]
path = "ukraine.atom"
watchlists = ["Ukraine"]
"""
_TOKEN = "r00mt0k3nr00mt0k3n"


@pytest.fixture
def furnished(house: House) -> House:
    """A house with a recipient of each way, and a feed."""
    house.furnish(_HARBOUR, _ALL)
    address = house.folder / "room-address"
    address.touch(mode=0o600)
    address.write_text(f"mmost://127.0.0.1:{urlsplit(house.site.url).port}/{_TOKEN}\n")
    return house


def _answer(house: House, *statuses: int) -> None:
    house.site.hook_answers[f"/hooks/{_TOKEN}"] = [Answer(status, b"ok") for status in statuses]


def _page(*texts: str) -> bytes:
    posts = tuple(DemoPost(n, 1, MIDNIGHT.replace(hour=n) - MIDNIGHT, text) for n, text in enumerate(texts, 1))
    return preview_page(DemoChannel("harbour", "Harbour of Selmouth", posts), 1, MIDNIGHT)


def test_a_change_reaches_a_room_and_a_feed(furnished: House) -> None:
    furnished.site.pages["/s/harbour"] = _page("A quiet day.")
    assert furnished.run("once").code == 0
    furnished.site.pages["/s/harbour"] = _page("A quiet day.", "A ship from Ukraine. @everyone")
    _answer(furnished, 200)
    assert furnished.run("once").code == 0
    (said,) = [json.loads(hook.body)["text"] for hook in furnished.site.hooks if "webhook-id" not in hook.headers]
    assert said.splitlines()[0] == "Ukraine · Harbour of Selmouth"
    assert said.splitlines()[1] == "A ship from Ukraine. @\u200beveryone"
    feed = (furnished.folder / "ukraine.atom").read_bytes()
    titles = [one.text for one in ElementTree.fromstring(feed).iter("{http://www.w3.org/2005/Atom}title")]
    assert titles == ["Watchword", "Harbour of Selmouth: A ship from Ukraine. @everyone"]
    assert furnished.run("once").code == 0
    assert (furnished.folder / "ukraine.atom").read_bytes() == feed


def test_each_recipient_can_be_sent_a_test_that_leaves_no_delivery(furnished: House) -> None:
    assert furnished.run("db", "upgrade").code == 0
    _answer(furnished, 200)
    assert furnished.run("recipients", "test", "desk").out.startswith("desk: sent: 250")
    assert furnished.run("recipients", "test", "hook").out == "hook: sent: 204 No Content\n"
    assert furnished.run("recipients", "test", "room").out == "room: sent: Mattermost took it\n"
    ((to, mail),) = furnished.mail.received
    assert (to, mail["subject"]) == ("desk@paper.example", "Watchword: ceci est un essai")
    hook, room = (json.loads(one.body) for one in furnished.site.hooks)
    assert (hook["type"], hook["data"]) == ("recipient.test", {"recipient": "hook"})
    assert room["text"].splitlines() == [
        "this is a test",
        "Messages for room arrive here. Nothing was found, and nothing is to be done.",
    ]
    assert furnished.run("deliveries", "list", "--json").objects() == []


def test_a_test_that_fails_says_what_the_other_side_answered(furnished: House) -> None:
    furnished.site.hook_answers["/hook"] = [Answer(403, b"wrong key")]
    _answer(furnished, 404)
    furnished.mail.refused["desk@paper.example"] = "550 5.1.1 nobody here"
    for name, words in (("desk", "nobody here"), ("hook", "403"), ("room", "Mattermost answered 404")):
        ended = furnished.run("recipients", "test", name)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith(f"watchword: {name}: ")
        assert words in ended.err
        assert _TOKEN not in ended.err
    (furnished.folder / "room-address").unlink()
    ended = furnished.run("recipients", "test", "room")
    assert (ended.code, "room-address" in ended.err) == (1, True)


def test_a_name_that_is_none_is_refused_with_those_there_are(furnished: House) -> None:
    ended = furnished.run("recipients", "test", "dusk")
    assert ended.code == 2
    assert "known are desk, hook, room" in " ".join(ended.err.split())


def test_the_list_says_how_each_is_reached_and_what_it_had(furnished: House) -> None:
    furnished.site.pages["/s/harbour"] = _page("A quiet day.")
    furnished.run("once")
    furnished.site.pages["/s/harbour"] = _page("A quiet day.", "A ship from Ukraine.")
    _answer(furnished, 503)
    furnished.run("once")
    desk, hook, room = furnished.run("recipients", "list", "--json").objects()
    assert [one["way"] for one in (desk, hook, room)] == ["email", "webhook", "chat"]
    assert desk["wants"] == ["digest"]
    assert desk["next_digest_at"].endswith(("05:30:00+00:00", "06:30:00+00:00"))
    assert (hook["waiting"], hook["last_sent_at"] is None) == (0, False)
    assert (room["waiting"], room["last_sent_at"], room["watchlists"]) == (1, None, ["Ukraine"])
    text = furnished.run("recipients", "list").out
    assert "room  chat: alerts\n  watchlists: Ukraine\n  nothing sent yet\n  1 waiting" in text
    assert _TOKEN not in text
