"""The settings: frozen models of the file, with the file's own keys as aliases. They stop at bootstrap.

Each model checks its values one by one; what concerns several of them stands in `worker.config.rules`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationInfo,
)

from worker.config.durations import PATTERN, parse_duration, write_duration
from worker.config.part import Part, not_empty
from worker.config.secrets import SecretReference
from worker.config.sizes import PATTERN as SIZE_PATTERN
from worker.config.sizes import parse_size, write_size
from worker.config.times import Digest, Language, Quiet, Zone
from worker.config.values import (
    NAME_PATTERN,
    Network,
    check_address,
    check_format,
    check_glob,
    check_host,
    check_leaving,
    check_line,
    check_mailbox,
    check_name,
    check_selector,
    check_url,
    folder_of,
    parse_network,
)
from worker.config.watchlists import WatchlistTable
from worker.core.models import Selectors, Watchlist
from worker.core.parse import FORMATS

Security = Literal["starttls", "tls", "none"]

#: RFC 6409 (submission), RFC 8314 (implicit TLS), RFC 5321
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


def _duration(given: object) -> timedelta:
    return given if isinstance(given, timedelta) else parse_duration(given)


def _positive(given: timedelta) -> timedelta:
    if not given:
        raise ValueError("must be longer than nothing")
    return given


def _optional_duration(given: object) -> timedelta | None:
    return None if given is None or given is False else _positive(_duration(given))


def _optional_size(given: object) -> int | None:
    if given is None or given is False:
        return None
    return parse_size(given)


_WRITTEN_DURATION = Annotated[str, StringConstraints(pattern=PATTERN)]
_ANY_DURATION = PlainValidator(_duration, json_schema_input_type=_WRITTEN_DURATION)
_AS_WRITTEN = PlainSerializer(write_duration, return_type=str)
#: a span of time; may be nothing
Spacing = Annotated[timedelta, _ANY_DURATION, _AS_WRITTEN]
#: a span of time that is longer than nothing
Duration = Annotated[timedelta, _ANY_DURATION, AfterValidator(_positive), _AS_WRITTEN]
#: one that may be switched off
OptionalDuration = Annotated[
    timedelta | None,
    PlainValidator(_optional_duration, json_schema_input_type=_WRITTEN_DURATION | Literal[False]),
    PlainSerializer(lambda span: False if span is None else write_duration(span), return_type=str | Literal[False]),
]
#: bytes; may be switched off
OptionalSize = Annotated[
    int | None,
    PlainValidator(
        _optional_size, json_schema_input_type=Annotated[str, StringConstraints(pattern=SIZE_PATTERN)] | Literal[False]
    ),
    PlainSerializer(lambda size: False if size is None else write_size(size), return_type=str | Literal[False]),
]
Name = Annotated[str, AfterValidator(check_name), Field(json_schema_extra={"pattern": NAME_PATTERN})]
Line = Annotated[str, AfterValidator(check_line)]
Url = Annotated[str, AfterValidator(check_url)]
Selector = Annotated[str, AfterValidator(check_selector)]
Glob = Annotated[str, AfterValidator(check_glob)]
Names = Annotated[tuple[str, ...], AfterValidator(not_empty), Field(json_schema_extra={"minItems": 1})]


def _storage_url(url: str, info: ValidationInfo) -> str:
    """Return `url` with the path of an SQLite file made absolute (four slashes begin at the root, as in SQLAlchemy)."""
    scheme, colon, rest = url.partition("://")
    if not colon or not url.isprintable() or " " in url:
        raise ValueError('must be "sqlite:///FILE" or "postgresql://HOST/DATABASE"')
    if scheme == "sqlite":
        if not rest.startswith("/") or rest == "/":
            raise ValueError('must be "sqlite:///FILE" with three slashes, or four where FILE begins at the root')
        name = rest.removeprefix("/")
        return url if name == ":memory:" else f"sqlite:///{folder_of(info).absolute() / name}"
    if scheme not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError('must begin with "sqlite:///" or "postgresql://"')
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError('must be an address such as "postgresql://HOST/DATABASE"') from None
    if parts.password is not None or "password=" in parts.query:
        raise ValueError("a password never stands in the configuration, give it as password below [storage]")
    return url


def _evidence_folder(given: object, info: ValidationInfo) -> str | None:
    """Return the folder of the evidence: beside the database if not set, None for ``false``."""
    if given is False:
        return None
    if given is None:
        scheme, _, path = str(info.data.get("url", "sqlite:///:memory:")).partition(":///")
        if scheme != "sqlite":
            return str(folder_of(info).absolute() / "evidence")
        return None if path == ":memory:" else str(Path(path).parent / "evidence")
    if not isinstance(given, str) or not given or not given.isprintable():
        raise ValueError('must be the path of a folder such as "evidence", or false')
    return str(folder_of(info).absolute() / given)


class Storage(Part):
    """Where posts, changes and deliveries are kept."""

    url: Annotated[
        str, AfterValidator(_storage_url), Field(validate_default=True, examples=["sqlite:///watchword.db"])
    ] = "sqlite:///watchword.db"
    """SQLite file (relative to this file's folder; four slashes for a path from the root) or PostgreSQL address."""
    password: SecretReference | None = None
    """Password of the PostgreSQL user in `url`, by reference."""
    evidence: Annotated[
        str | None,
        PlainValidator(_evidence_folder, json_schema_input_type=str | Literal[False]),
        Field(validate_default=True, examples=["evidence"]),
    ] = None
    """Folder for the exports in which something was found; `evidence` beside the SQLite file or else beside this file
    if not set, none are kept if false."""

    def full_url(self) -> str:
        """Return the address with the password in it, for the engine only.

        Raises:
            ConfigError: the password cannot be read.
        """
        if self.password is None:
            return self.url
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        netloc = f"{user}:{quote(self.password.read(), safe='')}{at}{host}"
        return urlunsplit(parts._replace(netloc=netloc))


class HostFetch(Part):
    """What is different for one host."""

    spacing: Annotated[Spacing, Field(examples=["1s"])] | None = None
    """Time between two requests to this host, over all channels; as for all hosts if not set."""
    parallel: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    """How many requests may run at this host at the same time."""
    robots: StrictBool | None = None
    """Whether this host's robots.txt is asked before its web pages are fetched; as for all hosts if not set."""


class Fetch(Part):
    """How channels are fetched."""

    contact: Annotated[Line, Field(examples=["ops@example.org"])] | None = None
    """Whom a site's owner can write to; stands in the User-Agent."""
    timeout: Duration = timedelta(seconds=60)
    """Longest time that one whole request may take."""
    spacing: Spacing = timedelta(seconds=2)
    """Time between two requests to one host, over all channels."""
    robots: StrictBool = True
    """Ask a site's robots.txt before its web pages are fetched; feeds and previews of Telegram are not asked for."""
    max_bytes: Annotated[StrictInt, Field(ge=1000, le=2_000_000_000)] = 20_000_000
    """Largest export that is taken, in bytes after unpacking."""
    allow_networks: tuple[
        Annotated[
            Network, PlainValidator(parse_network, json_schema_input_type=str), PlainSerializer(str, return_type=str)
        ],
        ...,
    ] = ()
    """Private networks that may be reached all the same, such as 10.0.5.0/24."""
    host: dict[Annotated[str, AfterValidator(check_host)], HostFetch] = Field(default_factory=dict)
    """What is different for single hosts, by host name."""


def _default_port(before: dict[str, Any]) -> int:
    return PORTS[before.get("security", "starttls")]


class Mail(Part):
    """The server that takes our e-mail."""

    host: Annotated[str, AfterValidator(check_host), Field(examples=["smtp.example.org"])]
    """Name of the server."""
    security: Security = "starttls"
    """"starttls", "tls", or "none" for a server on this machine."""
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = Field(default_factory=_default_port)
    """Port of the server: 587 with starttls, 465 with tls, 25 with none, if not set."""
    user: Line | None = None
    """User to log in as; without one there is no login."""
    password: SecretReference | None = None
    """Password of the user, by reference."""
    sender: Annotated[
        str, AfterValidator(check_mailbox), Field(alias="from", examples=["Watchword <watchword@example.org>"])
    ]
    """Address that stands in From:, with or without a name."""
    unsubscribe: (
        Annotated[str, AfterValidator(check_leaving), Field(examples=["mailto:ops@example.org?subject={recipient}"])]
        | None
    ) = None
    """Address by which a recipient leaves, "mailto:" or "https://"; may hold {recipient} and {address}."""
    one_click: StrictBool = False
    """The https address in `unsubscribe` takes a POST and asks nothing further (RFC 8058)."""


class Limits(Part):
    """What is out of the ordinary."""

    hold_above: Annotated[StrictInt, Field(ge=1)] = 100
    """A check that finds more new posts than this, and far more than usual, is held until a person decides."""
    pages_back: Annotated[StrictInt, Field(ge=0)] = 50
    """How many pages a channel is paged back to close a gap."""
    digest_posts: Annotated[StrictInt, Field(ge=1)] = 500
    """Most posts in one digest; the rest is counted."""


class Templates(Part):
    """How messages look."""

    folder: (
        Annotated[
            Line,
            AfterValidator(lambda path, info: str(folder_of(info).absolute() / path)),
            Field(examples=["my-templates"]),
        ]
        | None
    ) = None
    """Folder with templates of your own, relative to this file's folder; each replaces the shipped one of its name."""


class Retention(Part):
    """How long what is stored is kept; what was found in the last seven days always is."""

    texts: Annotated[OptionalDuration, Field(examples=["2y"])] = None
    """How long texts of posts are kept after the last that was found out about them; for ever if not set."""
    revisions: Annotated[OptionalDuration, Field(examples=["1y"])] = None
    """How long texts are kept that an edit has replaced; as long as the post's text if not set."""
    deliveries: OptionalDuration = timedelta(days=90)
    """How long messages are kept that were sent or given up; that they were stays known. For ever if false."""
    evidence: OptionalDuration = timedelta(days=400)
    """How long the bytes of the exports are kept in which something was found; for ever if false."""
    evidence_bytes: OptionalSize = 5_000_000_000
    """How much they may take on the disk; where they take more, the oldest go first. Any size if false."""


def _default_title(before: dict[str, Any]) -> str:
    return str(before.get("name", ""))


class PageSelectors(Part):
    """Where the posts of a web page stand, as CSS selectors; all but `post` are looked for inside each post."""

    post: Annotated[Selector, Field(examples=["article.news"])]
    """Element of one post."""
    title: Annotated[Selector, Field(examples=["h2"])] | None = None
    """Title of the post; there is none if not set."""
    text: Annotated[Selector, Field(examples=[".summary"])] | None = None
    """Text of the post; all that the post shows if not set."""
    link: Annotated[Selector, Field(examples=["a.more"])] | None = None
    """Link to the post, by which it is known again; the link of the title if not set."""
    date: Annotated[Selector, Field(examples=["time"])] | None = None
    """Day of the post; not known if not set."""

    def selectors(self) -> Selectors:
        """Return them as the core knows them."""
        return Selectors(post=self.post, title=self.title, text=self.text, link=self.link, date=self.date)


class Channel(Part):
    """One publisher that is followed; exactly one of `url` and `path` is set."""

    name: Annotated[Name, Field(examples=["ministry-news"])]
    """Short name, used on the command line and in logs."""
    title: Line = Field(default_factory=_default_title)
    """Name for readers; the short name if not set."""
    url: Annotated[Url, Field(examples=["https://example.org/news"])] | None = None
    """Address of the export."""
    path: Annotated[Glob, AfterValidator(lambda path, info: str(folder_of(info).absolute() / path))] | None = None
    """Files dropped by another tool, relative to this file's folder; may hold * and ?."""
    every: Duration = timedelta(minutes=10)
    """Time from one check to the next while the channel is busy."""
    slowest: Annotated[Duration, Field(examples=["1h"])] | None = None
    """Longest time between two checks of a channel that seldom posts; three times `every` if not set."""
    format: Annotated[str, AfterValidator(check_format), Field(json_schema_extra={"enum": list(FORMATS)})] | None = None
    """Format of the export; found out from its bytes if not set."""
    announce_first: StrictBool = False
    """Tell the posts of the first check too, which otherwise are only stored and tagged."""
    selectors: PageSelectors | None = None
    """Where the posts of a web page stand; not needed for Telegram, feeds, dumps and sites made with WordPress."""


class Recipient(Part):
    """Who is told; exactly one of `email`, `webhook` (with `secret`) and `chat` is set."""

    name: Annotated[Name, Field(examples=["desk"])]
    """Short name, used on the command line and in logs."""
    email: Annotated[str, AfterValidator(check_address), Field(examples=["desk@example.org"])] | None = None
    """Address that gets the digest."""
    webhook: Annotated[Url | None, Field(examples=["https://hooks.example.org/watchword"], repr=False)] = None
    """Address that gets changes, digests and notices by POST, signed by the Standard Webhooks rules."""
    secret: SecretReference | None = None
    """Signing secret of the webhook, by reference."""
    chat: SecretReference | None = None
    """Address of a person, room or topic in a chat, as Apprise writes them, by reference: it holds a password."""
    watchlists: Names | None = None
    """Watchlists the recipient wants; all if not set."""
    channels: Names | None = None
    """Channels the recipient wants; all if not set."""
    digest: (
        Annotated[Digest, Field(examples=[{"at": "07:30", "timezone": "Europe/Paris", "language": "fr"}])] | None
    ) = None
    """When the digest goes out."""
    changes: tuple[Literal["new", "edited", "deleted", "restored"], ...] = ("new", "edited", "deleted", "restored")
    """Kinds of change that are told."""
    edits: Literal["cosmetic", "minor", "substantive"] = "minor"
    """From which grade on an edit is told; one that brings a watchlist to a post, or takes it away, always is."""
    alerts: StrictBool = False
    """Tell changes at once."""
    alert_on: tuple[Literal["new", "edited", "deleted", "restored", "gained", "lost"], ...] | None = None
    """What is told at once; every change if not set. "gained" and "lost": an edit that brings or takes a watchlist."""
    alerts_per_hour: Annotated[StrictInt, Field(ge=1, examples=[10])] | None = None
    """Most alerts by e-mail or chat in one hour; what comes beyond goes out as one message when the hour is over."""
    quiet: Annotated[Quiet, Field(examples=[{"from": "22:00", "to": "07:00"}])] | None = None
    """Hours in which alerts by e-mail or chat wait."""
    timezone: Annotated[Zone, Field(examples=["Europe/Paris"])] | None = None
    """Name of the recipient's time zone; that of the digest, or else UTC, if not set."""
    language: Language | None = None
    """Language of what is sent; that of the digest, or else English, if not set."""
    notices: StrictBool = False
    """Tell when a channel fails, goes quiet or works again, and when changes wait for a decision."""

    @property
    def zone_name(self) -> str:
        """The time zone of everything but a digest that has its own."""
        return self.timezone or (self.digest and self.digest.timezone) or "UTC"

    @property
    def tongue(self) -> Language:
        """The language of everything but a digest that has its own."""
        return self.language or (self.digest and self.digest.language) or "en"


class Feed(Part):
    """An Atom file, written when something has changed, for readers who want no mail."""

    path: Annotated[
        str,
        AfterValidator(check_line),
        AfterValidator(lambda path, info: str(folder_of(info).absolute() / path)),
        Field(examples=["/var/www/watchword/brics.atom"]),
    ]
    """File to write, relative to this file's folder; its folder must be there."""
    title: Line = "Watchword"
    """Title of the feed."""
    link: Annotated[Url, Field(examples=["https://example.org/brics.atom"])] | None = None
    """Address at which readers fetch the file."""
    watchlists: Names | None = None
    """Watchlists in it; all if not set."""
    channels: Names | None = None
    """Channels in it; all if not set."""
    changes: tuple[Literal["new", "edited", "deleted", "restored"], ...] = ("new", "edited", "deleted", "restored")
    """Kinds of change in it."""
    edits: Literal["cosmetic", "minor", "substantive"] = "minor"
    """From which grade on an edit is in it; one that brings a watchlist to a post, or takes it away, always is."""
    entries: Annotated[StrictInt, Field(ge=1, le=1000)] = 100
    """How many of the newest changes are in it."""
    language: Language = "en"
    """Language of the fixed texts."""


class Settings(Part):
    """Everything that a configuration says, with the defaults filled in."""

    include: tuple[Glob, ...] = ()
    """Files with more watchlists, relative to this file; may hold * and ?."""
    storage: Storage = Field(default_factory=Storage)
    """Where posts, changes and deliveries are kept."""
    fetch: Fetch = Field(default_factory=Fetch)
    """How channels are fetched."""
    mail: Mail | None = None
    """The server that takes our e-mail; needed as soon as a recipient has an e-mail address."""
    limits: Limits = Field(default_factory=Limits)
    """What is out of the ordinary."""
    templates: Templates = Field(default_factory=Templates)
    """How messages look."""
    retention: Retention = Field(default_factory=Retention)
    """How long what is stored is kept."""
    channels: tuple[Channel, ...] = Field(default=(), alias="channel")
    """The publishers that are followed, each in a [[channel]] table."""
    watchlist_tables: tuple[WatchlistTable, ...] = Field(default=(), alias="watchlist")
    """The concepts that are watched for, each in a [[watchlist]] table."""
    recipients: tuple[Recipient, ...] = Field(default=(), alias="recipient")
    """Who is told, each in a [[recipient]] table."""
    feeds: tuple[Feed, ...] = Field(default=(), alias="feed")
    """Atom files that are written, each in a [[feed]] table."""

    @property
    def watchlists(self) -> tuple[Watchlist, ...]:
        """The watchlists as the core knows them: the file's own, the included ones, then the shipped ones."""
        return tuple(table.watchlist() for table in self.watchlist_tables)
