"""Working on watchlists: explain, backtest, watchlists and suggest, on the database of the demonstration."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import NOON, make_new, make_record
from tests.e2e.conftest import House
from tests.e2e.process import Commands, Ended
from worker.adapters.store.engine import upgrade

_CHANGED = """
[[watchlist]]
name = "CIS"
terms = ["foreign AND trade", "windmill"]
"""
_FAIRS = """
[[watchlist]]
name = "Fairs"
terms = ["market", "harbour AND Selmouth", { term = "lang:fr AND is:forward" }, "wool", "ferry"]
not = [{ term = "closed", where = "near" }]
threshold = 2
"""


@pytest.fixture(scope="module")
def demo(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration."""
    folder = tmp_path_factory.mktemp("bench") / "demo"
    ended = commands.run("demo", "--out", folder, seconds=60)
    assert ended.code == 0, ended.err
    (folder / "changed.toml").write_text(_CHANGED, "utf-8")
    (folder / "fairs.toml").write_text(_FAIRS, "utf-8")
    return folder


def run(commands: Commands, demo: Path, *words: str, **more: Any) -> Ended:
    return commands.run(*words, "--config", demo / "watchword.toml", cwd=demo, **more)


def one(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.err
    (found,) = ended.objects()
    return found


def complaint(ended: Ended, code: int = 1) -> str:
    """Return the one line on standard error."""
    assert (ended.code, ended.out) == (code, "")
    (line,) = ended.err.splitlines()
    return line


def fits(ended: Ended, width: int = 80) -> list[str]:
    """Return the lines, none of which is too long or ends in blanks."""
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert all(len(line) <= width and line == line.rstrip() for line in lines), lines
    return lines


# --------------------------------------------------------------------------- explain


def test_a_stored_post_is_explained_with_the_place_of_every_hit(commands: Commands, demo: Path) -> None:
    found = one(run(commands, demo, "explain", "norvania_fo/104", "--json"))

    assert (found["channel"], found["id"], found["url"]) == ("norvania_fo", "104", "https://t.me/norvania_fo/104")
    assert found["tags"] == found["stored_tags"] == ["CIS"]
    cis = next(each for each in found["watchlists"] if each["watchlist"] == "CIS")
    assert cis["tagged"]
    assert cis["score"] >= cis["threshold"]
    hits = [hit for term in cis["terms"] for hit in term["hits"]]
    assert hits
    assert all(found["text"][hit["start"] : hit["end"]] == hit["text"] for hit in hits)
    by_address = one(run(commands, demo, "explain", "https://t.me/norvania_fo/104", "--json"))
    assert by_address == found


def test_an_explanation_marks_words_and_says_what_is_missing_and_taken_away(commands: Commands, demo: Path) -> None:
    text = "The salon is closed: a market. Long afterwards, and in another town altogether, the harbour market has wool"

    lines = fits(commands.run("explain", text, "--config", demo / "fairs.toml"))

    assert "Fairs: tagged, score 2 of 2" in lines
    assert "**wool**" in " ".join(lines)
    assert "  + market: market" in lines
    assert "  - market: market taken away, closed stands near it" in lines
    assert "  ? harbour AND Selmouth: missing Selmouth" in lines
    assert lines[-1] == "  2 other terms are not found"


def test_all_terms_are_named_if_asked_for(commands: Commands, demo: Path) -> None:
    asked = ("explain", "nothing here", "--config", demo / "fairs.toml")

    assert fits(commands.run(*asked))[-1] == "  5 terms are not found"
    assert fits(commands.run(*asked, "--all"))[-5:] == [
        "  - market",
        "  - harbour AND Selmouth",
        "  - lang:fr AND is:forward",
        "  - wool",
        "  - ferry",
    ]
    (brief,) = commands.run(*asked, "--json").objects()
    (whole,) = commands.run(*asked, "--json", "--all").objects()
    assert (brief["watchlists"][0]["others"], whole["watchlists"][0]["others"]) == (5, 0)
    assert [term["hit"] for term in whole["watchlists"][0]["terms"]] == [False] * 5


def test_what_is_said_of_a_text_besides_its_words_counts(commands: Commands, demo: Path) -> None:
    words = ("explain", "market", "--json", "--config", demo / "fairs.toml")

    assert one(commands.run(*words))["tags"] == []
    assert one(commands.run(*words, "--lang", "fr", "--forward"))["tags"] == ["Fairs"]


def test_a_text_comes_from_standard_input_or_looks_like_a_post(commands: Commands, demo: Path) -> None:
    piped = one(commands.run("explain", "-", "--json", stdin="Страны СНГ\n".encode(), cwd=demo.parent))
    assert (piped["text"], piped["tags"], piped["stored_tags"]) == ("Страны СНГ", ["CIS"], None)

    assert one(commands.run("explain", "CIS/BRICS", "--text", "--json", cwd=demo.parent))["tags"] == ["BRICS", "CIS"]
    assert one(commands.run("explain", "half\udcff", "--json", cwd=demo.parent))["tags"] == []


def test_the_language_and_the_forms_of_a_term_are_said(commands: Commands, demo: Path) -> None:
    config = demo / "boats.toml"
    term = '{ term = "паром", lang = "ru", match = "forms", weight = 2 }'
    config.write_text(f'[[watchlist]]\nname = "Boats"\nterms = [{term}]\n', "utf-8")

    lines = fits(commands.run("explain", "Отмена паромов", "--config", config))

    assert lines[-1] == "  + паром (ru, forms, weight 2): паромов"
    (term_found,) = one(commands.run("explain", "паромы", "--json", "--config", config))["watchlists"][0]["terms"]
    assert (term_found["lang"], term_found["match"], term_found["weight"]) == ("ru", "forms", 2.0)


def test_only_the_watchlist_that_is_asked_for_is_shown(commands: Commands, demo: Path) -> None:
    found = one(run(commands, demo, "explain", "norvania_fo/104", "--watchlist", "cis", "--json"))

    assert [each["watchlist"] for each in found["watchlists"]] == ["CIS"]
    line = complaint(run(commands, demo, "explain", "norvania_fo/104", "--watchlist", "Fairs"))
    assert line == "watchword: there is no watchlist 'Fairs' in use, known are BRICS, CIS, Ukraine"


def test_a_post_that_there_is_not_is_one_line(commands: Commands, demo: Path) -> None:
    assert "there is no post 'norvania_fo/9999'" in complaint(run(commands, demo, "explain", "norvania_fo/9999"))


def test_changed_watchlists_show_in_the_explanation_of_a_stored_post(commands: Commands, demo: Path) -> None:
    config = demo / "other.toml"
    text = (demo / "watchword.toml").read_text("utf-8")
    config.write_text(f'include = ["changed.toml"]\n{text}', "utf-8")
    said = "stored with the tags CIS: the watchlists have changed since"

    assert said in fits(commands.run("explain", "zarechye_press/881", "--config", config))
    assert said not in fits(run(commands, demo, "explain", "zarechye_press/881"))


def test_a_post_whose_text_was_removed_cannot_be_explained(house: House) -> None:
    house.furnish("", allow="[]")
    with house.store() as store:
        upgrade(store._engine)
        store.set_up_channels({"harbour": "https://t.me/s/harbour"}, NOON)
        store.record_check(make_record(make_new("The CIS of Norvania", 1)))
        assert house.run("explain", "harbour/1", "--json").objects()[0]["tags"] == ["CIS"]
        store.prune_texts(NOON + timedelta(days=30), NOON + timedelta(days=40))

    line = complaint(house.run("explain", "harbour/1"))
    assert line == "watchword: the text of harbour/1 was removed by [retention], there is nothing to explain"


# --------------------------------------------------------------------------- backtest


def test_the_present_watchlist_changes_nothing(commands: Commands, demo: Path) -> None:
    for name in ("BRICS", "CIS", "Ukraine"):
        found = one(run(commands, demo, "backtest", name, "--json"))

        assert found["posts"] > 10
        assert found["tagged"] == found["before"] > 0
        assert (found["added"], found["removed"], found["samples"]["added"]) == (0, 0, [])
        assert sum(part["tagged"] for part in found["channels"]) == found["tagged"]
        assert sum(part["posts"] for part in found["weeks"]) == found["posts"]
        assert found["compared_with"] == "stored"


def test_a_changed_watchlist_shows_what_it_adds_and_removes(commands: Commands, demo: Path) -> None:
    found = one(run(commands, demo, "backtest", "cis", "--file", "changed.toml", "--json"))

    assert found["watchlist"] == "CIS"
    assert found["never"] == ["windmill"]
    assert found["before"] + found["added"] - found["removed"] == found["tagged"]
    assert [each["id"] for each in found["samples"]["removed"]] == ["881"]
    (hit, *_) = found["samples"]["removed"][0]["matches"]
    assert found["samples"]["removed"][0]["text"][hit["start"] : hit["end"]] == hit["text"]


def test_a_backtest_is_drawn_within_the_width_of_a_page(commands: Commands, demo: Path) -> None:
    lines = fits(run(commands, demo, "backtest", "CIS", "--file", "changed.toml", "--since", "52w"))

    assert lines[0].startswith("CIS in 14 posts since ")
    for heading in ("terms", "found nothing (1)", "channels", "weeks"):
        assert heading in lines
    assert any("█" in line for line in lines)
    assert any("**foreign**" in line for line in lines)
    assert "fewer (1 of 1)" in lines


def test_a_backtest_compares_with_another_configuration(commands: Commands, demo: Path) -> None:
    against = str(demo / "changed.toml")

    found = one(run(commands, demo, "backtest", "CIS", "--against", against, "--json"))

    assert found["compared_with"] == against
    assert (found["added"], found["removed"]) == (1, 0)
    assert [each["id"] for each in found["samples"]["added"]] == ["881"]


def test_no_samples_are_shown_if_none_are_wanted(commands: Commands, demo: Path) -> None:
    found = one(run(commands, demo, "backtest", "CIS", "--samples", "0", "--json"))

    assert found["samples"] == {"tagged": [], "added": [], "removed": []}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("backtest", "Fairs"), 1, "there is no watchlist 'Fairs' in the configuration"),
        (("backtest", "CIS", "--file", "fairs.toml"), 1, "there is no watchlist 'CIS' in fairs.toml, known are Fairs"),
        (("backtest", "CIS", "--file", "nowhere.toml"), 2, "nowhere.toml:1:1: cannot be read"),
        (("backtest", "CIS", "--against", "fairs.toml"), 1, "there is no watchlist 'CIS' in fairs.toml"),
        (("watchlists", "suggest", "Fairs"), 1, "there is no watchlist 'Fairs' in the configuration"),
    ],
)
def test_a_mistake_is_one_line(commands: Commands, demo: Path, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in complaint(run(commands, demo, *words), code)


def test_a_time_that_is_none_is_refused(commands: Commands, demo: Path) -> None:
    ended = run(commands, demo, "backtest", "CIS", "--since", "yesterday")

    assert ended.code == 2
    assert "'yesterday' is no time" in ended.err
    assert one(run(commands, demo, "backtest", "CIS", "--since", "0001-01-01", "--json"))["posts"] == 14
    assert one(run(commands, demo, "backtest", "CIS", "--since", "2100-01-01", "--json"))["weeks"] == []


# --------------------------------------------------------------------------- watchlists


def test_watchlists_are_listed_with_their_places_and_posts(commands: Commands, demo: Path) -> None:
    listed = run(commands, demo, "watchlists", "--json").objects()

    assert [each["watchlist"] for each in listed] == ["BRICS", "CIS", "Ukraine"]
    assert all(each["tagged"] == 2 and each["terms"] > 1 for each in listed)
    assert all(each["defined_in"].split(":")[0].endswith(f"{each['watchlist'].lower()}.toml") for each in listed)
    lines = run(commands, demo, "watchlists").out.splitlines()
    assert [line.split()[:5] for line in lines] == [
        [name, "2", "posts", "in", "30"] for name in ("BRICS", "CIS", "Ukraine")
    ]


def test_where_few_posts_are_tagged_nothing_is_suggested(commands: Commands, demo: Path) -> None:
    found = one(run(commands, demo, "watchlists", "suggest", "CIS", "--json"))

    assert (found["watchlist"], found["tagged"], found["suggestions"]) == ("CIS", 2, [])
    assert fits(run(commands, demo, "watchlists", "suggest", "CIS"))[-1] == (
        "no term stands out in 3 or more tagged posts of 2 or more channels"
    )
