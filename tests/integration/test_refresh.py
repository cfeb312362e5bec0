"""Another version of the fingerprint never makes an archive look edited, whichever database keeps it."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import Engine, event, func, select, update

from tests.builders import NOON
from tests.checking import Checks
from tests.unit.feed_documents import item, rss
from worker.adapters.store import Store
from worker.adapters.store.schema import post, revision
from worker.core.fingerprint import fingerprint, former_fingerprints, is_outdated
from worker.jobs.check import ChannelChecked

Version = Callable[[Mapping[str, str]], Mapping[str, str]]

TEXTS = {
    "a": "The lock at Northbridge opens on Monday.",
    "b": "The plan stands at http://canals.example/plan?utm_source=feed today.",
    "c": "Tickets are sold on board, not on the quay.",
}


def feed(texts: Mapping[str, str]) -> bytes:
    return rss("".join(item(f"<description>{text}</description>", guid) for guid, text in texts.items()))


def dump(texts: Mapping[str, str]) -> bytes:
    return "".join(f"Media is too big\nVIEW IN TELEGRAM\n{text}\n" for text in texts.values()).encode()


def age(engine: Engine, marks: Mapping[str, str]) -> None:
    """Give stored posts the fingerprints that another version made of their texts."""
    with engine.begin() as connection:
        for text, mark in marks.items():
            assert connection.execute(update(post).where(post.c.text == text).values(fingerprint=mark)).rowcount == 1


def first_version(texts: Mapping[str, str]) -> dict[str, str]:
    return {text: former_fingerprints(text)[0] for text in texts.values()}


def made_up_version(texts: Mapping[str, str]) -> dict[str, str]:
    return {text: f"1:{number:032x}" for number, text in enumerate(texts.values())}


def marks(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(select(post.c.fingerprint)).scalars())


def revisions(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(revision)).scalar_one())


@pytest.mark.parametrize("version", [first_version, made_up_version])
@pytest.mark.parametrize("has_ids", [True, False], ids=["with ids", "without"])
def test_posts_of_another_version_are_unchanged_and_refreshed(
    store: Store, engine: Engine, version: Version, has_ids: bool
) -> None:
    checks = Checks(store)

    def check() -> ChannelChecked:
        return checks.fetched(feed(TEXTS)) if has_ids else checks.dropped(dump(TEXTS))

    assert check().new == 3
    age(engine, version(TEXTS))

    again = check()

    assert (again.new, again.edited, again.unchanged) == (0, 0, 3)
    assert marks(engine) == {fingerprint(text) for text in TEXTS.values()}
    assert (revisions(engine), checks.kinds()) == (0, [])


@pytest.mark.parametrize("version", [first_version, made_up_version])
@pytest.mark.parametrize("has_ids", [True, False], ids=["with ids", "without"])
def test_a_real_edit_is_found_all_the_same(store: Store, engine: Engine, version: Version, has_ids: bool) -> None:
    checks = Checks(store)
    after = {**TEXTS, "a": "The lock at Northbridge opens on Tuesday."}
    _ = checks.fetched(feed(TEXTS)) if has_ids else checks.dropped(dump(TEXTS))
    age(engine, version(TEXTS))

    again = checks.fetched(feed(after)) if has_ids else checks.dropped(dump(after))

    assert (again.new, again.edited, again.unchanged) == (0, 1, 2)
    assert not any(is_outdated(mark) for mark in marks(engine))


def test_what_only_the_earlier_version_told_apart_is_no_edit(store: Store, engine: Engine) -> None:
    checks = Checks(store)
    checks.fetched(feed(TEXTS))
    age(engine, first_version(TEXTS))

    again = checks.fetched(feed({**TEXTS, "b": "The plan stands at https://canals.example/plan today."}))

    assert (again.new, again.edited, again.unchanged) == (0, 0, 3)


def test_a_post_whose_text_was_removed_is_taken_as_unchanged(store: Store, engine: Engine) -> None:
    checks = Checks(store)
    checks.fetched(feed(TEXTS))
    age(engine, made_up_version(TEXTS))
    with engine.begin() as connection:
        connection.execute(update(post).values(text="", pruned_at=NOON))

    again = checks.fetched(feed(TEXTS))

    assert (again.new, again.edited, again.unchanged) == (0, 0, 3)
    assert marks(engine) == {fingerprint(text) for text in TEXTS.values()}


def test_a_dump_of_removed_texts_is_known_by_what_the_earlier_version_made_of_them(
    store: Store, engine: Engine
) -> None:
    checks = Checks(store)
    checks.dropped(dump(TEXTS))
    age(engine, first_version(TEXTS))
    with engine.begin() as connection:
        connection.execute(update(post).values(text="", pruned_at=NOON))

    again = checks.dropped(dump(TEXTS))

    assert (again.new, again.edited, again.unchanged) == (0, 0, 3)
    assert marks(engine) == {fingerprint(text) for text in TEXTS.values()}


def test_an_old_dump_far_below_the_newest_posts_is_recognised(store: Store, engine: Engine) -> None:
    checks = Checks(store)
    later = {str(n): f"Notice number {n * n * 7919} of the office of locks and weirs at pier {n}." for n in range(40)}
    checks.dropped(dump({**TEXTS, **later}))
    age(engine, first_version({**TEXTS, **later}))
    middle = {name: later[name] for name in ("18", "19", "20", "21")}

    again = checks.dropped(dump(middle))

    assert (again.new, again.edited, again.unchanged) == (0, 0, 4)


def test_no_text_is_read_while_every_fingerprint_is_of_the_present_version(store: Store, engine: Engine) -> None:
    checks = Checks(store)
    checks.fetched(feed(TEXTS))
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *values: asked.append(values[2]))

    checks.fetched(feed(TEXTS))

    assert asked
    assert not [statement for statement in asked if "post.text" in statement or "pruned_at" in statement]
