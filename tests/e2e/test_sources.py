"""Sources as the web has them: each bad one is told in one clear line, the others are served, and nothing is lost."""

import gzip
import itertools
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.e2e import sources, story
from tests.e2e.conftest import House
from tests.e2e.process import Ended
from tests.e2e.servers import Answer, Page
from worker.bootstrap import open_watch
from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

_DESK = """
[[recipient]]
name = "desk"
email = "desk@paper.example"
digest = { at = "00:00" }
"""
_HARBOUR = '[[channel]]\nname = "harbour"\nurl = "SITE/s/harbour"\nevery = "1ms"\n'


def once(house: House, code: int = 0) -> Ended:
    ended = house.run("once")
    assert (ended.code, "Traceback" in ended.err, "internal error" in ended.err) == (code, False, False), ended.err
    return ended


def states(house: House) -> dict[str, dict[str, Any]]:
    channels = json.loads(house.run("status", "--json").out)["channels"]
    return {channel["name"]: channel for channel in channels}


def failures(ended: Ended) -> dict[str, str]:
    """Return the line of each channel that failed."""
    bad = [line for line in ended.logged("channel_checked") if line["level"] == "warning"]
    assert len({line["channel"] for line in bad}) == len(bad)
    assert all({"failures", "next_check_at", "export"} <= line.keys() for line in bad)
    return {line["channel"]: line["error"] for line in bad}


# --------------------------------------------------------------------------- every kind of bad answer, in one round

_STOP = threading.Event()


def _drip() -> Iterator[bytes]:
    for _ in range(200):
        yield b"x"
        _STOP.wait(0.05)


def _endless() -> Iterable[bytes]:
    return itertools.repeat(b"<p>and so on</p>" * 1_000)


def _moved(path: str) -> Callable[[str], Page]:
    return lambda _name: Answer(302, headers={"Location": path})


def _answer(answer: Page) -> Callable[[str], Page]:
    return lambda _name: answer


def _cut_off(name: str) -> Page:
    return _page(name, 2)[:-400]


#: name of the channel -> what is answered in its place, the words that tell of it, the state of the channel
BAD: Mapping[str, tuple[Callable[[str], Page], str, str]] = {
    "gzip_bomb": (
        _answer(Answer(body=gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"})),
        "larger than 8,000,000 bytes",
        "failing",
    ),
    "brotli_unasked": (_answer(Answer(body=b"\x0b\x02\x80", headers={"Content-Encoding": "br"})), "br", "failing"),
    "endless_body": (_answer(Answer(pieces=_endless)), "larger than 8,000,000 bytes", "failing"),
    "slow_drip": (_answer(Answer(pieces=_drip)), "did not finish its answer within 0.5 s", "failing"),
    "circle": (_moved("/s/circle?again"), "redirects in a circle", "failing"),
    "metadata": (_moved("http://169.254.169.254/latest/"), "169.254.169.254 is not a public address", "failing"),
    "members": (_moved("/login"), "redirects to a login page", "failing"),
    "soft_ban": (_answer(sources.LANDING), "landing page", "failing"),
    "no_preview": (_moved("/landing"), "no public preview", "no_preview"),
    "truncated": (_cut_off, "cut off", "failing"),
    "forbidden": (_answer(Answer(403)), "forbids the access (status 403)", "failing"),
    "robots": (lambda name: _page(name, 2), "says the site's robots.txt", "failing"),
    "limited": (_answer(Answer(429)), "we ask too often (status 429)", "failing"),
}


def _page(name: str, number: int) -> bytes:
    channel = DemoChannel(
        name,
        f"Bureau {name}",
        tuple(DemoPost(n, n, timedelta(hours=n), f"{name}: notice {n} on the CIS.") for n in (1, 2)),
    )
    return preview_page(channel, number, story.MIDNIGHT)


def test_each_bad_answer_is_one_clear_line_and_the_others_are_served(house: House) -> None:
    names = (*BAD, "sound")
    tables = "".join(f'[[channel]]\nname = "{n}"\nurl = "SITE/s/{n}"\nevery = "1ms"\n' for n in names)
    house.furnish(tables, _DESK, timeout="500ms")
    house.site.pages |= {f"/s/{name}": _page(name, 1) for name in names}
    once(house)
    house.site.pages |= {f"/s/{name}": make(name) for name, (make, _, _) in BAD.items()}
    house.site.pages |= {"/s/sound": _page("sound", 2), "/landing": sources.LANDING, "/login": sources.LOGIN}
    house.site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /s/robots\n"

    ended = once(house, code=1)

    told = failures(ended)
    assert {name: words for name, (_, words, _) in BAD.items() if words not in told.get(name, "")} == {}, told
    assert told.keys() == BAD.keys()
    assert "14 channels checked: 1 new posts" in ended.out
    assert ended.out.strip().endswith("1 digests made, 1 messages sent, 13 failures")
    found = states(house)
    assert {name: found[name]["state"] for name in BAD} == {name: state for name, (_, _, state) in BAD.items()}
    assert all(found[name]["posts"] == 1 and found[name]["failures"] == 1 for name in BAD)
    (_, mail), *_ = house.mail.received
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "14 of 14 channels checked" in text or "14 channels checked" in text

    del house.site.pages["/robots.txt"]
    house.site.pages |= {f"/s/{name}": _page(name, 2) for name in names}
    assert "13 new posts, 0 edited" in once(house).out  # what was written meanwhile is found
    assert {channel["state"] for channel in states(house).values()} == {"ok"}


# --------------------------------------------------------------------------- validators


def test_weak_validators_go_back_as_they_came_and_a_304_is_a_good_check(house: House) -> None:
    house.furnish(_HARBOUR, _DESK)
    house.site.pages["/s/harbour"] = sources.not_changed(_page("harbour", 1), 'W/"7-été"'.encode().decode("latin-1"))
    once(house)

    ended = once(house)

    assert [line["outcome"] for line in ended.logged("channel_checked")] == ["not_modified"]
    held = [request.headers.get("if-none-match") for request in house.site.requests if request.path == "/s/harbour"]
    assert held == [None, 'W/"7-été"'.encode().decode("latin-1")]
    assert states(house)["harbour"]["state"] == "ok"


def test_a_death_between_the_answer_and_its_posts_loses_no_update(house: House) -> None:
    house.furnish(_HARBOUR, _DESK)

    def held() -> str | None:
        """The validator that was sent last."""
        return [request for request in house.site.requests if request.path == "/s/harbour"][-1].headers["if-none-match"]

    house.site.pages["/s/harbour"] = sources.not_changed(_page("harbour", 1), 'W/"1"')
    once(house)
    house.site.pages["/s/harbour"] = sources.not_changed(_page("harbour", 2), 'W/"2"')
    for step in (2, 3):  # the page has answered, its robots.txt too; neither is written yet
        assert house.run("once", kill_at=step).code == -9
        assert (held(), states(house)["harbour"]["posts"]) == ('W/"1"', 1)

    assert ("1 new posts" in once(house).out, held()) == (True, 'W/"1"')
    assert ("0 new posts" in once(house).out, held()) == (True, 'W/"2"')


# --------------------------------------------------------------------------- asking again


@pytest.fixture
def clock() -> sources.Clock:
    return sources.Clock()


_SENT = "Sun, 01 Mar 2026 08:00:00 GMT"
_WAITS: Mapping[str, tuple[str | None, timedelta]] = {
    "seconds": ("18000", timedelta(hours=5)),
    "date": ("Sun, 01 Mar 2026 13:00:00 GMT", timedelta(hours=5)),
    "old_date": ("Sunday, 01-Mar-26 13:00:00 GMT", timedelta(hours=5)),
    "oldest_date": ("Sun Mar  1 13:00:00 2026", timedelta(hours=5)),
    "shorter": ("60", timedelta(hours=2)),
    "nonsense": ("soon", timedelta(hours=2)),
    "past": ("Sun, 01 Mar 2026 07:00:00 GMT", timedelta(hours=2)),
    "endless": ("99999999999", timedelta(days=1)),
    "missing": (None, timedelta(hours=2)),
}


def test_each_form_of_retry_after_is_kept_and_never_shortens_the_own_pause(house: House, clock: sources.Clock) -> None:
    tables = "".join(f'[[channel]]\nname = "{n}"\nurl = "SITE/s/{n}"\nevery = "1h"\n' for n in _WAITS)
    settings = house.furnish(tables, _DESK)
    for name, (said, _) in _WAITS.items():
        house.site.pages[f"/s/{name}"] = Answer(429, headers={"Date": _SENT} | ({"Retry-After": said} if said else {}))

    with open_watch(settings, clock=clock) as watch:
        checked = {check.channel: check for check in watch.check(lambda: False)}

        for name, (_, wait) in _WAITS.items():
            again = checked[name].next_check_at
            assert again is not None
            assert wait <= again - clock.now <= wait + timedelta(minutes=6), name
        clock.goes_on(hours=4)
        asked_before = len(house.site.asked)
        list(watch.check(lambda: False))
        assert len(house.site.asked) - asked_before == 4  # who asked for five hours is left alone


def test_410_stops_for_good_and_a_permanent_move_is_reported(
    house: House, clock: sources.Clock, trusting: ssl.SSLContext
) -> None:
    settings = house.furnish(_HARBOUR + _HARBOUR.replace("harbour", "pier"), _OPERATORS)
    house.site.pages |= {
        "/s/harbour": Answer(410),
        "/s/pier": Answer(301, headers={"Location": "/s/new-pier"}),
        "/s/new-pier": _page("pier", 1),
    }
    with open_watch(settings, clock=clock, tls_context=trusting) as watch:
        for _ in range(3):
            list(watch.check(lambda: False))
            clock.goes_on(days=1)
        assert len([attempt for attempt in watch.deliver(lambda: False) if not attempt.failed]) == 4

    assert house.site.asked.count("/s/harbour") == 1
    assert house.site.asked.count("/s/pier") == 3
    found = states(house)
    assert (found["harbour"]["state"], found["harbour"]["next_check_at"]) == ("gone", None)
    assert found["pier"]["moved_to"] == f"{house.site.url}/s/new-pier"
    told = [json.loads(hook.body) for hook in house.site.hooks]
    assert sorted((body["type"], body["data"]["channel"]) for body in told) == [
        ("channel.moved", "pier"),
        ("channel.state", "harbour"),
    ]
    shown = house.run("channels").out
    assert "harbour: gone" in shown
    assert "next not by itself" in shown
    assert "has moved for good to" in shown


_OPERATORS = """
[[recipient]]
name = "ops"
email = "ops@paper.example"
notices = true
[[recipient]]
name = "ops-hook"
webhook = "SITE/ops"
secret = { file = "hook-secret" }
notices = true
"""


# --------------------------------------------------------------------------- what was written while nobody looked


def test_500_posts_while_the_daemon_was_down_wait_for_a_person(house: House) -> None:
    harbour = house.site.pages["/s/harbour"] = sources.Preview(house.site.url)
    house.furnish(_HARBOUR, _DESK + _OPERATORS)
    once(house)
    harbour.newest = 520

    shown = house.run("channels", "check", "harbour").out
    assert "500 new, 0 edited" in shown
    assert shown.count("[BRICS]") == 10

    ended = once(house)

    assert harbour.paged == 48  # twice: the look and the check
    (line,) = ended.logged("channel_checked")
    assert (line["new"], line["pages"], line["held"]) == (500, 25, 500)
    assert "500 new posts, 0 edited; 0 digests made, 2 messages sent, 0 failures" in ended.out
    assert "500 changes are held: watchword channels approve|rebaseline harbour" in house.run("channels").out
    assert "! harbour: 500 changes are held" in house.run("status").out
    assert [address for address, _ in house.mail.received] == ["ops@paper.example"]

    approved = house.run("channels", "approve", "harbour")
    assert (approved.code, approved.out) == (0, "500 held changes are told now\n")
    assert "1 digests made, 1 messages sent" in once(house).out
    assert states(house)["harbour"]["held"] == 0
    assert "10 BRICS" in str(house.mail.received[-1][1]["subject"])

    harbour.newest = 900
    assert "380 new posts" in once(house).out
    rebaselined = house.run("channels", "rebaseline", "harbour")
    assert (rebaselined.code, rebaselined.out) == (0, "380 held changes will not be told\n")
    harbour.newest = 901
    assert "1 new posts" in once(house).out
    assert (states(house)["harbour"]["posts"], len(house.run("changes", "--json").objects())) == (901, 501)


def test_what_lies_further_back_than_the_bound_is_a_gap_that_the_next_rounds_close(house: House) -> None:
    harbour = house.site.pages["/s/harbour"] = sources.Preview(house.site.url)
    house.furnish("[limits]\npages_back = 2\nhold_above = 1000\n" + _HARBOUR, _DESK)
    once(house)
    harbour.newest = 120

    assert "60 new posts" in once(house).out
    (gap,) = states(house)["harbour"]["gaps"]
    assert (gap["after"], gap["before"], gap["at_most"]) == ("20", "61", 40)
    assert "gap between" in house.run("channels").out
    assert "at most 40 posts" in house.run("channels").out

    assert "40 new posts" in once(house).out
    assert states(house)["harbour"]["gaps"] == []
    assert states(house)["harbour"]["posts"] == 120


def test_a_feed_of_which_nothing_is_known_any_more_is_a_gap_in_status_and_in_the_digest(
    house: House, clock: sources.Clock, trusting: ssl.SSLContext
) -> None:
    settings = house.furnish('[[channel]]\nname = "gazette"\nurl = "SITE/feed"\n', _DESK)
    house.site.pages["/feed"] = sources.feed(*range(1, 11))
    with open_watch(settings, clock=clock, tls_context=trusting) as watch:
        assert [check.new for check in watch.check(lambda: False)] == [10]
        clock.goes_on(days=3)
        house.site.pages["/feed"] = sources.feed(*range(51, 61))
        assert [check.new for check in watch.check(lambda: False)] == [10]
        assert [digest.changes for digest in watch.digests()] == [10]
        assert [attempt.state for attempt in watch.deliver(lambda: False)] == ["sent"]

    (gap,) = states(house)["gazette"]["gaps"]
    assert (gap["from"], gap["to"]) == ("2026-03-02T12:00:00+00:00", "2026-03-04T15:00:00+00:00")
    assert gap["at_most"] is None
    ((_, mail),) = house.mail.received
    missed = "posts between 2 Mar 2026, 12:00 and 4 Mar 2026, 15:00 may have been missed"
    for kind in ("plain", "html"):
        assert missed in " ".join(mail.get_body((kind,)).get_content().split())  # type: ignore[union-attr]


def test_the_archive_of_a_wordpress_site_is_paged_back_to_what_is_known(house: House) -> None:
    archive = sources.Archive(newest=12)
    house.site.pages |= {"/news/": archive, **{f"/news/page/{n}/": archive for n in range(2, 7)}}
    house.furnish('[[channel]]\nname = "news"\nurl = "SITE/news/"\nevery = "1ms"\n', _DESK)
    first = once(house)
    assert "10 new posts" in first.out
    (line,) = first.logged("better_source_known")
    assert line["addresses"] == [f"{house.site.url}/news/feed/"]
    archive.newest = 45

    ended = once(house)

    (line,) = ended.logged("channel_checked")
    assert (line["new"], line["pages"]) == (33, 4)
    assert ended.logged("better_source_known") == []
    assert "/news/page/5/" not in house.site.asked
    assert states(house)["news"]["gaps"] == []
    assert f"a more exact export: {house.site.url}/news/feed/" in house.run("channels", "check", "news").out


# --------------------------------------------------------------------------- a page that changes its layout


_LIGHTHOUSE = """
[[channel]]
name = "lighthouse"
title = "Lighthouse Office"
url = "SITE/news"
every = "10m"
[channel.selectors]
post = "article.news"
title = "h2"
"""


def test_a_changed_layout_is_told_once_on_entering_and_once_on_leaving(
    house: House, clock: sources.Clock, trusting: ssl.SSLContext
) -> None:
    settings = house.furnish(_LIGHTHOUSE, _OPERATORS)
    layouts = [sources.news_page("The lamp is lit")]
    layouts += [sources.news_page("The lamp is lit", "Fog", kind="teaser")] * 4
    layouts += [sources.news_page("The lamp is lit", "Fog")] * 2
    outcomes = []
    with open_watch(settings, clock=clock, tls_context=trusting) as watch:
        for layout in layouts:
            house.site.pages["/news"] = layout
            outcomes += [(check.outcome, check.new) for check in watch.check(lambda: False)]
            assert not [attempt for attempt in watch.deliver(lambda: False) if attempt.failed]
            clock.goes_on(hours=8)

    assert outcomes == [("ok", 1), *[("changed_layout", 0)] * 4, ("ok", 1), ("ok", 0)]
    hooks = [json.loads(hook.body) for hook in house.site.hooks]
    assert [(body["type"], body["data"]["state"], body["data"]["before"]) for body in hooks] == [
        ("channel.state", "changed_layout", "ok"),
        ("channel.state", "ok", "changed_layout"),
    ]
    assert [str(mail["subject"]) for _, mail in house.mail.received] == [
        "Watchword: Lighthouse Office has changed its layout",
        "Watchword: Lighthouse Office works again",
    ]
    entered = house.mail.received[0][1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "article.news" in entered
    assert "The last good check was at 2 Mar 2026, 12:00." in entered


def test_parse_reads_a_page_as_its_channel_is_read(house: House) -> None:
    house.furnish(_LIGHTHOUSE, _OPERATORS)
    (house.folder / "news.html").write_bytes(sources.news_page("The lamp is lit", "Fog on the BRICS lawn"))

    posts = house.run("parse", "news.html", "--channel", "lighthouse", "--json").objects()
    assert [(post["text"].split("\n")[0], post["tags"]) for post in posts] == [
        ("The lamp is lit", []),
        ("Fog on the BRICS lawn", ["BRICS"]),
    ]
    assert house.run("parse", "news.html", "--json").code == 1
    unknown = house.run("parse", "news.html", "--channel", "lamp", "--json")
    assert (unknown.code, "known are lighthouse" in unknown.err) == (2, True)


# --------------------------------------------------------------------------- dropped files, and no channel at all


def test_a_bad_file_stays_visible_until_it_is_replaced_or_taken_away(house: House) -> None:
    house.furnish(story.folder_table(), _DESK)
    house.drop("1.txt", story.dump(0))
    house.drop("2.txt", b"")
    house.drop("3.txt", b"")
    once(house, code=1)
    once(house)

    (channel,) = states(house).values()
    assert (channel["state"], channel["last_error"], len(channel["bad_files"])) == ("ok", None, 2)
    assert "2 files could not be read, the last: " in house.run("channels").out
    assert "3.txt" in house.run("status").out

    house.drop("2.txt", story.dump(0, 1))
    (house.dumps / "3.txt").unlink()
    assert "1 new posts" in once(house).out
    assert states(house)["quay"]["bad_files"] == []


def test_a_day_on_which_no_channel_could_be_checked_is_told(
    house: House, clock: sources.Clock, trusting: ssl.SSLContext
) -> None:
    tables = story.tables(story.FISHERIES, story.PORT, every="1h")
    settings = house.furnish(tables, _DESK)
    with open_watch(settings, clock=clock, tls_context=trusting) as watch:

        def day() -> list[str]:
            list(watch.check(lambda: False))
            list(watch.digests())
            sent = [str(house.mail.received[-1][1]["subject"]) for _ in watch.deliver(lambda: False)]
            clock.goes_on(days=1)
            return sent

        for number in (1, 2):
            house.site.pages.update(story.pages(number, story.FISHERIES, story.PORT))
            first = day()
        assert first == ["Watchword: 1 BRICS, 1 CIS, 2 Ukraine, 1 edit - 3 Mar"]
        assert day() == []  # nothing found, and all was looked at
        house.site.pages.clear()
        assert day() == ["Watchword: no channel checked - 5 Mar"]
        text = house.mail.received[-1][1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "0 of 2 channels checked" in text
        assert "Nothing was found" not in text
        house.site.pages.update(story.pages(2, story.PORT))
        assert day() == []  # one of them is enough to know something
