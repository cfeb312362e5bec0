"""Every error that Watchword raises on purpose.

::

    WatchwordError
    ├── ConfigError            a configuration that cannot be used; carries every problem found
    ├── TermError              a term that cannot be understood; says which
    ├── QueryError             words that cannot be searched for
    ├── ParseError             bytes that are no export of any known kind
    ├── FetchError             an export that could not be fetched; `FetchProblem` says what kind of failure
    ├── UnsafeAddressError     an address that must not be reached; the cause of a FetchError
    ├── UnreadableFileError    a file, or a member of an archive, that cannot be read
    ├── StoreError             the database cannot be used
    ├── EvidenceError          bytes kept as evidence that cannot be written or read
    └── TemplateError          a template that cannot be rendered

What is expected is a value, not an exception: a 304, a refused page (`worker.core.models.Refusal`), a failed
delivery (`worker.core.models.Outcome`).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class WatchwordError(Exception):
    """The root. The message is one line in lower case that says what failed, where, and what would be right."""


class ConfigError(WatchwordError):
    """A configuration that cannot be used.

    Args:
        problems: one line each, ``file:line:column: path: what is wrong, what would be right``.
        pointers: for problems inside a text: its line of the file, and a caret below the place.
    """

    def __init__(self, problems: Sequence[str], pointers: Mapping[str, str] | None = None) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
        self.pointers = dict(pointers or {})


class TermError(WatchwordError):
    """A term that cannot be understood.

    Args:
        message: what is wrong and what would be right.
        watchlist: its watchlist's name.
        index: the term's place in the list, from 0.
        at: number of the wrong character in the text of the term, from 0.
        excludes: whether the term stands among those that take hits away.
    """

    def __init__(self, message: str, *, watchlist: str, index: int, at: int = 0, excludes: bool = False) -> None:
        super().__init__(message)
        self.watchlist = watchlist
        self.index = index
        self.at = at
        self.excludes = excludes


class QueryError(WatchwordError):
    """Words that cannot be searched for; the message says what would be right."""


class ParseError(WatchwordError):
    """Bytes that are no export of any known kind, or too deep or too large to be read safely."""


class FetchProblem(StrEnum):
    """Why an export could not be fetched, as coarse as the state of a channel is."""

    #: the address itself is malformed or neither http nor https
    BAD_ADDRESS = "bad_address"
    #: the server or its robots.txt does not want us there, and a later request will hardly change that
    REFUSED = "refused"
    #: a user name and password, or a login page, stand before it
    LOGIN = "login"
    #: 404
    MISSING = "missing"
    #: 410: stop asking and tell a person (RFC 9110 section 15.5.11)
    GONE = "gone"
    #: we ask too often
    LIMITED = "limited"
    #: the server failed, or what it sent makes no sense
    SERVER = "server"
    #: redirects that go in a circle, are too many or lead nowhere
    REDIRECT = "redirect"
    #: no connection, a connection that broke, or one that was too slow
    NETWORK = "network"
    #: not a public address, no encryption any more, or a certificate that cannot be trusted
    UNSAFE = "unsafe"
    #: more bytes than are taken
    TOO_LARGE = "too_large"


class FetchError(WatchwordError):
    """An export that could not be fetched.

    Args:
        message: what failed.
        kind: of failure.
        status: of the answer (RFC 9110 section 15); None if it was not the status that was wrong.
        retry_after_seconds: how long the server asked us to wait; None if it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FetchProblem = FetchProblem.SERVER,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    @property
    def gone(self) -> bool:
        """Whether the server says that the page is gone for good: it is rude to go on asking."""
        return self.kind is FetchProblem.GONE


class UnsafeAddressError(WatchwordError):
    """An address that must not be reached. Only ever met as the cause of what the HTTP libraries raise."""


class UnreadableFileError(WatchwordError):
    """A file, or a member of an archive, that cannot be read: gone, damaged, encrypted, too large."""


class StoreError(WatchwordError):
    """The database cannot be used: unreachable, locked by another instance, of a newer version, corrupt."""


class EvidenceError(WatchwordError):
    """Bytes kept as evidence that cannot be written, read or removed: a full disk, a missing or damaged file."""


class TemplateError(WatchwordError):
    """A template that cannot be rendered; names the template and the line."""
