"""Stories: what several channels tell is found while they are checked, whichever was checked first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import Engine, select

from tests.builders import NOON, make_new, make_record
from tests.checking import Checks
from worker.adapters.store import Store
from worker.adapters.store.schema import post, sketch
from worker.core.doubles import sketch as keys_of
from worker.core.models import ChangeKind, Match
from worker.core.record import Announcement, NewPost

STORY = "The lock at Selmouth is open again, and barges from all the upper canals may pass it by day and by night"
OTHER = "A painter has begun to restore the signs of every lock keeper along the lower reach of the canal"
SIGNED = f"⚓️ {STORY}!\n\nSubscribe to the Barge Post"


def feed(posts: Mapping[str, str]) -> bytes:
    entries = (
        f"<item><guid>{name}</guid><description>{escape(text)}</description></item>" for name, text in posts.items()
    )
    return f'<rss version="2.0"><channel><title>x</title>{"".join(entries)}</channel></rss>'.encode()


def checks(store: Store, *names: str) -> list[Checks]:
    """Channels that have had their first check."""
    made = [Checks(store, url=f"https://{name}.example/feed/", name=name) for name in names]
    store.set_up_channels({one.name: one.url for one in made}, NOON)
    for one in made:
        one.fetched(feed({"old": "An old post"}))
    return made


def stories(store: Store) -> dict[str, int | None]:
    """Return the story of each change that is to be told, by channel and text."""
    return {f"{told.channel}: {told.text}": told.story for told in store.untold("desk").values()}


def test_a_text_that_another_channel_has_told_is_the_same_story(engine: Engine) -> None:
    store = Store(engine)
    canals, barges = checks(store, "canals", "barges")
    canals.fetched(feed({"1": STORY, "2": OTHER}))
    barges.fetched(feed({"a": SIGNED}))
    found = stories(store)
    assert found[f"barges: {SIGNED}"] == found[f"canals: {STORY}"] != found[f"canals: {OTHER}"]


def test_a_story_keeps_the_number_of_its_first_post(engine: Engine) -> None:
    store = Store(engine)
    made = checks(store, "canals", "barges", "ferries")
    for one in made:
        one.fetched(feed({"1": STORY}))
    assert len(set(stories(store).values())) == 1


def test_a_story_is_found_among_checks_that_share_a_transaction(engine: Engine) -> None:
    store = Store(engine)
    canals, barges = checks(store, "canals", "barges")
    with store.together():
        canals.fetched(feed({"1": STORY}))
        barges.fetched(feed({"a": SIGNED}))
    assert len(set(stories(store).values())) == 1


def test_equal_posts_of_one_channel_are_two_stories(engine: Engine) -> None:
    store = Store(engine)
    (canals,) = checks(store, "canals")
    canals.fetched(feed({"1": STORY, "2": STORY}))
    canals.fetched(feed({"3": STORY}))
    assert len({told.story for told in store.untold("desk").values()}) == 3


def test_only_what_can_be_told_is_sketched(engine: Engine) -> None:
    store = Store(engine)
    (canals,) = checks(store, "canals")
    canals.fetched(feed({"1": "Nothing that anybody has asked for, in more than a few words"}))
    with engine.connect() as connection:
        assert connection.execute(select(sketch)).all() == []
    canals.fetched(feed({"2": STORY}))
    with engine.connect() as connection:
        rows = connection.execute(select(sketch.c.key).join(post, post.c.row_id == sketch.c.post_row)).scalars()
        assert sorted(rows) == sorted(keys_of(STORY))


def test_a_story_told_long_ago_is_told_anew(engine: Engine) -> None:
    store = Store(engine)
    canals, barges = checks(store, "canals", "barges")
    canals.fetched(feed({"1": STORY}))
    barges.now += timedelta(days=15)
    barges.fetched(feed({"a": STORY}))
    assert len(set(stories(store).values())) == 2


# --------------------------------------------------------------------------- the store alone

NEWS = Announcement(ChangeKind.NEW, ("Locks",), digests=("desk",))


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "/srv/quay/*.txt"}, NOON)
    return made


def sketched(text: str, number: int, *keys: int, story: int | None = None) -> NewPost:
    made = make_new(text, number, announcement=NEWS, matches=(Match("Locks", "lock", 0, 1),))
    return replace(made, sketch=keys, story=story)


def test_candidates_come_with_the_most_keys_in_common_first(store: Store) -> None:
    store.record_check(
        make_record(sketched("one", 1, 7), sketched("three", 2, 7, 8, 9), sketched("two", 3, 7, 8, story=1))
    )
    (found,) = store.story_candidates("quay", [(7, 8, 9, 10)], since=NOON)
    assert [(candidate.text, candidate.story) for candidate in found] == [("three", None), ("two", 1), ("one", None)]


def test_every_new_post_gets_its_own_candidates(store: Store) -> None:
    store.record_check(make_record(sketched("one", 1, -7), sketched("two", 2, 2**62)))
    found = store.story_candidates("quay", [(2**62,), (5,), (-7, 5)], since=NOON)
    assert [[candidate.text for candidate in some] for some in found] == [["two"], [], ["one"]]


def test_the_channels_own_posts_are_no_candidates(store: Store) -> None:
    store.record_check(make_record(sketched("one", 1, 7)))
    assert store.story_candidates("harbour", [(7,)], since=NOON) == [()]


def test_of_a_template_only_the_newest_are_candidates(store: Store) -> None:
    store.record_check(make_record(*(sketched(str(number), number, 7) for number in range(30))))
    (found,) = store.story_candidates("quay", [(7,)], since=NOON, limit=5)
    assert [candidate.text for candidate in found] == ["29", "28", "27", "26", "25"]


def test_old_keys_are_forgotten_piece_by_piece(store: Store, engine: Engine) -> None:
    store.record_check(make_record(*(sketched(str(number), number, 7, 8) for number in range(5))))
    store.record_check(make_record(sketched("new", 9, 7), at=NOON + timedelta(hours=1)))
    assert [store.prune_sketches(NOON + timedelta(minutes=1), most=4) for _ in range(4)] == [4, 4, 2, 0]
    with engine.connect() as connection:
        assert len(connection.execute(select(sketch)).all()) == 1
