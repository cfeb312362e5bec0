"""Killed after every commit and every sending, and started again: nothing is lost, nothing is told twice.

The same message may be sent again, but only with the same id.
"""

import html
import itertools
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from tests.e2e import story
from tests.e2e.conftest import House
from worker.adapters.evidence import EvidenceFolder
from worker.adapters.store import Store

_CHANNELS = story.tables(story.FISHERIES) + story.folder_table()
_DUMPS = {
    1: {"1.txt": story.dump(0), "2.txt": story.dump(0, 1)},
    2: {"3.txt": story.dump(1, 2), "4.txt": story.dump(2, 3)},
}


def show(house: House, number: int) -> None:
    house.site.pages.update(story.pages(number, story.FISHERIES))
    for name, content in _DUMPS[number].items():
        if not (house.dumps / name).exists():
            house.drop(name, content)


def work_until_done(house: House, kill_at: int) -> bool:
    """Work once, dying at step `kill_at`, and then again; say whether it died."""
    first = house.run("once", kill_at=kill_at)
    assert first.code in {0, -9}, first.err
    again = house.run("once")
    assert again.code == 0, again.err
    return first.code == -9


def facts(house: House) -> dict[str, Any]:
    """What must come out the same however often the process died, without times and random ids."""
    with house.store() as store:
        posts, changes = list(store.list_posts()), list(store.list_changes())
        evidence = evidence_of_changes(house, store, changes)
        untold = store.untold("desk")
        outbox = store.status([])["outbox"]
    texts = {post["id"]: post["text"] for post in posts}
    digests = {mail["message-id"]: mail for _, mail in house.mail.received}
    bodies = [body.get_content() for mail in digests.values() if (body := mail.get_body(("plain",)))]
    hooks = {hook.id: hook.body for hook in house.site.hooks}
    return {
        "evidence": evidence,
        "posts": sorted((post["channel"], post["text"], post["revisions"], post["tags"]) for post in posts),
        "changes": sorted((c["channel"], c["kind"], texts[c["post"]], c["tags"], c["term_changes"]) for c in changes),
        "untold": untold,
        "outbox": (outbox["waiting"], outbox["sent"], outbox["dead"]),
        "told": Counter(text for text in texts.values() for body in bodies if text.split("\n")[0][:40] in body),
        "digests": len(digests),
        "alerts": len(hooks),
    }


def evidence_of_changes(house: House, store: Store, changes: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Kind and proof of each change: every export that one refers to must be there and show its text."""
    folder, shown = EvidenceFolder(house.folder / "evidence"), []
    for change in changes:
        (found,) = store.find_posts(f"{change['channel']}/{change['post']}")
        text = store.post_history(found.row)["revisions"][-1]["text"]
        exports = store.proving_exports(found.row)
        assert exports, change
        body = folder.read(exports[-1][0].sha256).decode()
        assert text.split("\n")[0] in html.unescape(body)
        shown.append((change["kind"], text))
    return sorted(shown)


def play_undisturbed(house: House, number: int) -> dict[str, Any]:
    """Keep the database as it is before round `number`, play to the end and return the facts."""
    house.furnish(_CHANNELS)
    show(house, 1)
    if number == 2:
        assert house.run("once").code == 0
        shutil.copy(house.folder / "watchword.db", house.folder / "before.db")
        shutil.copytree(house.folder / "evidence", house.folder / "evidence.before")
    for following in range(number, 3):
        show(house, following)
        assert house.run("once").code == 0
    found = facts(house)
    assert (found["digests"], found["alerts"], found["untold"]) == (1, 4, {})
    return found


def start_again(house: House) -> None:
    """Go back to the state before the round."""
    house.mail.received.clear()
    house.site.hooks.clear()
    for path in [*house.folder.glob("watchword.db*"), *(house.dumps / name for name in _DUMPS[2])]:
        path.unlink(missing_ok=True)
    shutil.rmtree(house.folder / "evidence")
    if (house.folder / "evidence.before").exists():
        shutil.copytree(house.folder / "evidence.before", house.folder / "evidence")
    if (house.folder / "before.db").exists():
        shutil.copy(house.folder / "before.db", house.folder / "watchword.db")


def play_killed(house: House, number: int, kill_at: int) -> bool:
    """Play round `number` with a death at step `kill_at`, and after the first round the second; say whether it died."""
    show(house, number)
    died = work_until_done(house, kill_at)
    if number == 1:
        assert (house.mail.received, house.site.hooks) == ([], [])
        show(house, 2)
        assert house.run("once").code == 0
    return died


def steps() -> Iterator[int]:
    """The steps to die at: each one of the checks and the digest, then every fourth.

    A delivery has three steps and all are alike, so that each of the three is met.
    """
    return itertools.chain(range(1, 9), itertools.count(9, 4))


@pytest.mark.parametrize(("number", "hand"), [(1, 0), (2, 0), (2, 1)])
def test_a_process_killed_at_any_step_loses_and_doubles_nothing(house: House, number: int, hand: int) -> None:
    hands = {1: 1, 2: 2}[number]  # the steps are dealt out to tests that run side by side
    undisturbed = play_undisturbed(house, number)
    for kill_at in itertools.islice(steps(), hand, None, hands):
        start_again(house)
        died = play_killed(house, number, kill_at)
        assert facts(house) == undisturbed, f"killed at step {kill_at}"
        if not died:
            break
    # checks that are read in the same moment share a commit
    assert kill_at > {1: 4, 2: 17}[number]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("kill_at", [2, 5, 8])
def test_a_process_killed_on_postgresql_sets_the_database_free(any_house: House, kill_at: int) -> None:
    house = any_house
    house.furnish(_CHANNELS)
    for number in (1, 2):
        show(house, number)
        assert work_until_done(house, kill_at if number == 2 else 0) == (number == 2)

    found = facts(house)
    assert (found["digests"], found["alerts"], found["untold"], found["outbox"]) == (1, 4, {}, (0, 5, 0))
    assert (len(found["posts"]), len(found["changes"])) == (9, 6)
