"""Where evidence is kept and for how long, as a person writes it."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.config import load
from worker.config.models import Retention, Storage
from worker.config.sizes import UNITS, parse_size, write_size
from worker.errors import ConfigError

_CHANNEL = '[[channel]]\nname = "quay"\npath = "dumps/*.txt"\n'


def configured(folder: Path, text: str) -> tuple[Storage, Retention]:
    (folder / "watchword.toml").write_text(text + _CHANNEL, encoding="utf-8")
    settings = load(folder / "watchword.toml")
    return settings.storage, settings.retention


def test_evidence_lies_beside_the_database_and_is_kept_for_400_days_and_5_gb(tmp_path: Path) -> None:
    storage, retention = configured(tmp_path, "")

    assert storage.evidence == str(tmp_path / "evidence")
    assert (retention.evidence, retention.evidence_bytes) == (timedelta(days=400), 5_000_000_000)


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ('url = "sqlite:///store/watchword.db"', "store/evidence"),
        ('url = "postgresql://watch@db.example/watchword"', "evidence"),
        ('evidence = "kept/here"', "kept/here"),
    ],
)
def test_the_folder_is_relative_to_the_configuration(tmp_path: Path, written: str, folder: str) -> None:
    storage, _ = configured(tmp_path, f"[storage]\n{written}\n")

    assert storage.evidence == str(tmp_path / folder)


def test_a_database_elsewhere_takes_its_evidence_along(tmp_path: Path) -> None:
    storage, _ = configured(tmp_path, '[storage]\nurl = "sqlite:////var/lib/watchword/watchword.db"\n')

    assert storage.evidence == "/var/lib/watchword/evidence"


@pytest.mark.parametrize("written", ["evidence = false", 'url = "sqlite:///:memory:"'])
def test_no_evidence_is_kept_where_it_is_not_wanted_or_nothing_else_is(tmp_path: Path, written: str) -> None:
    storage, _ = configured(tmp_path, f"[storage]\n{written}\n")

    assert storage.evidence is None


def test_the_bounds_can_be_set_and_taken_away(tmp_path: Path) -> None:
    _, set_ = configured(tmp_path, '[retention]\nevidence = "30d"\nevidence_bytes = "500 MB"\n')
    _, without = configured(tmp_path, "[retention]\nevidence = false\nevidence_bytes = false\n")

    assert (set_.evidence, set_.evidence_bytes) == (timedelta(days=30), 500_000_000)
    assert (without.evidence, without.evidence_bytes) == (None, None)


@pytest.mark.parametrize(
    "written",
    [
        "[storage]\nevidence = true\n",
        '[storage]\nevidence = ""\n',
        "[storage]\nevidence = 5\n",
        '[retention]\nevidence = "0d"\n',
        "[retention]\nevidence = true\n",
        "[retention]\nevidence_bytes = 5\n",
        '[retention]\nevidence_bytes = "5"\n',
        '[retention]\nevidence_bytes = "5 GiB"\n',
        '[retention]\nevidence_bytes = "-5 GB"\n',
        '[retention]\nevidence_bytes = "٥ GB"\n',
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError) as said:
        configured(tmp_path, written)

    assert len(said.value.problems) == 1
    assert "must be" in said.value.problems[0]


@given(st.integers(0, 999_999_999), st.sampled_from([*UNITS]), st.booleans())
def test_a_size_is_read_as_it_is_written(number: int, unit: str, blank: bool) -> None:
    size = parse_size(f"{number}{' ' * blank}{unit}")

    assert size == number * UNITS[unit]
    assert parse_size(write_size(size)) == size
