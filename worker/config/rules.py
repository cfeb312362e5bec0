"""What several settings must be together.

Looks at the tables as they were read, so that it finds its problems beside those of single values; what has the wrong
shape is passed over here, the models refuse it.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from worker.adapters.chat import REMEDY
from worker.config.documents import Problem
from worker.config.times import WEEK
from worker.config.values import printable, quoted
from worker.core.nearest import nearest
from worker.core.parse import FORMATS

Table = Mapping[str, Any]
Rule = Callable[["Whole"], Iterator[Problem]]

#: arrays of tables whose names must differ
_NAMED: Final = ("channel", "watchlist", "recipient")
#: how a recipient can be reached
_WAYS: Final = ("email", "webhook", "chat")


@dataclass(frozen=True)
class Whole:
    """The tables of the whole configuration, included files too."""

    tables: Table
    #: False where an included file could not be read: then the watchlists' names are not known
    complete: bool
    #: names of shipped watchlists that a recipient may use without more ado
    shipped: frozenset[str] = frozenset()
    #: whether the extra for chats is installed
    can_chat: bool = True

    def each(self, key: str) -> Iterator[tuple[int, Table]]:
        """Yield position and table of each ``[[key]]``."""
        tables = self.tables.get(key)
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, dict):
                yield number, table

    def names(self, key: str) -> dict[str, int]:
        """Return the name of each ``[[key]]`` with its first position."""
        names: dict[str, int] = {}
        for number, table in self.each(key):
            if isinstance(name := table.get("name"), str):
                names.setdefault(name, number)
        return names


def find_problems(whole: Whole) -> Iterator[Problem]:
    """Yield what is wrong with settings that are right one by one."""
    for rule in _RULES:
        yield from rule(whole)


def _names_differ(whole: Whole) -> Iterator[Problem]:
    """Names that differ in case only would be taken for one another in a mail."""
    for key in _NAMED:
        seen: dict[str, int] = {}
        for number, table in whole.each(key):
            name = table.get("name")
            if not isinstance(name, str):
                continue
            first = seen.setdefault(name.casefold(), number)
            if first != number:
                said = f'"{printable(name)}" is a name already, choose another than the {key} at'
                yield Problem((key, number, "name"), said, elsewhere=(key, first, "name"))


def _meant(table: Table, key: str) -> bool:
    """Tell whether `table` has `key`, or one that was meant to be `key` and is refused for its spelling."""
    return key in table or any(nearest(other, (key,)) for other in table)


def _channels_have_one_source(whole: Whole) -> Iterator[Problem]:
    for number, channel in whole.each("channel"):
        if "url" in channel and "path" in channel:
            yield Problem(("channel", number, "path"), "a channel has a url or a path, not both", at_key=True)
        elif not _meant(channel, "url") and not _meant(channel, "path"):
            yield Problem(("channel", number), 'a url or a path is required, for example url = "https://example.org"')


def _selectors_are_for_pages(whole: Whole) -> Iterator[Problem]:
    for number, channel in whole.each("channel"):
        given = channel.get("format")
        if "selectors" in channel and isinstance(given, str) and given in FORMATS and given != "webpage":
            said = f'only a web page has selectors, take them out or write format = "webpage", not "{given}"'
            yield Problem(("channel", number, "selectors"), said, at_key=True)


def _recipients_have_one_way(whole: Whole) -> Iterator[Problem]:
    for number, recipient in whole.each("recipient"):
        path = ("recipient", number)
        ways = [way for way in _WAYS if _meant(recipient, way)]
        if len(ways) > 1:
            said = f"a recipient has an {ways[0]} or a {ways[1]}, not both: make two recipients"
            yield Problem((*path, ways[1]), said.replace("an webhook", "a webhook"), at_key=True)
        elif not ways:
            said = 'an email, a webhook or a chat is required, for example email = "desk@example.org"'
            yield Problem(path, said)
        elif ways == ["email"]:
            yield from _by_mail(path, recipient, has_mail="mail" in whole.tables)
        elif ways == ["webhook"]:
            yield from _by_webhook(path, recipient)
        else:
            yield from _by_chat(path, recipient, can_chat=whole.can_chat)


def _by_mail(path: tuple[str, int], recipient: Table, *, has_mail: bool) -> Iterator[Problem]:
    if _is_told_nothing(recipient):
        example = 'digest = { at = "07:30", timezone = "Europe/Paris", language = "fr" }'
        yield Problem(path, f"a recipient with an email needs a digest or alerts = true, for example {example}")
    if "secret" in recipient:
        yield Problem((*path, "secret"), "only a webhook has a secret, take it out", at_key=True)
    if not has_mail:
        yield Problem((*path, "email"), "needs a mail server, add a [mail] table with host and from")


def _by_chat(path: tuple[str, int], recipient: Table, *, can_chat: bool) -> Iterator[Problem]:
    if not can_chat:
        yield Problem((*path, "chat"), f"chats need an extra that is not installed, {REMEDY}", at_key=True)
    if _is_told_nothing(recipient):
        yield Problem(path, "a recipient with a chat needs alerts = true, notices = true or a digest")
    if "secret" in recipient:
        yield Problem((*path, "secret"), "only a webhook has a secret, take it out", at_key=True)


def _is_told_nothing(recipient: Table) -> bool:
    # anything but a boolean is refused by the model
    wants_alerts = recipient.get("alerts") is not False if "alerts" in recipient else _meant(recipient, "alerts")
    return not _meant(recipient, "digest") and not wants_alerts and recipient.get("notices") is not True


def _by_webhook(path: tuple[str, int], recipient: Table) -> Iterator[Problem]:
    if not _meant(recipient, "secret"):
        example = 'secret = { credential = "NAME" }'
        yield Problem(path, f"a recipient with a webhook needs a secret to sign with, for example {example}")
    # anything but a boolean is refused by the model
    alerts = recipient.get("alerts", False)
    if (
        alerts is False
        and recipient.get("notices") is not True
        and not _meant(recipient, "digest")
        and ("alerts" in recipient or not _meant(recipient, "alerts"))
    ):
        here = (*path, "alerts") if "alerts" in recipient else path
        yield Problem(here, "a recipient with a webhook needs alerts = true, or a digest")


def _holds_have_alerts(whole: Whole) -> Iterator[Problem]:
    for number, recipient in whole.each("recipient"):
        for key in ("quiet", "alerts_per_hour"):
            path = ("recipient", number, key)
            if key in recipient and _meant(recipient, "webhook"):
                yield Problem(path, "a webhook gets each change at once, take it out", at_key=True)
            elif key in recipient and not _meant(recipient, "alerts"):
                yield Problem(path, "holds alerts back, and there are none: add alerts = true", at_key=True)
        quiet = recipient.get("quiet")
        if isinstance(quiet, dict) and _never_ends(quiet):
            said = 'is the time at which they begin, on every day: they would never end, change it or "days"'
            yield Problem(("recipient", number, "quiet", "to"), said)


def _never_ends(quiet: Table) -> bool:
    days = quiet.get("days", "daily")
    is_daily = days == "daily" or (isinstance(days, list) and {str(day) for day in days} >= set(WEEK))
    return is_daily and quiet.get("from") is not None and quiet.get("from") == quiet.get("to")


def _wishes_exist(whole: Whole) -> Iterator[Problem]:
    for wish, key in (("watchlists", "watchlist"), ("channels", "channel")):
        if key == "watchlist" and not whole.complete:
            continue
        known = set(whole.names(key)) | (whole.shipped if key == "watchlist" else set())
        wishing = [(who, number, table) for who in ("recipient", "feed") for number, table in whole.each(who)]
        for who, number, table in wishing:
            wanted = table.get(wish)
            for place, name in enumerate(wanted if isinstance(wanted, list) else ()):
                if isinstance(name, str) and name not in known:
                    yield Problem((who, number, wish, place), _unknown(key, name, known))


def _feeds_are_apart(whole: Whole) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, feed in whole.each("feed"):
        path = feed.get("path")
        if not isinstance(path, str):
            continue
        first = seen.setdefault(path, number)
        if first != number:
            said = "is the file of another feed already, choose another than the feed at"
            yield Problem(("feed", number, "path"), said, elsewhere=("feed", first, "path"))


def _unknown(key: str, name: str, known: Set[str]) -> str:
    meant = nearest(name, known)
    suggestion = f', did you mean "{printable(meant)}"?' if meant else ","
    names = f"known are {quoted(sorted(known))}" if known else f"there is none, add a [[{key}]]"
    return f'no {key} is called "{printable(name)}"{suggestion} {names}'


def _password_is_safe(whole: Whole) -> Iterator[Problem]:
    mail = whole.tables.get("mail")
    if not isinstance(mail, dict):
        return
    if "password" in mail and "user" not in mail:
        yield Problem(("mail", "password"), "a password needs a user, add user", at_key=True)
    if "user" in mail and "password" not in mail:
        yield Problem(("mail", "user"), 'a user needs a password, add password = { credential = "NAME" }', at_key=True)
    host = mail.get("host")
    if mail.get("security") == "none" and "password" in mail and isinstance(host, str) and not _loopback(host):
        said = 'would send the password in the clear over the network, use "starttls" or "tls"'
        yield Problem(("mail", "security"), said)


def _one_click_is_https(whole: Whole) -> Iterator[Problem]:
    """RFC 8058 section 3.1: one click is a POST to an address with https."""
    mail = whole.tables.get("mail")
    if isinstance(mail, dict) and mail.get("one_click") is True:
        where = mail.get("unsubscribe", "")
        if isinstance(where, str) and not where.startswith("https://"):
            said = 'needs an address with https, for example unsubscribe = "https://example.org/leave?who={recipient}"'
            yield Problem(("mail", "one_click"), said)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        # RFC 6761 section 6.3
        return host.casefold().rstrip(".") == "localhost"


_RULES: Final[tuple[Rule, ...]] = (
    _names_differ,
    _channels_have_one_source,
    _selectors_are_for_pages,
    _recipients_have_one_way,
    _holds_have_alerts,
    _wishes_exist,
    _feeds_are_apart,
    _password_is_safe,
    _one_click_is_https,
)
