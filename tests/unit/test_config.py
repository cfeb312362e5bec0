"""What a right configuration means, what `init` writes, and what an editor is told."""

import re
import tomllib
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.config import (
    Settings,
    check_examples,
    json_schema,
    load,
    load_watchlists,
    parse_duration,
    write_initial,
)
from worker.config.durations import write_duration
from worker.core.models import Example, Exclusion, Term, Watchlist
from worker.errors import ConfigError
from worker.resources import shipped

FULL = """\
include = ["more/*.toml"]

[storage]
url = "sqlite:////srv/watch/posts.db"

[fetch]
contact = "ops@example.org"
timeout = "45s"
spacing = "500ms"
robots = false
max_bytes = 5_000_000
allow_networks = ["10.0.5.0/24", "fd00::/8"]
[fetch.host."example.org"]
spacing = "0s"
parallel = 3
robots = true
[fetch.host."example.net"]

[mail]
host = "smtp.example.org"
security = "tls"
user = "watch"
password = { credential = "smtp_password" }
from = "Порт <watch@example.org>"

[limits]
hold_above = 40
pages_back = 0
digest_posts = 200

[[channel]]
name = "harbour"
title = "Autorité du port"
url = "https://example.org/s/harbour"
every = "6h"

[[channel]]
name = "dumps"
path = "exports/*.txt"
format = "plain-text"
announce_first = true

[[watchlist]]
name = "Tides"
terms = [
  "LAT",
  '"low tide"',
  { term = "прилив", lang = "ru", match = "forms" },
]
[watchlist.examples]
match = ["at low tide", "после прилива"]
no_match = ["a lat pull"]

[[recipient]]
name = "desk"
email = "desk@example.org"
watchlists = ["Tides", "CIS"]
channels = ["harbour"]
digest = { at = "07:30", timezone = "Europe/Paris", language = "fr" }

[[recipient]]
name = "hook"
webhook = "https://hooks.example.org/watch"
secret = { env = "HOOK_SECRET" }
alerts = true
"""


def settings_of(text: str, folder: Path) -> Settings:
    path = folder / "watchword.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "energy.toml").write_text('[[watchlist]]\nname = "Energy"\nterms = ["turbine"]\n')
    return settings_of(FULL, tmp_path)


def test_reads_how_channels_are_fetched(full: Settings) -> None:
    assert full.fetch.contact == "ops@example.org"
    assert full.fetch.timeout == timedelta(seconds=45)
    assert full.fetch.spacing == timedelta(milliseconds=500)
    assert full.fetch.max_bytes == 5_000_000
    assert full.fetch.allow_networks == (ip_network("10.0.5.0/24"), ip_network("fd00::/8"))
    assert full.fetch.robots is False
    near, far = full.fetch.host["example.org"], full.fetch.host["example.net"]
    assert (near.spacing, near.parallel, near.robots) == (timedelta(0), 3, True)
    assert (far.spacing, far.parallel, far.robots) == (None, 1, None)


def test_reads_the_channels_with_their_defaults(full: Settings, tmp_path: Path) -> None:
    harbour, dumps = full.channels
    assert (harbour.name, harbour.title, harbour.url) == (
        "harbour", "Autorité du port", "https://example.org/s/harbour"
    )  # fmt: skip
    assert (harbour.path, harbour.every, harbour.format, harbour.announce_first) == (
        None, timedelta(hours=6), None, False
    )  # fmt: skip
    assert (dumps.title, dumps.every, dumps.format, dumps.announce_first) == (
        "dumps", timedelta(minutes=10), "plain-text", True
    )  # fmt: skip
    assert dumps.path == str(tmp_path / "exports" / "*.txt")


def test_reads_the_recipients_without_their_secrets(full: Settings) -> None:
    desk, hook = full.recipients
    assert desk.digest is not None
    assert (desk.digest.at, desk.digest.timezone, desk.digest.language) == ((time(7, 30),), "Europe/Paris", "fr")
    assert (desk.watchlists, desk.channels, desk.alerts) == (("Tides", "CIS"), ("harbour",), False)
    assert (hook.watchlists, hook.channels, hook.digest, hook.alerts) == (None, None, None, True)
    assert hook.secret is not None
    assert hook.secret.env == "HOOK_SECRET"
    assert "hooks.example.org" not in repr(full), "webhooks may hold tokens"


def test_reads_mail_and_limits(full: Settings) -> None:
    assert full.mail is not None
    assert (full.mail.host, full.mail.security, full.mail.port) == ("smtp.example.org", "tls", 465)
    assert full.mail.sender == "Порт <watch@example.org>"
    assert (full.limits.hold_above, full.limits.pages_back, full.limits.digest_posts) == (40, 0, 200)


def test_gives_the_core_its_own_watchlists_then_the_included_then_the_shipped_that_are_wanted(full: Settings) -> None:
    tides, energy, cis = full.watchlists
    assert tides == Watchlist(
        name="Tides",
        terms=(Term("LAT"), Term('"low tide"'), Term("прилив", lang="ru", match="forms")),
        examples=(Example("at low tide"), Example("после прилива")),
        counter_examples=(Example("a lat pull"),),
    )
    assert energy == Watchlist(name="Energy", terms=(Term("turbine"),))
    assert cis.name == "CIS"


def test_an_empty_file_has_the_documented_defaults_and_the_shipped_watchlists(tmp_path: Path) -> None:
    empty = settings_of("", tmp_path)
    assert empty.storage.url == f"sqlite:///{tmp_path}/watchword.db"
    assert (empty.fetch.timeout, empty.fetch.spacing) == (timedelta(seconds=60), timedelta(seconds=2))
    assert (empty.fetch.max_bytes, empty.fetch.robots) == (20_000_000, True)
    assert (empty.limits.hold_above, empty.limits.pages_back, empty.limits.digest_posts) == (100, 50, 500)
    assert (empty.mail, empty.channels, empty.recipients) == (None, (), ())
    assert empty.watchlists == load_watchlists()


def test_an_own_watchlist_takes_the_place_of_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    own = settings_of('[[watchlist]]\nname = "BRICS"\nterms = ["БРИКС"]\n', tmp_path)
    assert own.watchlists == (Watchlist(name="BRICS", terms=(Term("БРИКС"),)),)


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    path.write_bytes(b"\xef\xbb\xbf[limits]\r\npages_back = 7\r\n")
    assert load(path).limits.pages_back == 7


def test_a_file_included_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "tides.toml").write_text('[[watchlist]]\nname = "Tides"\nterms = ["ebb"]\n')
    included = settings_of(f'include = ["tides.toml", "*.toml", "{tmp_path}/t*.toml"]\n', tmp_path)
    assert [watchlist.name for watchlist in included.watchlists] == ["Tides"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///posts.db", "sqlite:///{folder}/posts.db"),
        ("sqlite:///state/posts.db", "sqlite:///{folder}/state/posts.db"),
        ("sqlite:////srv/posts.db", "sqlite:////srv/posts.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://watch@db.example.org:5433/watch", "postgresql://watch@db.example.org:5433/watch"),
        ("postgresql+psycopg:///watch?host=/run/postgresql", "postgresql+psycopg:///watch?host=/run/postgresql"),
    ],
)
def test_a_relative_database_file_lies_beside_the_configuration(written: str, meant: str, tmp_path: Path) -> None:
    storage = settings_of(f'[storage]\nurl = "{written}"\n', tmp_path).storage
    assert storage.url == meant.format(folder=tmp_path)
    assert storage.full_url() == storage.url


def test_the_database_password_is_put_in_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "p@ss/word")
    text = '[storage]\nurl = "postgresql://watch@db.example.org/watch"\npassword = { env = "DATABASE_PASSWORD" }\n'
    storage = settings_of(text, tmp_path).storage
    assert storage.full_url() == "postgresql://watch:p%40ss%2Fword@db.example.org/watch"
    assert "p@ss" not in repr(storage)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_security(security: str, port: int, tmp_path: Path) -> None:
    text = f'[mail]\nhost = "localhost"\nsecurity = "{security}"\nfrom = "watch@example.org"\n'
    mail = settings_of(text, tmp_path).mail
    assert mail is not None
    assert mail.port == port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "LOCALHOST."])
def test_a_password_may_go_in_the_clear_to_this_machine(host: str, tmp_path: Path) -> None:
    login = 'user = "watch"\npassword = { env = "PASSWORD" }\nfrom = "watch@example.org"\n'
    assert settings_of(f'[mail]\nhost = "{host}"\nsecurity = "none"\n{login}', tmp_path).mail is not None


def test_a_time_of_day_may_be_written_as_toml_has_it(tmp_path: Path) -> None:
    text = FULL.replace('"07:30"', "07:30:00").replace('include = ["more/*.toml"]', "")
    digest = settings_of(text, tmp_path).recipients[0].digest
    assert digest is not None
    assert digest.at == (time(7, 30),)


def test_settings_cannot_be_changed(full: Settings) -> None:
    with pytest.raises(ValueError, match="frozen"):
        full.limits.hold_above = 3


def test_checks_examples_again_when_asked(full: Settings) -> None:
    check_examples(full)
    tables = (full.watchlist_tables[0].model_copy(update={"terms": full.watchlist_tables[0].terms[:1]}),)
    with pytest.raises(
        ConfigError, match=r'^watchlist\[0\]\.examples\.match\[0\]: example "at low tide" is not tagged'
    ):
        check_examples(full.model_copy(update={"watchlist_tables": tables}))


# --------------------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("2s", timedelta(seconds=2)),
        ("10m", timedelta(minutes=10)),
        ("6h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        ("1y", timedelta(days=365)),
    ],
)
def test_reads_durations(text: str, meant: timedelta) -> None:
    assert parse_duration(text) == meant
    assert write_duration(meant) == text


@pytest.mark.parametrize(
    "text", ["", "5", "s", "1.5h", "-1s", "1h30m", "10 m", "10M", "1mo", "١s", "5s\n", 7, None, True]
)
def test_refuses_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="whole number and a unit"):
        parse_duration(text)


@given(number=st.integers(0, 300_000), unit=st.sampled_from(["ms", "s", "m"]))
def test_a_written_duration_is_read_back(number: int, unit: str) -> None:
    meant = parse_duration(f"{number}{unit}")
    assert parse_duration(write_duration(meant)) == meant


# --------------------------------------------------------------------------- init and the shipped files


def test_what_init_writes_loads_at_once(tmp_path: Path) -> None:
    written = write_initial(tmp_path / "new" / "folder")
    assert written[0] == tmp_path / "new" / "folder" / "watchword.toml"
    settings = load(written[0])
    assert len(settings.channels) == 3
    assert settings.watchlists == load_watchlists()
    assert {watchlist.name for watchlist in settings.watchlists} >= {"BRICS", "CIS", "Ukraine"}


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    mine = tmp_path / "watchlists" / "cis.toml"
    mine.write_text("mine")
    with pytest.raises(ConfigError, match=r"cis\.toml: exists already"):
        write_initial(tmp_path)
    assert mine.read_text() == "mine"
    assert not (tmp_path / "watchword.toml").exists()


def test_init_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written: "):
        write_initial(tmp_path / "file" / "folder")


def test_the_sample_names_every_setting_of_a_table_it_shows() -> None:
    sample = (shipped("config") / "watchword.toml").read_text(encoding="utf-8")
    for name, table in json_schema()["$defs"].items():
        if name not in {"TermTable", "ExclusionTable", "WatchlistTable", "Examples", "ExampleTable", "Secret"}:
            for key in table["properties"]:
                assert re.search(rf"\b{key}\b", sample), f"{name}.{key}"


def test_reads_watchlists_from_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "tides.toml").write_text('[[watchlist]]\nname = "Tides"\nterms = ["ebb"]\n')
    assert load_watchlists([tmp_path / "tides.toml"]) == (Watchlist("Tides", (Term("ebb"),)),)
    (tmp_path / "tides.toml").write_text('[[watchlist]]\nname = "Tides"\nterm = ["ebb"]\n[mail]\n')
    with pytest.raises(ConfigError) as refused:
        load_watchlists([tmp_path / "tides.toml", tmp_path / "none.toml"])
    assert [problem.removeprefix(f"{tmp_path}/") for problem in refused.value.problems] == [
        'tides.toml:3:1: watchlist[0].term: unknown key, did you mean "terms"?',
        "tides.toml:4:2: mail: only [[watchlist]] tables stand in an included file, take it out",
        "none.toml:1:1: cannot be read: No such file or directory",
    ]


def test_reads_every_setting_of_a_watchlist(tmp_path: Path) -> None:
    (tmp_path / "tides.toml").write_text(
        """
[[watchlist]]
name = "Tides"
threshold = 1.5
terms = [
  "ebb AND (flow OR tide)",
  { term = "tide", lang = "en", match = "forms", weight = 2 },
  { term = "EBB", match = "exact", case = true, links = true },
]
not = [
  "ebb-line",
  { term = '"tide table"', lang = "en", match = "forms", where = "near" },
  { term = "#ad", case = false },
]
"""
    )
    assert load_watchlists([tmp_path / "tides.toml"]) == (
        Watchlist(
            "Tides",
            (
                Term("ebb AND (flow OR tide)"),
                Term("tide", "en", "forms", weight=2.0),
                Term("EBB", match="exact", case=True, links=True),
            ),
            exclusions=(
                Exclusion(Term("ebb-line")),
                Exclusion(Term('"tide table"', "en", "forms"), "near"),
                Exclusion(Term("#ad", case=False)),
            ),
            threshold=1.5,
        ),
    )


def test_watchlists_of_several_files_may_name_each_other(tmp_path: Path) -> None:
    (tmp_path / "tides.toml").write_text('[[watchlist]]\nname = "Tides"\nterms = ["ebb", "watchlist:Lakes -pond"]\n')
    lakes = '[[watchlist]]\nname = "Lakes"\nterms = ["lake"]\n'
    examples = (
        '[[watchlist]]\nname = "Both"\nterms = ["watchlist:Tides AND watchlist:Lakes"]\nexamples.match = ["a lake"]\n'
    )
    (tmp_path / "watchword.toml").write_text(f'include = ["tides.toml"]\n{lakes}{examples}')
    assert [watchlist.name for watchlist in load(tmp_path / "watchword.toml").watchlists] == ["Lakes", "Both", "Tides"]


# --------------------------------------------------------------------------- the schema


def accepts(schema: dict[str, Any], value: object, root: dict[str, Any]) -> bool:
    """Tell whether `value` fits `schema`, as far as our schema's own vocabulary goes."""
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root)
    if "anyOf" in schema:
        return any(accepts(each, value, root) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    match schema["type"], value:
        case "object", dict():
            known, others = schema.get("properties", {}), schema.get("additionalProperties", False)
            return value.keys() >= set(schema.get("required", ())) and all(
                accepts(known[key], each, root) if key in known else bool(others) and accepts(others, each, root)
                for key, each in value.items()
            )
        case "array", list():
            return len(value) >= schema.get("minItems", 0) and all(
                accepts(schema["items"], each, root) for each in value
            )
        case "string", str():
            return re.search(schema.get("pattern", ""), value) is not None
        case ("boolean", bool()) | ("integer", int()):
            return True
    return False


@pytest.mark.parametrize("text", [FULL, (shipped("config") / "watchword.toml").read_text(encoding="utf-8")])
def test_the_schema_accepts_what_a_person_writes(text: str) -> None:
    tables = tomllib.loads(text)
    schema = json_schema()
    for key, value in tables.items():
        assert accepts(schema["properties"][key], value, schema), key


@pytest.mark.parametrize(
    "text",
    ['[fetch]\ntimeout = "5 minutes"', "[[channel]]\nevery = '1h'", "[fetch]\ntimeot = '5s'", "channels = []",
     "mail.password = 'x'", "[[watchlist]]\nname = 'Tides'\nterms = []"],
)  # fmt: skip
def test_the_schema_refuses_what_loading_refuses(text: str) -> None:
    assert not accepts(json_schema(), tomllib.loads(text), json_schema())


def test_the_schema_describes_every_setting() -> None:
    schema = json_schema()
    for table in [schema, *schema["$defs"].values()]:
        assert table["description"]
        for key, setting in table["properties"].items():
            # a reference takes the description of the table that it names
            assert "$ref" in setting or setting["description"], key


# --------------------------------------------------------------------------- the plan's own example


def test_the_example_of_the_plan_loads_as_it_is_printed(tmp_path: Path) -> None:
    plan = Path(__file__).resolve().parents[2] / ".." / "shared" / "DESIGN.md"
    if not plan.exists():
        pytest.skip("the folder `shared` does not lie beside the checkout")
    example = re.search(r"```toml\n(.*?)```", plan.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    settings = settings_of(example[1], tmp_path)
    assert [channel.name for channel in settings.channels] == ["mfa-russia", "embassy-dumps"]
    assert sorted(watchlist.name for watchlist in settings.watchlists) == ["BRICS", "CIS", "Ukraine"]
