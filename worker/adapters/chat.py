"""One short text -> one message in a chat, by Apprise, which is installed by the extra ``watchword[chat]``.

Whatever the other side does is an `Outcome`, never an exception, and neither the address nor a part of it stands in
one: it is a password. Apprise makes its own connections, past the guard of `worker.adapters.guard`. So only the
services named here can be used, and one that stands on a server of its own only by TLS, or at a private address that
the guard permits. Does not retry.
"""

import importlib
import importlib.util
import ipaddress
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpcore

from worker.core.models import Outcome, Result
from worker.errors import UnsafeAddressError

#: how the extra is installed
REMEDY = "run: pip install 'watchword[chat]'"
#: longer texts are for mails
_MOST = 3_500
#: of what a service takes, for the signs that stand for single ones (``&lt;``)
_SHARE = 0.9
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 20.0
_STATUS = re.compile(r"error\s*=\s*(\d{3})\b")

#: What a status means; see `worker.adapters.webhook` for why nearly all are temporary. What refuses this one message is
#: permanent, so that it does not keep back the others.
_REMEDIES = {
    400: "it cannot read the message",
    401: "it does not accept the login or the token",
    403: "it does not allow this, or the token is wrong",
    404: "it knows no such token or room",
    410: "this address is gone for good",
    413: "it takes no message of this size",
    422: "it cannot read the message",
    429: "too many messages",
}
_PERMANENT = frozenset({400, 410, 413, 422})
#: settings of the address that would undo what is decided here
_OURS = frozenset(
    {"format", "overflow", "emojis", "store", "retry", "wait", "optional", "verify", "redirect", "cto", "rto"}
    | {"template", "discovery", "attach", "image", "avatar"}
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that messages may go to."""

    title: str
    #: it stands on a server that the address names
    own_server: bool = False
    #: without TLS
    plain: bool = False
    #: counts bytes, and takes so many; None: as Apprise says, in UTF-16 units
    bytes: int | None = None


#: scheme of the address -> service
SERVICES: Mapping[str, Service] = {
    "slack": Service("Slack"),
    "discord": Service("Discord"),
    "tgram": Service("Telegram"),
    "workflows": Service("Microsoft Teams", own_server=True),
    "gchat": Service("Google Chat"),
    "webex": Service("Webex"),
    "zulip": Service("Zulip"),
    "pover": Service("Pushover"),
    "pbul": Service("Pushbullet"),
    "feishu": Service("Feishu"),
    "lark": Service("Lark"),
    "dingtalk": Service("DingTalk"),
    "wecombot": Service("WeCom", bytes=2_048),
    "twist": Service("Twist"),
    "ryver": Service("Ryver"),
    "ntfys": Service("ntfy", own_server=True, bytes=4_000),
    "ntfy": Service("ntfy", own_server=True, plain=True, bytes=4_000),
    "matrixs": Service("Matrix", own_server=True),
    "matrix": Service("Matrix", own_server=True, plain=True),
    "mmosts": Service("Mattermost", own_server=True),
    "mmost": Service("Mattermost", own_server=True, plain=True),
    "rockets": Service("Rocket.Chat", own_server=True),
    "rocket": Service("Rocket.Chat", own_server=True, plain=True),
    "gotifys": Service("Gotify", own_server=True),
    "gotify": Service("Gotify", own_server=True, plain=True),
    "nctalks": Service("Nextcloud Talk", own_server=True),
    "nctalk": Service("Nextcloud Talk", own_server=True, plain=True),
    "signals": Service("Signal", own_server=True),
    "signal": Service("Signal", own_server=True, plain=True),
}


def is_installed() -> bool:
    """Tell whether the extra is there."""
    return importlib.util.find_spec("apprise") is not None


class ChatSender:
    """Sends messages to chats. May be used by several threads.

    Args:
        addresses: host name and port -> the addresses behind it; refuses as `AddressGuard.addresses` does.
    """

    def __init__(self, addresses: Callable[[str, int], Sequence[str]]) -> None:
        self._addresses = addresses

    def send(self, url: str, title: str, text: Callable[[int, Callable[[str], int]], str]) -> Outcome:
        """Send one message.

        Args:
            url: an address as Apprise writes them, to one person, room or topic.
            title: one line.
            text: makes the text, given how much the service takes and how it measures.
        """
        if not is_installed():
            return Outcome(Result.TEMPORARY, f"chats need Apprise, which is not installed; {REMEDY}")
        scheme = url.partition("://")[0].strip().lower()
        service = SERVICES.get(scheme)
        if service is None:
            known = ", ".join(SERVICES)
            return Outcome(Result.TEMPORARY, f"the chat's address must begin with one of {known} and ://")
        apprise = importlib.import_module("apprise")
        heard = _hearing()
        with heard:
            way = _instance(apprise, url)
            if way is None:
                return Outcome(
                    Result.TEMPORARY, f"the chat's address is not one of {service.title} as Apprise writes them"
                )
            if (count := len(way)) > 1:
                said = f"the chat's address names {count} targets, of which some could get a message twice"
                return Outcome(Result.TEMPORARY, f"{said}: make a recipient of each")
            if objection := self._objection(service, way):
                return Outcome(Result.TEMPORARY, objection)
            return _deliver(apprise, way, service, title=title, text=text, heard=heard.lines)

    def _objection(self, service: Service, way: Any) -> str | None:
        """Say why a server must not be reached; None: nothing speaks against it."""
        if not service.own_server or getattr(way, "mode", None) == "cloud":
            return None
        try:
            found = self._addresses(str(way.host), way.port or (80 if service.plain else 443))
        except UnsafeAddressError:
            said = f"the server of {service.title} has no public address"
            return f"{said}; if it is meant, add its network to fetch.allow_networks"
        except httpcore.ConnectError:
            return f"the name of the server of {service.title} cannot be resolved"
        # what is private was permitted expressly
        if service.plain and any(ipaddress.ip_address(one).is_global for one in found):
            return f"{service.title} would be reached without TLS over the network: write {service.title.lower()}s://"
        return None


def _instance(apprise: Any, url: str) -> Any:
    """Return Apprise's sender for the address, with our settings; None: it does not understand the address."""
    where, _, query = url.partition("?")
    asked = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key.lower() not in _OURS]
    asked += [("format", "text"), ("discovery", "no"), ("image", "no"), ("avatar", "no")]
    asset = apprise.AppriseAsset(
        app_id="Watchword", app_desc="Watchword", app_url="", async_mode=False, allow_templates=False
    )
    way = apprise.Apprise.instantiate(f"{where}?{urlencode(asked)}", asset=asset, suppress_exceptions=True)
    if not way:
        return None
    way.redirects = False
    way.socket_connect_timeout, way.socket_read_timeout = _CONNECT_SECONDS, _READ_SECONDS
    return way


def _deliver(
    apprise: Any,
    way: Any,
    service: Service,
    *,
    title: str,
    text: Callable[[int, Callable[[str], int]], str],
    heard: Sequence[str],
) -> Outcome:
    measure = _units if service.bytes is None else _bytes
    room = min(_MOST, int((service.bytes or way.body_maxlen) * _SHARE))
    # where there is no title it becomes the first line
    body = text(room - (0 if way.title_maxlen else measure(title) + 2), measure)
    head, body = (title[: way.title_maxlen], body or title) if way.title_maxlen else ("", f"{title}\n{body}")
    try:
        taken = way.notify(body=body, title=head, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001 - its words may hold the address
        return Outcome(Result.TEMPORARY, f"{service.title} could not be told: {type(error).__name__}")
    if taken:
        return Outcome(Result.SENT, f"{service.title} took it")
    status = next((int(found[1]) for line in reversed(heard) if (found := _STATUS.search(line))), None)
    if status is None:
        return Outcome(Result.TEMPORARY, f"{service.title} cannot be reached, or did not take the message")
    remedy = _REMEDIES.get(status)
    detail = f"{service.title} answered {status}{f': {remedy}' if remedy else ''}"
    return Outcome(Result.PERMANENT if status in _PERMANENT else Result.TEMPORARY, detail, gone=status == 410)


def _units(text: str) -> int:
    """Return how long a text is in UTF-16: as most services count, and never less than the others."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _bytes(text: str) -> int:
    """Return how many bytes a text takes, at least half of those of JSON that is written in ASCII."""
    return max(len(text.encode("utf-8", "replace")), len(json.dumps(text)) * 52 // 100)


# --------------------------------------------------------------------------- Apprise's own words


class _Heard(threading.local):
    lines: list[str] | None = None


_HEARD = _Heard()


class _Listener(logging.Handler):
    """Takes what Apprise logs in a thread that sends; its words hold tokens, so nobody else hears them."""

    def emit(self, record: logging.LogRecord) -> None:
        if _HEARD.lines is not None:
            _HEARD.lines.append(record.getMessage())


class _hearing:  # noqa: N801 - used as a function
    """Collect what Apprise logs in this thread, as a context."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __enter__(self) -> None:
        log = logging.getLogger("apprise")
        if not any(isinstance(one, _Listener) for one in log.handlers):
            log.addHandler(_Listener())
        log.propagate = False
        log.setLevel(logging.WARNING)
        _HEARD.lines = self.lines

    def __exit__(self, *_: object) -> None:
        _HEARD.lines = None
