"""What the core asks of the fixed texts of messages; the texts stand in `worker/locale`, and adapters read them."""

from datetime import datetime
from typing import Protocol

#: the languages of the fixed texts; others are answered in English
LANGUAGES = ("en", "fr", "ru")


class Phrases(Protocol):
    """The fixed texts in one language."""

    language: str

    def __call__(self, key: str, /, n: int | None = None, **names: object) -> str:
        """Return a phrase with its gaps filled; `n` chooses the plural form.

        Raises:
            KeyError: there is no such phrase, or a gap is left open.
        """
        ...

    def media(self, kind: str) -> str:
        """Return the name of a kind of attachment."""
        ...

    def day(self, at: datetime) -> str:
        """Return the day, as in ``21 Nov``."""
        ...

    def moment(self, at: datetime) -> str:
        """Return day and time, as in ``21 Nov 2026, 07:30``."""
        ...
