"""What the store knows of kept exports and of posts that a person names, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from tests.builders import NOON, make_new, make_record
from worker.adapters.store import Store
from worker.adapters.store.schema import export
from worker.core.record import KeptExport

DAY = timedelta(days=1)


@pytest.fixture
def store(engine: Engine) -> Store:
    made = Store(engine)
    made.set_up_channels({"harbour": "https://t.me/s/harbour", "quay": "/srv/quay/*.txt"}, NOON)
    return made


def kept(name: str, *, day: int = 0, packed: int = 10) -> KeptExport:
    """An export of some day; exports of one name have the same bytes."""
    url, at = "https://t.me/s/harbour", NOON + day * DAY
    return KeptExport(url, at, 200, (("Date", "Mon"),), sha256_of(name), 100, packed)


def sha256_of(name: str) -> str:
    return name.encode().hex().ljust(64, "0")


def keep(store: Store, *exports: KeptExport) -> None:
    for one in exports:
        store.record_check(make_record(exports=(one,), at=one.fetched_at))


def taken(store: Store) -> tuple[int, int]:
    """Files and bytes of the evidence, as `status` shows them."""
    evidence = store.status([])["storage"]["evidence"]
    return evidence["files"], evidence["bytes"]


def pruned(engine: Engine) -> list[bool]:
    """Whether each export has been given up, in the order in which they were kept."""
    with engine.connect() as connection:
        rows = connection.execute(select(export.c.pruned_at).order_by(export.c.export_id)).scalars()
        return [at is not None for at in rows]


def test_old_exports_are_given_up_and_the_rest_is_known_of_them_still(store: Store, engine: Engine) -> None:
    keep(store, kept("a"), kept("b", day=1), kept("c", day=2))

    done = store.prune_exports(NOON + 9 * DAY, before=NOON + 2 * DAY, most_bytes=None)

    assert (done.exports, set(done.unneeded)) == (2, {sha256_of("a"), sha256_of("b")})
    assert pruned(engine) == [True, True, False]
    assert taken(store) == (1, 10)
    with engine.connect() as connection:
        first = connection.execute(select(export).order_by(export.c.export_id)).first()
    assert first is not None
    assert (first.url, first.sha256, first.size) == ("https://t.me/s/harbour", sha256_of("a"), 100)


def test_the_oldest_are_given_up_until_the_rest_fits(store: Store, engine: Engine) -> None:
    keep(store, *(kept(name, day=day) for day, name in enumerate("abcd")))

    done = store.prune_exports(NOON + 9 * DAY, before=None, most_bytes=25)

    assert done.unneeded == (sha256_of("a"), sha256_of("b"))
    assert pruned(engine) == [True, True, False, False]
    assert store.prune_exports(NOON + 9 * DAY, before=None, most_bytes=25).exports == 0


def test_bytes_that_a_newer_export_shares_stay(store: Store, engine: Engine) -> None:
    keep(store, kept("a"), kept("b", day=1), kept("a", day=2))
    assert taken(store) == (2, 20)

    done = store.prune_exports(NOON + 9 * DAY, before=NOON + 2 * DAY, most_bytes=None)

    assert done.unneeded == (sha256_of("b"),)
    assert store.unreferenced_evidence([sha256_of("a"), sha256_of("b"), sha256_of("x")]) == {
        sha256_of("b"),
        sha256_of("x"),
    }


def test_giving_up_a_double_frees_nothing_so_more_goes(store: Store, engine: Engine) -> None:
    keep(store, kept("a"), kept("b", day=1), kept("a", day=2))

    done = store.prune_exports(NOON + 9 * DAY, before=None, most_bytes=10)

    assert done.unneeded == (sha256_of("b"),)
    assert pruned(engine) == [True, True, False]


def test_pruning_goes_in_batches_until_nothing_is_left_to_prune(store: Store) -> None:
    store.record_check(make_record(exports=tuple(kept(f"x{number}") for number in range(1200))))
    batches = []
    while (done := store.prune_exports(NOON + 9 * DAY, before=NOON + DAY, most_bytes=None)).exports:
        batches.append(len(done.unneeded))

    assert batches == [500, 500, 200]
    assert taken(store) == (0, 0)


def test_without_a_bound_nothing_is_pruned(store: Store) -> None:
    keep(store, kept("a"))

    assert store.prune_exports(NOON + 999 * DAY, before=None, most_bytes=None).exports == 0


def test_a_post_is_found_as_the_listings_name_it_and_by_its_address(store: Store) -> None:
    store.record_check(make_record(make_new("one", 41), make_new("two", 42)))
    store.record_check(make_record(make_new("three", position=1.0), channel="quay"))
    (dumped,) = store.list_posts(channel_name="quay")

    for text in (
        "harbour/42",
        " harbour/42\n",
        "https://t.me/harbour/42",
        "https://t.me/s/harbour/42",
        "https://t.me/harbour/42/",
        "https://t.me/harbour/42?single#top",
        "https://telegram.me/s/harbour/42",
    ):
        assert [found.name for found in store.find_posts(text)] == ["harbour/42"], text
    (found,) = store.find_posts(f"quay/{dumped['id']}")
    assert (found.name, found.url) == (f"quay/{dumped['id']}", None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "harbour", "harbour/", "harbour/43", "quay/41", "harbour/row-1", "row-1", "harbour/row-x"),
        *("https://t.me/harbour/4", "https://", "https://t.me/s/harbour", "harbour/%", "harbour/\udcff"),
        *(f"harbour/row-{'9' * 5000}", "harbour/row-²"),
    ],
)
def test_what_names_no_post_finds_none(store: Store, text: str) -> None:
    store.record_check(make_record(make_new("one", 41)))

    assert store.find_posts(text) == ()


def test_one_address_in_two_channels_is_not_clear(store: Store) -> None:
    for channel in ("harbour", "quay"):
        store.record_check(make_record(make_new("one", 41), channel=channel))

    assert [found.name for found in store.find_posts("https://t.me/harbour/41")] == ["harbour/41", "quay/41"]
