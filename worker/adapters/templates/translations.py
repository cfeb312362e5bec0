"""The fixed texts in every language: gettext catalogues for the words, Babel (Unicode CLDR) for the dates.

A message's name is its msgid, so English is a catalogue like the others, and a text can be reworded without touching a
template. Escapes nothing and knows no layout.
"""

from datetime import date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations

from babel.dates import format_date

from worker.core.phrases import LANGUAGES
from worker.resources import translations_of


class _Missing(NullTranslations):
    """Answers for a name that a catalogue lacks; gettext itself would show the name to the reader."""

    def gettext(self, message: str) -> str:
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 - the names are gettext's
        raise KeyError(msgid1)


@cache
def _catalogue(language: str) -> GNUTranslations:
    with translations_of(language).open("rb") as file:
        catalogue = GNUTranslations(file)
    catalogue.add_fallback(_Missing())
    return catalogue


@lru_cache(1000)
def _day(day: date, language: str) -> str:
    return format_date(day, "d MMM", locale=language)


class Translations:
    """The fixed texts in one language; English if there are none in `language`.

    Follows `worker.core.phrases.Phrases`.
    """

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._catalogue = _catalogue(self.language)

    def __call__(self, key: str, /, n: int | None = None, **names: object) -> str:
        """Return a phrase with its gaps filled; `n` chooses the plural form.

        Raises:
            KeyError: there is no such phrase, or a gap is left open.
        """
        text = self._catalogue.gettext(key) if n is None else self._catalogue.ngettext(key, key, n)
        return text.format(n=n, **names) if "{" in text else text

    def media(self, kind: str) -> str:
        """Return the name of a kind of attachment; kinds without one are shown as they are called."""
        try:
            return self._catalogue.gettext(f"media_{kind}")
        except KeyError:
            return kind.replace("_", " ")

    def day(self, at: datetime) -> str:
        """Return the day, as in ``21 Nov``."""
        return _day(at.date(), self.language)

    def moment(self, at: datetime) -> str:
        """Return day and time, as in ``21 Nov 2026, 07:30``."""
        return f"{self.day(at)} {at.year}, {at:%H:%M}"
