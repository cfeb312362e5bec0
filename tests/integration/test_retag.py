"""Tagging history anew, on both databases: every older post ends as the changed watchlists say, and nobody is told."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from structlog.testing import capture_logs
from typer.testing import CliRunner

from tests.builders import NOON, make_found, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, upgrade
from worker.adapters.store.finding import PostsWanted
from worker.adapters.store.schema import alerted, change, delivery, match, wanted
from worker.adapters.templates import Templates
from worker.bootstrap import open_import, open_watch, read_status
from worker.bootstrap.recipients import plan_of
from worker.cli.options import app
from worker.config import load
from worker.core.diff import Edit
from worker.core.models import ChangeKind, Outcome, Result, Term, Watchlist
from worker.core.record import Announcement, DeletedPost, EditedPost
from worker.core.retagging import Retagged
from worker.core.sample import sample_digest
from worker.core.watchlist.definition import fingerprints
from worker.core.watchlist.matcher import Matcher
from worker.jobs.digest import DigestPlan, enqueue_digests
from worker.jobs.retag import PostsRetagged, retag_posts
from worker.jobs.take_in import Choice

DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)
#: every tenth text is of ships, every fourth of grain
MANY = [f"note {n}{' on a ship' * (n % 10 == 0)}{' with grain' * (n % 4 == 0)}" for n in range(1, 3001)]
TEXTS = MANY[:600]


def watch_for(name: str, *terms: str) -> Watchlist:
    return Watchlist(name, tuple(Term(term) for term in terms))


SHIPS, GRAIN = watch_for("Ships", "ship"), watch_for("Grain", "grain")


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    return made


def set_up(store: Store, *watchlists: Watchlist, at: datetime = NOON) -> Matcher:
    store.set_up_tagging(fingerprints(watchlists), at)
    return Matcher(watchlists)


def remember(store: Store, matcher: Matcher, texts: Sequence[str], first: int = 1, **more: object) -> None:
    new = (make_new(text, n, matches=matcher.match(text)) for n, text in enumerate(texts, first))
    store.record_check(make_record(*new, **more))  # type: ignore[arg-type]


def retag(store: Store, matcher: Matcher, most: int = 1_000_000, at: datetime = LATER) -> list[PostsRetagged]:
    return list(retag_posts(matcher, store=store, clock=lambda: at, most=most))


def tagged(store: Store, name: str) -> set[int]:
    return {int(post["id"]) for post in store.find_listed(PostsWanted(tag=name))}


def numbers(of: str, texts: Sequence[str] = TEXTS) -> set[int]:
    return {n for n, text in enumerate(texts, 1) if of in text}


def sums(store: Store, *names: str) -> list[tuple[str, int, int, bool]]:
    found = store.retagged(names, after=NOON - DAY, until=NOON + 99 * DAY)
    return [(one.watchlist, one.added, one.removed, one.is_new) for one in found]


def rows(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def delete_post(store: Store, number: int) -> None:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    store.record_check(make_record(deleted=(DeletedPost(known.row, 1, None),), at=LATER))


def edit(store: Store, matcher: Matcher, number: int, text: str) -> None:
    known = store.fingerprints("harbour", [str(number)])[str(number)]
    revision = store.previous([known.row])[known.row].revision + 1
    edited = EditedPost(Edit(known, make_found(text, number)), revision, matcher.match(text), None)
    store.record_check(make_record(edited=(edited,), at=LATER))


def test_a_new_watchlist_is_found_in_all_older_posts_and_told_to_nobody(store: Store, engine: Engine) -> None:
    before = set_up(store, SHIPS)
    remember(store, before, MANY)
    after = set_up(store, SHIPS, GRAIN)

    with capture_logs() as lines:
        batches = retag(store, after)

    assert [batch.posts for batch in batches] == [500] * 6
    assert [batch.progress[0].percent for batch in batches] == [16, 33, 50, 66, 83, 100]
    assert (tagged(store, "Ships"), tagged(store, "Grain")) == (numbers("ship", MANY), numbers("grain", MANY))
    assert lines == [
        {"event": "retagged", "watchlist": "Grain", "added": 750, "removed": 0, "log_level": "info"},
    ]
    assert sums(store, "Grain", "Ships") == [("Grain", 750, 0, True)]
    assert [rows(engine, table) for table in (change, wanted, delivery, alerted)] == [0, 0, 0, 0]
    assert retag(store, after) == []
    later = {post["id"]: post.get("backfilled") for post in store.find_listed(PostsWanted(tag="Ships"))}
    assert (later["10"], later["20"]) == (None, ["Grain"])


def test_a_round_takes_the_newest_posts_first_and_the_next_goes_on(store: Store) -> None:
    remember(store, set_up(store, SHIPS), TEXTS)
    after = set_up(store, SHIPS, GRAIN)

    assert [batch.posts for batch in retag(store, after, most=350)] == [350]
    assert tagged(store, "Grain") == {n for n in numbers("grain") if n > 250}
    (progress,) = store.retaggings()
    assert (progress.watchlist, progress.percent, progress.added) == ("Grain", 58, len(tagged(store, "Grain")))
    assert sums(store, "Grain") == []
    stopped = retag_posts(after, store=store, clock=lambda: LATER, most=700, stopping=lambda: True)
    assert list(stopped) == []
    retag(store, set_up(store, SHIPS, GRAIN))
    assert tagged(store, "Grain") == numbers("grain")
    assert sums(store, "Grain") == [("Grain", 150, 0, True)]


def die_after_a_batch(store: Store, matcher: Matcher) -> None:
    with store.together():
        assert [batch.posts for batch in retag(store, matcher, most=200)] == [200]
        raise RuntimeError("no power")


def test_what_dies_in_the_middle_goes_on_and_counts_nothing_twice(store: Store, engine: Engine) -> None:
    remember(store, set_up(store, SHIPS), TEXTS)
    after = set_up(store, SHIPS, GRAIN)
    retag(store, after, most=100)
    with pytest.raises(RuntimeError, match="power"):
        die_after_a_batch(store, after)

    again = Store(engine)
    assert [one.percent for one in again.retaggings()] == [16]
    assert [batch.posts for batch in retag(again, set_up(again, SHIPS, GRAIN))] == [500]
    assert sums(again, "Grain") == [("Grain", 150, 0, True)]
    assert rows(engine, match) == len(numbers("ship")) + len(numbers("grain"))


def test_a_changed_watchlist_gains_and_loses_posts_and_leaves_what_stays_right(store: Store, engine: Engine) -> None:
    texts = ["a ship and a boat", "a ship", "a boat", "a raft"]
    remember(store, set_up(store, watch_for("Ships", "ship"), GRAIN), texts)
    after = set_up(store, watch_for("Ships", "boat"), GRAIN)
    assert [sum(batch.posts for batch in retag(store, after, most=1)) for _ in range(5)] == [1, 1, 1, 1, 0]

    assert tagged(store, "Ships") == {1, 3}
    assert sums(store, "Ships", "Grain") == [("Ships", 1, 1, False)]
    both = set_up(store, watch_for("Ships", "boat", "ship"), GRAIN)
    retag(store, both)
    with engine.connect() as connection:
        terms = connection.execute(select(match.c.post_row, match.c.term).order_by(match.c.post_row, match.c.term))
        assert terms.all() == [(1, "boat"), (1, "ship"), (2, "ship"), (3, "boat")]
    assert sums(store, "Ships") == [("Ships", 2, 1, False)]


def test_matches_that_are_still_right_are_not_touched(store: Store, engine: Engine) -> None:
    remember(store, set_up(store, SHIPS), ["a ship", "a boat"])
    retag(store, set_up(store, watch_for("Ships", "ship", "boat")))
    with engine.connect() as connection:
        kept = connection.execute(select(match.c.match_id, match.c.term, match.c.backfill).order_by(match.c.match_id))
        assert [(term, backfill) for _, term, backfill in kept] == [("ship", False), ("boat", True)]


def test_another_change_in_the_middle_starts_over_and_the_counts_go_on(store: Store) -> None:
    remember(store, set_up(store, SHIPS), TEXTS)
    retag(store, set_up(store, SHIPS, GRAIN), most=200)
    halfway = len(tagged(store, "Grain"))
    again = set_up(store, SHIPS, watch_for("Grain", "grain", "wheat"))

    assert [(one.percent, one.added) for one in store.retaggings()] == [(0, halfway)]
    retag(store, again)
    assert tagged(store, "Grain") == numbers("grain")
    assert sums(store, "Grain") == [("Grain", 150, 0, True)]


def test_watchlists_that_change_at_different_times_go_on_together(store: Store) -> None:
    remember(store, set_up(store), TEXTS)
    retag(store, set_up(store, SHIPS), most=200)
    batches = retag(store, set_up(store, SHIPS, GRAIN))

    assert [[one.watchlist for one in batch.progress] for batch in batches] == [
        ["Grain"],
        ["Grain", "Ships"],
    ]
    assert (tagged(store, "Ships"), tagged(store, "Grain")) == (numbers("ship"), numbers("grain"))
    assert sums(store, "Grain", "Ships") == [("Grain", 150, 0, True), ("Ships", 60, 0, True)]


def test_a_watchlist_that_nobody_watches_any_more_is_taken_from_all_posts(store: Store, engine: Engine) -> None:
    remember(store, set_up(store, SHIPS, GRAIN), TEXTS)
    delete_post(store, 20)
    without = set_up(store, GRAIN)
    retag(store, without, most=200)
    assert tagged(store, "Ships") == {n for n in numbers("ship") if n <= 400}
    retag(store, without)

    assert (tagged(store, "Ships"), tagged(store, "Grain")) == (set(), numbers("grain"))
    assert sums(store, "Ships", "Grain") == []
    assert store.retaggings() == []
    assert retag(store, set_up(store, GRAIN)) == []
    retag(store, set_up(store, GRAIN, SHIPS))
    assert tagged(store, "Ships") == numbers("ship") - {20}
    assert sums(store, "Ships") == [("Ships", 59, 0, True)]


def test_the_first_start_takes_what_is_tagged_for_right(store: Store) -> None:
    remember(store, Matcher([SHIPS]), ["a ship", "grain"])
    after = set_up(store, SHIPS, GRAIN)
    assert (store.retaggings(), retag(store, after)) == ([], [])
    assert tagged(store, "Grain") == set()


def test_the_first_start_takes_away_what_nobody_watches_for(store: Store) -> None:
    remember(store, Matcher([SHIPS, GRAIN]), ["a ship", "grain"])
    retag(store, set_up(store, SHIPS))
    assert (tagged(store, "Ships"), tagged(store, "Grain")) == ({1}, set())


def test_without_posts_there_is_nothing_to_do(store: Store) -> None:
    set_up(store, SHIPS)
    after = set_up(store, SHIPS, GRAIN)
    assert sum(batch.posts for batch in retag(store, after)) == 0
    assert store.retaggings() == []
    assert sums(store, "Grain") == []


def test_posts_that_come_meanwhile_are_tagged_once(store: Store, engine: Engine) -> None:
    remember(store, set_up(store, SHIPS), TEXTS[:600])
    after = set_up(store, SHIPS, GRAIN)
    retag(store, after, most=500)
    remember(store, after, ["grain", "more grain"], first=601)
    assert [batch.posts for batch in retag(store, after)] == [100]
    assert tagged(store, "Grain") == {*numbers("grain", TEXTS[:600]), 601, 602}
    assert sums(store, "Grain") == [("Grain", 150, 0, True)]


def test_a_post_that_is_edited_or_deleted_while_it_is_looked_at_is_left_alone(store: Store, engine: Engine) -> None:
    remember(store, set_up(store, SHIPS), ["grain", "grain", "grain"])
    after = set_up(store, SHIPS, GRAIN)
    portion = store.untagged(500)
    assert portion is not None
    edit(store, after, 1, "no more of it")
    delete_post(store, 2)
    hits = {one.row: after.match(one.post.text) for one in portion.posts}
    (progress,) = store.record_tagged(portion, hits, LATER)

    assert (progress.added, progress.finished) == (1, True)
    assert tagged(store, "Grain") == {3}
    assert rows(engine, match) == 1


def test_replaced_texts_deleted_posts_and_tombstones_keep_what_they_had(store: Store, engine: Engine) -> None:
    before = set_up(store, SHIPS)
    remember(store, before, ["an old ship", "a ship", "a ship"])
    edit(store, before, 1, "a new ship")
    delete_post(store, 2)
    retag(store, set_up(store, watch_for("Ships", "boat")))

    with engine.connect() as connection:
        left = connection.execute(select(match.c.post_row, match.c.revision).order_by(match.c.post_row))
        assert left.all() == [(1, 1), (2, 1)]
    assert sums(store, "Ships") == [("Ships", 0, 2, False)]


def test_what_a_query_asks_of_a_post_is_known_of_stored_ones(store: Store) -> None:
    remember(store, set_up(store), ["a boat", "a boat", "un bateau"])
    edit(store, set_up(store), 2, "a boat!")
    lists = (
        watch_for("Harbour", "boat AND channel:harbour"),
        watch_for("Quay", "boat AND channel:quay"),
        watch_for("Edited", "boat AND is:edited"),
    )
    retag(store, set_up(store, *lists))
    assert [tagged(store, one.name) for one in lists] == [{1, 2}, set(), {2}]


def test_an_edit_is_not_told_as_bringing_what_only_the_new_rules_find(tmp_path: Path) -> None:
    """As long as the post before the edit still has the tags of the old rules."""
    folder = tmp_path
    with open_watch(load(write(folder, '"steamer"')), clock=lambda: LATER) as watch:
        list(watch.check(lambda: False))
    dump = folder / "dumps" / "1.txt"
    dump.write_text(dump.read_text(encoding="utf-8").replace("eight", "nine"), encoding="utf-8")
    now = LATER + DAY
    os.utime(dump, (now.timestamp() - 60, now.timestamp() - 60))
    with open_watch(load(write(folder, '"tickets"')), clock=lambda: now) as watch:
        assert [check.edited for check in watch.check(lambda: False)] == [1]
        (found,) = watch.store.list_changes()
    assert (found["kind"], found["tags"], found["term_changes"]) == ("edited", ["Ferries"], [])


_WORDS = ("ship", "boat", "grain", "raft")
_LISTS = st.dictionaries(st.sampled_from(["A", "B"]), st.sets(st.sampled_from(_WORDS), min_size=1))
_STEPS = st.lists(
    st.one_of(
        _LISTS,  # the configuration is changed to these watchlists, and Watchword started
        st.integers(1, 6),  # a round tags so many posts anew
        st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join),  # a post comes
        st.tuples(st.integers(0, 50), st.sampled_from(_WORDS)),  # one of the posts is edited
    ),
    max_size=12,
)


def test_whatever_happens_in_between_history_ends_as_the_last_rules_say(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/watchword.db")
    upgrade(engine)
    store = Store(engine)
    store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
    matcher = set_up(store)
    texts: dict[int, str] = {}  # what was stored in one example is the history of the next

    @settings(max_examples=20, database=None)
    @given(steps=_STEPS, most=st.integers(2, 20))
    def live(steps: list[dict[str, set[str]] | int | str | tuple[int, str]], most: int) -> None:
        nonlocal matcher
        for step in steps:
            match step:
                case dict():
                    matcher = set_up(store, *(watch_for(name, *sorted(terms)) for name, terms in step.items()))
                case int():
                    retag(store, matcher, most=step)
                case str():
                    remember(store, matcher, [step], first=len(texts) + 1)
                    texts[len(texts) + 1] = step
                case (place, word) if texts:
                    number = 1 + place % len(texts)
                    texts[number] = f"{texts[number]} {word}"
                    edit(store, matcher, number, texts[number])
        while retag(store, matcher, most=most):
            pass
        expected = {n: set(matcher.tags(matcher.match(text))) for n, text in texts.items()}
        assert {int(post["id"]): set(post["tags"]) for post in store.list_posts()} == expected
        assert retag(store, matcher) == []

    live()
    engine.dispose()


# --------------------------------------------------------------------------- the digest

_DESK = """
[storage]
url = "sqlite:///watchword.db"
[mail]
host = "localhost"
from = "watchword@example.org"
security = "none"
[[channel]]
name = "harbour"
path = "dumps/*.txt"
[[watchlist]]
name = "Ships"
terms = ["ship"]
[[watchlist]]
name = "Grain"
terms = ["grain"]
[[recipient]]
name = "desk"
email = "desk@example.org"
watchlists = ["Ships"]
digest = { at = "07:30", timezone = "UTC", language = "en" }
"""


@pytest.fixture
def plan(tmp_path: Path) -> DigestPlan:
    """The plan of a desk that wants ships and no grain."""
    (tmp_path / "desk.toml").write_text(_DESK, encoding="utf-8")
    settings = load(tmp_path / "desk.toml")
    return plan_of(settings.recipients[0], settings)


def news(store: Store, number: int, at: datetime) -> None:
    told = Announcement(ChangeKind.NEW, ("Ships",), digests=("desk",))
    store.record_check(make_record(make_new("a ship", number, announcement=told), at=at))


def digest(store: Store, plan: DigestPlan, at: datetime) -> list[list[str]]:
    """Return the lines on watchlists in each digest that is sent now."""
    assert list(enqueue_digests([plan], store=store, now=at))
    told = []
    while message := store.claim_delivery(at):
        told.append([one["watchlist"] for one in message.payload["retagged"]])  # type: ignore[attr-defined]
        store.record_attempt(message, Outcome(Result.SENT, "250"), at=at, next_attempt_at=None)
    return told


def test_a_digest_tells_a_changed_watchlist_once_and_none_is_sent_for_that_alone(
    store: Store, plan: DigestPlan
) -> None:
    def morning(day: int) -> datetime:
        return NOON.replace(hour=8) + day * DAY

    remember(store, set_up(store), ["a ship", "grain"])
    news(store, 10, NOON)
    assert digest(store, plan, morning(1)) == [[]]
    retag(store, set_up(store, SHIPS, GRAIN), at=morning(1) + timedelta(hours=2))
    assert digest(store, plan, morning(2)) == []
    assert digest(store, plan, morning(3)) == []
    news(store, 11, morning(3) + timedelta(hours=2))
    assert digest(store, plan, morning(4)) == [["Ships"]]
    news(store, 12, morning(4) + timedelta(hours=2))
    assert digest(store, plan, morning(5)) == [[]]


def test_the_first_digest_tells_what_changed_lately(store: Store, plan: DigestPlan) -> None:
    remember(store, set_up(store), ["a ship", "grain"])
    retag(store, set_up(store, SHIPS, GRAIN), at=NOON)
    news(store, 10, NOON + timedelta(hours=4))
    assert digest(store, plan, NOON + 20 * timedelta(hours=1)) == [["Ships"]]


def test_what_finished_this_very_moment_waits_for_the_next_digest(store: Store, plan: DigestPlan) -> None:
    remember(store, set_up(store), ["a ship"])
    news(store, 10, NOON)
    morning = NOON.replace(hour=8) + DAY
    retag(store, set_up(store, SHIPS), at=morning)
    assert digest(store, plan, morning) == [[]]
    news(store, 11, morning + timedelta(hours=1))
    assert digest(store, plan, morning + DAY) == [["Ships"]]


def test_several_changes_of_a_watchlist_are_told_as_one(store: Store) -> None:
    remember(store, set_up(store), ["a ship", "a boat"])
    retag(store, set_up(store, SHIPS))
    retag(store, set_up(store, watch_for("Ships", "boat")))
    assert store.retagged(["Ships"], after=NOON, until=LATER) == [Retagged("Ships", 2, 1, is_new=True)]


@pytest.mark.parametrize(
    ("language", "turns", "line"),
    [
        ("en", Retagged("CIS", 1, 0, is_new=True), "CIS is a new watchlist: 1 older post now carries it."),
        ("en", Retagged("CIS", 2, 1), "CIS was changed: 2 older posts now carry it, 1 no longer does."),
        ("fr", Retagged("CIS", 0, 2), "La liste CIS a été modifiée : 2 publications antérieures n’y figurent plus."),
        ("ru", Retagged("CIS", 21, 0, is_new=True), "Новый список CIS: теперь в нём ещё 21 более раннее сообщение."),
        ("ru", Retagged("CIS", 3, 0), "Список CIS изменён: теперь в нём ещё 3 более ранних сообщения."),
    ],
)
def test_a_digest_says_in_every_language_what_has_become_of_a_watchlist(
    language: str, turns: Retagged, line: str
) -> None:
    rendered = Templates().render_digest(replace(sample_digest(language=language), retagged=(turns,)))
    assert line in " ".join(rendered.text.split())
    assert line in rendered.html


# --------------------------------------------------------------------------- the whole

_CONFIG = """
[storage]
url = "sqlite:///watchword.db"
[[channel]]
name = "quay"
path = "dumps/*.txt"
every = "1m"
[[watchlist]]
name = "Ferries"
terms = [{terms}]
"""


def write(folder: Path, terms: str) -> Path:
    config = folder / "watchword.toml"
    config.write_text(_CONFIG.format(terms=terms), encoding="utf-8")
    dump = folder / "dumps" / "1.txt"
    dump.parent.mkdir(exist_ok=True)
    if not dump.exists():
        dump.write_text("The ferry is back\nIt sails at eight.\nTickets are sold on board.\n", encoding="utf-8")
        os.utime(dump, (NOON.timestamp(), NOON.timestamp()))
    return config


def test_a_changed_configuration_tags_what_is_stored_in_the_next_rounds(tmp_path: Path) -> None:
    with open_watch(load(write(tmp_path, '"ferry"')), clock=lambda: LATER) as watch:
        assert [check.new for check in watch.check(lambda: False)] == [1]
        assert list(watch.retag(100, lambda: False)) == []
    config = load(write(tmp_path, '"tickets"'))
    with open_watch(config, clock=lambda: LATER + DAY) as watch:
        (line,) = read_status(config)["retagging"]
        assert line == {
            "watchlist": "Ferries",
            "started_at": (LATER + DAY).isoformat(),
            "percent": 0,
            "added": 0,
            "removed": 0,
        }
        shown = CliRunner().invoke(app, ["status", "--config", str(tmp_path / "watchword.toml")]).output
        assert "tagging anew: Ferries 0 %, 0 posts gained it, 0 lost it\n" in shown
        assert sum(batch.posts for batch in watch.retag(100, lambda: False)) == 1
        (post,) = watch.store.list_posts()
        history = watch.store.post_history(1)
    assert read_status(config)["retagging"] == []
    assert (post["tags"], "backfilled" in post) == (["Ferries"], True)
    assert [(hit["text"], hit["backfill"]) for hit in history["revisions"][0]["matches"]] == [("Tickets", True)]


def test_an_import_before_the_first_round_says_by_which_rules_it_tagged(tmp_path: Path) -> None:
    config = load(write(tmp_path, '"ferry"'))
    with open_import(
        config, "quay", [str(tmp_path / "dumps" / "1.txt")], choice=Choice(), clock=lambda: LATER
    ) as steps:
        assert list(steps)
    with open_watch(load(write(tmp_path, '"tickets"')), clock=lambda: LATER) as watch:
        assert [one.watchlist for one in watch.store.retaggings()] == ["Ferries"]
