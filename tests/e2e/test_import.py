"""`watchword import` as a process: killed and interrupted, beside the daemon, on and off a terminal."""

import io
import json
import signal
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from tests.e2e.conftest import House
from tests.e2e.process import wait_until
from tests.unit.telegram_desktop_samples import MESSAGES, chat, message, own_layout
from worker.adapters.store.engine import open_engine, single_instance
from worker.cli.importing import draw_steps, log_steps, summary
from worker.core.record import Counts
from worker.jobs.take_in import Step
from worker.log import configure

_CHANNELS = """
[[channel]]
name = "canals"
url = "https://t.me/s/canals"
"""


def export(count: int) -> bytes:
    return own_layout(chat(message(n, f"The lock {n} opens, says BRICS.") for n in range(1, count + 1)))


@pytest.fixture
def furnished(house: House) -> House:
    house.furnish(_CHANNELS)
    return house


def facts(house: House) -> Any:
    with house.store() as store:
        posts = [(post["id"], post["text"], post["tags"], post["revisions"]) for post in store.list_posts()]
        return sorted(posts), [*store.list_changes()], store.status([])["outbox"]


def test_a_process_killed_at_any_step_goes_on_to_the_same_end(furnished: House) -> None:
    house = furnished
    path = house.drop("result.json", export(2_100))
    undisturbed = house.run("import", "canals", path)
    assert undisturbed.code == 0, undisturbed.err
    expected = facts(house)
    kill_at, died = 1, True
    while died:
        for file in house.folder.glob("watchword.db*"):
            file.unlink()
        first = house.run("import", "canals", path, kill_at=kill_at)
        died = first.code == -9
        again = house.run("import", "canals", path)
        assert again.code == 0, again.err
        assert facts(house) == expected, f"killed at step {kill_at}"
        kill_at += 1
    assert kill_at > 5  # the batches, and what comes before
    assert "already taken in (2100 posts)" in house.run("import", "canals", path).out


def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(furnished: House) -> None:
    house = furnished
    path = house.drop("result.json", export(12_000))
    house.run("status")
    running = house.start("import", "canals", str(path))

    def begun() -> bool:
        with house.store() as store:
            intake = store.intake("canals", str(path), "")
        return intake is not None and intake.posts > 0

    wait_until(begun, 20, lambda: running.err)
    running.signal(signal.SIGINT)
    ended = running.end(20)
    assert ended.code == 130, ended.err
    assert "interrupted; the same command goes on from here" in ended.err

    again = house.run("import", "canals", path)

    assert again.code == 0
    assert "dumps/result.json: 12000 posts (went on after " in again.out
    assert "12000 new, 0 edited, 0 unchanged, 12000 tagged, 0 service messages" in again.out
    assert len(facts(house)[0]) == 12_000


def test_the_summary_and_the_log_say_what_was_done(furnished: House) -> None:
    path = furnished.drop("result.json", own_layout(chat(MESSAGES)))
    ended = furnished.run("import", "canals", path)
    assert ended.code == 0
    assert ended.out == "dumps/result.json: 5 posts: 5 new, 0 edited, 0 unchanged, 0 tagged, 1 service messages\n"
    (line,) = ended.logged("file_imported")
    assert (line["channel"], line["outcome"], line["new"], line["service"]) == ("canals", "done", 5, 1)
    urls = {post["url"] for post in furnished.run("posts", "--json").objects()}
    assert "https://t.me/canals/2" in urls


def test_what_cannot_be_taken_in_gives_exit_code_one_and_the_rest_is_taken_in(furnished: House) -> None:
    cut = furnished.drop("cut.json", export(20)[:-900])
    good = furnished.drop("good.json", export(3))
    ended = furnished.run("import", "canals", cut, "dumps/missing*.json", good)
    assert ended.code == 1
    assert "the file is cut off after" in ended.err
    assert "no file matches" in ended.err
    assert "dumps/good.json: 3 posts" in ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody", "x.json"), "there is no channel 'nobody', known are canals"),
        (("canals", "x.json", "--format", "word"), "unknown format 'word'"),
        (("canals", "x.json", "--timezone", "Mars/North"), "there is no time zone 'Mars/North'"),
    ],
)
def test_wrong_usage_is_told_and_gives_exit_code_two(furnished: House, words: tuple[str, ...], says: str) -> None:
    ended = furnished.run("import", *words)
    assert ended.code == 2
    assert says in " ".join(ended.err.replace("│", " ").split())


def test_while_another_process_works_on_the_database_nothing_is_taken_in(furnished: House) -> None:
    path = furnished.drop("result.json", export(3))
    engine = open_engine(furnished.storage)
    with single_instance(engine):
        ended = furnished.run("import", "canals", path)
    engine.dispose()
    assert ended.code == 1
    assert "is working on this database; stop it first" in ended.err


def test_off_a_terminal_progress_is_logged_every_ten_seconds() -> None:
    now, out = 0.0, io.StringIO()
    configure(stream=out)
    try:
        log = log_steps(lambda: now)
        for count in range(30):
            now += 1.0
            log(Step("/x/result.json", "reading", 1_000 * count, progress=count / 30))
        log(Step("/x/result.json", "done", 30_000, progress=1.0))
    finally:
        configure()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["event"], line["posts"], line["percent"]) for line in lines] == [
        ("import_progress", 9_000, 30), ("import_progress", 19_000, 63), ("import_progress", 29_000, 97),
    ]  # fmt: skip


def test_on_a_terminal_a_bar_shows_the_rate_of_this_import() -> None:
    now = 0.0
    bars = Progress(console=Console(file=io.StringIO(), force_terminal=True), auto_refresh=False)
    draw = draw_steps(bars, lambda: now)
    draw(Step("/x/result.json", "reading", 5_000, resumed_at=5_000, progress=0.25))
    now = 2.0
    draw(Step("/x/result.json", "reading", 9_000, resumed_at=5_000, progress=0.45))
    (task,) = bars.tasks
    assert (task.description, task.completed, task.fields) == ("result.json", 0.45, {"posts": 9_000, "rate": 2_000.0})


def test_the_summary_tells_what_was_kept() -> None:
    step = Step("/x/result.json", "done", 9, Counts(unchanged=7, kept=2))
    assert "7 unchanged, 2 left as they are because a newer text is stored" in summary(step)
