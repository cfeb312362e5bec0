"""Whole rounds by the command ``once``, over real HTTP, SMTP and webhook connections."""

import json
from typing import Any

from standardwebhooks import Webhook

from tests.e2e import story
from tests.e2e.conftest import SECRET, House

_CHANGE_KEYS = {"at", "channel", "post", "url", "kind", "grade", "term_changes", "tags", "seen_in"}
_POST_KEYS = {
    "channel",
    "id",
    "url",
    "published_at",
    "text",
    "tags",
    "state",
    "revisions",
    "first_seen_at",
    "last_seen_at",
}


def play(house: House, number: int, *dumps: tuple[str, str]) -> str:
    """Show the site as in round `number`, drop the dumps, work once and return the summary."""
    house.site.pages.update(story.pages(number))
    for name, content in dumps:
        house.drop(name, content)
    ended = house.run("once")
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err
    return ended.out.strip()


def test_two_rounds_from_the_pages_to_mail_and_webhooks(any_house: House) -> None:
    house = any_house
    house.furnish(story.tables() + story.folder_table())

    assert play(house, 1, ("1.txt", story.dump(0, 1))) == (
        "4 channels checked: 6 new posts, 0 edited; 0 digests made, 0 messages sent, 0 failures"
    )
    assert (house.mail.received, house.site.hooks) == ([], [])  # a baseline tells nobody
    assert house.run("changes", "--json").objects() == []

    assert play(house, 2, ("2.txt", story.dump(1, 2, 3))) == (
        "4 channels checked: 7 new posts, 1 edited; 1 digests made, 7 messages sent, 0 failures"
    )
    _check_mail(house)
    _check_hooks(house)
    _check_listings(house)

    assert play(house, 2, ("3.txt", story.dump(1, 2, 3))) == (
        "4 channels checked: 0 new posts, 0 edited; 0 digests made, 0 messages sent, 0 failures"
    )
    assert (len(house.mail.received), len(house.site.hooks)) == (1, 6)


def _check_mail(house: House) -> None:
    ((address, mail),) = house.mail.received
    assert address == "desk@paper.example"
    assert str(mail["message-id"]).endswith("@watch.example>")
    body = mail.get_body(("plain",))
    assert body
    text = body.get_content()
    for expected in ("deep sea fishing", "Estria Net Office", "Un cargo chargé", "правила торговли", "grain ship"):
        assert expected in text
    assert "fish market" not in text


def _check_hooks(house: House) -> None:
    for hook in house.site.hooks:
        Webhook(SECRET).verify(hook.body, dict(hook.headers))
    assert len({hook.id for hook in house.site.hooks}) == len(house.site.hooks) == 6


def _check_listings(house: House) -> None:
    changes = house.run("changes", "--since", "1h", "--json").objects()
    assert all(change.keys() == _CHANGE_KEYS for change in changes)
    found = {(change["channel"], change["post"]): change for change in changes}
    tags = {key: (change["kind"], change["tags"]) for key, change in found.items() if key[0] != "quay"}
    assert tags == {
        ("estria_fisheries", "12"): ("edited", ["Ukraine"]),
        ("estria_fisheries", "13"): ("new", ["BRICS"]),
        ("estria_fisheries", "14"): ("new", ["CIS"]),
        ("estria_fisheries", "15"): ("new", []),
        ("vallonne_port", "6"): ("new", ["Ukraine"]),
        ("polesye_press", "71"): ("new", ["BRICS", "CIS"]),
    }
    assert found["estria_fisheries", "12"]["term_changes"] == [{"watchlist": "Ukraine", "kind": "gained"}]
    assert found["estria_fisheries", "13"]["url"] == "https://t.me/estria_fisheries/13"
    assert found["estria_fisheries", "13"]["seen_in"] == f"{house.site.url}/s/estria_fisheries"
    assert [change["tags"] for change in changes if change["channel"] == "quay"] == [[], ["Ukraine"]]

    posts = house.run("posts", "--json").objects()
    assert all(post.keys() == _POST_KEYS for post in posts)
    assert len(posts) == 13
    (edited,) = [post for post in posts if post["revisions"] == 2]
    assert (edited["id"], edited["state"], edited["tags"]) == ("12", "live", ["Ukraine"])
    assert "to Ukraine" in edited["text"]

    state: dict[str, Any] = json.loads(house.run("status", "--json").out)
    assert {"channels", "outbox", "digests", "storage"} <= state.keys()
    assert [(channel["name"], channel["state"], channel["posts"]) for channel in state["channels"]] == [
        ("estria_fisheries", "ok", 5),
        ("vallonne_port", "ok", 2),
        ("polesye_press", "ok", 2),
        ("quay", "ok", 4),
    ]
    assert all({"last_ok_at", "next_check_at", "gaps"} <= channel.keys() for channel in state["channels"])
    assert (state["outbox"]["waiting"], state["outbox"]["sent"], state["outbox"]["dead"]) == (0, 7, 0)
    assert [(digest["recipient"], digest["changes"]) for digest in state["digests"]] == [("desk", 6)]


def test_a_dump_with_one_changed_word_yields_one_edit(house: House) -> None:
    house.furnish(story.folder_table())
    play(house, 1, ("1.txt", story.dump(0, 1, 2)))

    summary = play(house, 1, ("2.txt", story.dump(0, 1, 2, changed=("yellow", "orange"))))

    assert summary.startswith("1 channels checked: 0 new posts, 1 edited;")
    (change,) = house.run("changes", "--json").objects()
    assert (change["kind"], change["seen_in"]) == ("edited", str(house.dumps / "2.txt"))


def test_once_waits_for_a_file_that_was_dropped_just_now(house: House) -> None:
    house.furnish(story.folder_table())
    house.drop("1.txt", story.dump(0))
    play(house, 1)
    (house.dumps / "2.txt").write_text(story.dump(0, 1), encoding="utf-8")  # its time is now

    assert house.run("once").out.startswith("1 channels checked: 1 new posts, 0 edited;")
