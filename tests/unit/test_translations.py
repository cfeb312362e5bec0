"""The fixed texts: every one in every language, none that nobody asks for, compiled as they are written."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from worker.adapters.templates import Translations
from worker.core.health import STATES
from worker.core.models import ChangeKind
from worker.core.phrases import LANGUAGES
from worker.resources import shipped, translations_of

_WORKER = Path(__file__).resolve().parents[2] / "worker"
#: names that are put together where they are asked for
_MADE_UP = frozenset(
    (
        *(f"count_{kind}" for kind in ChangeKind),
        *(str(kind) for kind in ChangeKind),
        *(f"state_{state}" for state in STATES if state != "new"),  # nobody is told of that one
        *(f"{silence}{form}" for silence in ("nothing", "blind") for form in ("", "_long")),
        *(f"held_{word}" for word in ("approve", "rebaseline")),
        *(f"{what}_{grade}" for what in ("grade", "unlisted") for grade in ("cosmetic", "minor")),
    )
)


def _catalogue(language: str) -> Catalog:
    with translations_of(language).with_suffix(".po").open("rb") as file:
        return read_po(file, locale=language)


def _messages(language: str) -> dict[str, Message]:
    """Return the messages by their names."""
    found = {message.id if isinstance(message.id, str) else message.id[0]: message for message in _catalogue(language)}
    return {name: message for name, message in found.items() if name}


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _asked_for() -> Iterator[str]:
    """Yield every word in quotes in the templates and the code."""
    for path in (*shipped("templates").glob("*.j2"), *_WORKER.rglob("*.py")):
        yield from re.findall(r"""["']([a-z]+(?:_[a-z]+)*)["']""", path.read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(language: str) -> None:
    messages = _messages(language)
    assert set(messages) == set(_messages("en"))
    for name, message in messages.items():
        assert all(_forms(message)), name
        assert not message.fuzzy, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_leaves_the_same_gaps_open(language: str) -> None:
    english = _messages("en")
    for name, message in _messages(language).items():
        wanted = set().union(*map(_gaps, _forms(english[name])))
        for form in _forms(message):
            assert _gaps(form) <= wanted, name
        assert set().union(*map(_gaps, _forms(message))) == wanted, name


def test_plural_forms_are_as_many_as_the_language_has() -> None:
    for language, forms in (("en", 2), ("fr", 2), ("ru", 3)):
        assert _catalogue(language).num_plurals == forms
        several = {name: one for name, one in _messages(language).items() if not isinstance(one.string, str)}
        assert {len(_forms(one)) for one in several.values()} == {forms}
        assert set(several) == {name for name, one in _messages("en").items() if not isinstance(one.string, str)}


def test_no_text_is_there_that_nobody_asks_for() -> None:
    asked = {*_asked_for(), *_MADE_UP}
    assert {name for name in _messages("en") if not name.startswith("media_")} <= asked


def test_every_text_that_a_template_asks_for_is_there() -> None:
    sources = "".join(path.read_text("utf-8") for path in shipped("templates").glob("*.j2"))
    asked = set(re.findall(r"""\bt\(["']([a-z_]+)["'][,)]""", sources))
    assert len(asked) > 20
    assert asked | _MADE_UP <= set(_messages("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(language))
    assert translations_of(language).read_bytes() == compiled.getvalue(), "run: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_text_is_a_mistake_and_never_shown(language: str) -> None:
    for several in (None, 2):
        with pytest.raises(KeyError, match="no_such_text"):
            Translations(language)("no_such_text", n=several)
    with pytest.raises(KeyError):
        Translations(language)("state_gone")  # a gap is left open


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "0 изменений"), (1, "1 изменение"), (3, "3 изменения"), (11, "11 изменений"), (21, "21 изменение")],
)
def test_russian_counts_decline(n: int, words: str) -> None:
    assert Translations("ru")("title", n=n) == words


def test_french_counts_nothing_in_the_singular() -> None:
    french = Translations("fr")
    assert [french("title", n=n) for n in (0, 1, 2)] == ["0 changement", "1 changement", "2 changements"]


@pytest.mark.parametrize(
    ("language", "months"),
    [
        ("en", "1 Jan 1 May 1 Sep"),
        ("fr", "1 janv. 1 mai 1 sept."),
        ("ru", "1 янв. 1 мая 1 сент."),
    ],
)
def test_days_are_written_as_the_language_writes_them(language: str, months: str) -> None:
    words = Translations(language)
    assert " ".join(words.day(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 5, 9)) == months


def test_other_languages_are_answered_in_english() -> None:
    assert Translations("xx")("title", n=2) == "2 changes"


def test_attachments_of_an_unknown_kind_are_called_what_they_are() -> None:
    assert [Translations("fr").media(kind) for kind in ("poll", "hologram_cube")] == ["sondage", "hologram cube"]
