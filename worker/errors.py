"""Every error that Watchword raises on purpose.

::

    WatchwordError
    ├── ConfigError            a configuration that cannot be used; carries every problem found
    ├── TermError              a term that cannot be understood; says which
    ├── ParseError             bytes that are no export of any known kind
    ├── FetchError             an export that could not be fetched
    ├── StoreError             the database cannot be used
    └── TemplateError          a template that cannot be rendered

What is expected is a value, not an exception: a 304, a refused page (`worker.core.models.Refusal`), a failed
delivery (`worker.core.models.Outcome`).
"""

from collections.abc import Sequence


class WatchwordError(Exception):
    """The root. The message is one line in lower case that says what failed, where, and what would be right."""


class ConfigError(WatchwordError):
    """A configuration that cannot be used.

    Args:
        problems: one line each, ``file:line:column: path: what is wrong, what would be right``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TermError(WatchwordError):
    """A term that cannot be understood.

    Args:
        message: what is wrong and what would be right.
        watchlist: its watchlist's name.
        index: the term's place in the list, from 0.
    """

    def __init__(self, message: str, *, watchlist: str, index: int) -> None:
        super().__init__(message)
        self.watchlist = watchlist
        self.index = index


class ParseError(WatchwordError):
    """Bytes that are no export of any known kind, or too deep or too large to be read safely."""


class FetchError(WatchwordError):
    """An export that could not be fetched.

    Args:
        message: what failed.
        retry_after_seconds: how long the server asked us to wait; None if it did not say.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class StoreError(WatchwordError):
    """The database cannot be used: unreachable, locked by another instance, of a newer version, corrupt."""


class TemplateError(WatchwordError):
    """A template that cannot be rendered; names the template and the line."""
