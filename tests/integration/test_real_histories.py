"""Real exports through real checks, where a folder of them stands beside the checkout: what changed, nothing else."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.checking import Checks
from worker.adapters.store import Store
from worker.core.revision import Grade, grade

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures"
MADE = ("2025-04-16-fd44a81", "2025-10-05-f1222c7")
JSON = [SHARED / "tdesktop_json" / "trantor_library" / f"result-{made}.json" for made in MADE]
HTML = [SHARED / "tdesktop_html" / "trantor_library" / f"messages-{made}.html" for made in MADE]
VERSIONS = sorted((SHARED / "feeds" / "wordpress" / "wra").glob("feed-*.xml"))

pytestmark = [
    pytest.mark.skipif(not SHARED.is_dir(), reason="no folder `shared/fixtures` beside the checkout"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def checks(store: Store) -> Checks:
    return Checks(store)


def dropped(checks: Checks, *files: Path) -> list[tuple[int, int, int, int]]:
    """Return new, edited, deleted and unchanged posts of each file."""
    done = [checks.dropped(path.read_bytes()) for path in files]
    return [(one.new, one.edited, one.deleted, one.unchanged) for one in done]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((JSON[0], HTML[0], JSON[0]), id="json, html, json"),
        pytest.param((HTML[1], JSON[1]), id="html, json"),
    ],
)
def test_json_and_html_of_one_channel_are_one_history(checks: Checks, order: Sequence[Path]) -> None:
    first, *others = dropped(checks, *order)

    assert first == (924, 0, 0, 0)
    assert others == [(0, 0, 0, 924)] * len(others)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param((JSON[0], JSON[1]), id="json"),
        pytest.param((HTML[0], HTML[1]), id="html"),
        pytest.param((JSON[0], HTML[1]), id="json, then html"),
    ],
)
def test_half_a_year_of_924_posts_has_one_edit_that_is_worth_telling(checks: Checks, files: Sequence[Path]) -> None:
    before, after = dropped(checks, *files)

    assert before == (924, 0, 0, 0)
    assert after == (0, 1, 0, 923)
    (edit,) = checks.kinds()
    assert edit == ("edited", "1032")
    ((_, first), (_, second)) = [(path, text_of(path, 1032)) for path in JSON]
    assert grade(first, second).at_least(Grade.MINOR)


def text_of(path: Path, number: int) -> str:
    (message,) = [one for one in json.loads(path.read_bytes())["messages"] if one["id"] == number]
    return "".join(part["text"] for part in message["text_entities"])


def test_slices_of_an_export_delete_nothing(checks: Checks) -> None:
    whole = json.loads(JSON[1].read_bytes())
    dropped(checks, JSON[0], JSON[1])
    messages = whole["messages"]
    for low, high in ((0, 100), (300, 304), (500, 900), (923, 924)):
        part = {**whole, "messages": messages[low:high]}
        checked = checks.dropped(json.dumps(part, ensure_ascii=False, indent=1).encode())
        assert (checked.new, checked.edited, checked.deleted, checked.missed) == (0, 0, 0, 0)
        assert checked.unchanged == high - low

    assert {one["state"] for one in checks.posts().values()} == {"live"}
    assert [kind for kind, _ in checks.kinds()] == ["edited"]


def test_ten_versions_of_one_feed_give_its_new_posts_and_one_edit(checks: Checks) -> None:
    found = [checks.fetched(path.read_bytes()) for path in VERSIONS]

    assert [(one.new, one.edited, one.unchanged) for one in found] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 0, 1),
        (1, 0, 1),
        (1, 0, 2),
        (0, 1, 2),
        (0, 0, 3),
        (0, 0, 3),
        (0, 0, 3),
        (1, 0, 3),
    ]
    assert not any(one.missed or one.deleted or one.held for one in found)
    assert [kind for kind, _ in checks.kinds()] == ["new", "new", "edited", "new"]
