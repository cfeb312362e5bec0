"""Fetching exports by HTTP: conditional GETs, redirects by hand, bodies bounded in size and time, politeness per host.

Does not parse what it fetches, stores nothing and does not retry: the next check does. Which addresses may be reached
is decided below, in the client's transport (`worker.adapters.guard`).
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import httpx

from worker import __version__
from worker.core.models import Fetched, NotModified, Validators
from worker.core.retry_after import retry_after_seconds
from worker.core.unpack import BodyError, Unpacker
from worker.errors import FetchError

#: of one body, as sent and as unpacked
MAX_BYTES = 20_000_000
MAX_HOPS = 10

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: the target is where the resource now lives, so the validators we hold are still its own
_PERMANENT_REDIRECTS = frozenset({301, 308})
_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: a body shorter than this is read to its end, so that the connection can be used again
_WORTH_DRAINING = 65_536
#: hosts are forgotten beyond this number, or a hostile redirector with endless host names would fill the memory
_MAX_IDLE_HOSTS = 1_000

#: 202 is an anti-robot page and 206 a part: neither is an export
_GOOD = frozenset({200, 203})
_STATUS_WORDS = {
    304: "says that nothing has changed though we hold nothing of it",
    401: "wants a user name and a password",
    403: "forbids the access",
    404: "has no such page",
    410: "says that the page is gone for good; take the channel out or correct its address",
    429: "says that we ask too often",
    451: "withholds the page for legal reasons",
    503: "is overloaded or under maintenance",
}
_STATUS_CLASS_WORDS = {
    2: "answered without an export",
    3: "answered with a redirect that cannot be followed",
    4: "refused the request",
    5: "failed",
}

_NOTHING_HELD = Validators()
_USERINFO = re.compile(r"(?<=//)[^/?#]*@")
#: what OpenSSL and the system put around their words: "[Errno 111] ...", "... (_ssl.c:1006)"
_NOISE = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")
_MAX_SHOWN = 300

#: Most specific first. `{detail}` is the library's own text.
_ERROR_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (BodyError, "sent a body that {detail}"),
    (httpx.ConnectTimeout, "cannot be reached: no connection within {seconds:g} s"),
    (httpx.TimeoutException, "did not finish its answer within {seconds:g} s"),
    (httpx.ConnectError, "cannot be reached: {detail}"),
    (httpx.RemoteProtocolError, "broke off or does not speak HTTP: {detail}"),
    (httpx.NetworkError, "lost the connection: {detail}"),
    (httpx.UnsupportedProtocol, "cannot be fetched: the address must start with http:// or https://"),
    (httpx.InvalidURL, "cannot be fetched, the address is malformed: {detail}"),
    (Exception, "cannot be fetched: {detail}"),
)


# --------------------------------------------------------------------------- politeness


@dataclass(slots=True)
class _Host:
    """When the next request to a host may start."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    #: threads that hold or want the lock
    users: int = 0


class HostPace:
    """Lets one request at a time go to each host, and keeps them apart, over all threads.

    Args:
        spacing: between the end of one request and the start of the next to the same host.
        host_spacing: exceptions by host name.
        clock: monotonic seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        spacing: timedelta,
        host_spacing: Mapping[str, timedelta],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._spacing = spacing.total_seconds()
        self._host_spacing = {host.lower(): span.total_seconds() for host, span in host_spacing.items()}
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for our turn at `host`, and hold it while the request runs."""
        with self._lock:
            pace = self._hosts.setdefault(host, _Host())
            pace.users += 1
        try:
            with pace.lock:
                if (wait := pace.free_at - self._clock()) > 0:
                    self._sleep(wait)
                try:
                    yield
                finally:
                    pace.free_at = self._clock() + self._host_spacing.get(host, self._spacing)
        finally:
            with self._lock:
                pace.users -= 1
                if len(self._hosts) > _MAX_IDLE_HOSTS:
                    self._forget()

    def _forget(self) -> None:
        now = self._clock()
        self._hosts = {host: pace for host, pace in self._hosts.items() if pace.users or pace.free_at > now}


# --------------------------------------------------------------------------- one fetch


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where an answer sends us."""

    url: httpx.URL
    permanent: bool


class HttpFetcher:
    """Fetches exports; one for the whole process, used from several threads.

    Args:
        client: from `worker.adapters.guard.guarded_client`; must not follow redirects itself.
        contact: who runs this, for the User-Agent: an e-mail address or a web page; None: nobody is named.
        timeout: of one fetch, redirects and body included, waiting for our turn at the host not included.
        spacing: between two requests to one host.
        host_spacing: exceptions by host name.
        max_bytes: of a body, as sent and as unpacked.
        clock: monotonic seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        contact: str | None,
        timeout: timedelta,
        spacing: timedelta,
        host_spacing: Mapping[str, timedelta],
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client
        self._timeout = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._clock = clock
        self._pace = HostPace(spacing, host_spacing, clock=clock, sleep=sleep)
        agent = f"watchword/{__version__}" + (f" (+{contact})" if contact else "")
        self._headers = (
            (b"User-Agent", agent.encode("ascii", "replace")),
            (b"Accept", b"*/*"),
            # no br and no zstd: httpx cannot bound what they unpack to
            (b"Accept-Encoding", b"gzip, deflate"),
            # labels are read in English
            (b"Accept-Language", b"en"),
            (b"Connection", b"keep-alive"),
        )

    def fetch(self, url: str, validators: Validators | None) -> Fetched | NotModified:
        """Fetch `url`, or learn that it has not changed.

        Args:
            url: http or https; a user name and password in it are sent to its own origin only.
            validators: what the last good answer carried, sent back verbatim; None: fetch in any case.

        Returns:
            The bytes as the server meant them, unpacked, with the address they finally came from (without user name
            and password) and the validators to send next time. Both validators are None after a temporary redirect:
            they would belong to another address than the one asked for.

        Raises:
            FetchError: for every other outcome.
        """
        with self._translated(url):
            target = _fetchable(httpx.URL(url))
        first, seen, own = target, {target}, True
        held = validators or _NOTHING_HELD
        left = self._timeout
        for _ in range(MAX_HOPS + 1):
            with self._pace.turn(target.host):
                started = self._clock()
                with self._translated(target):
                    answer = self._ask(target, held, started + left)
                left -= self._clock() - started
            if isinstance(answer, NotModified):
                return answer
            if isinstance(answer, Fetched):
                return answer if own else replace(answer, validators=_NOTHING_HELD)
            if not answer.permanent:
                held, own = _NOTHING_HELD, False
            target = answer.url
            if target in seen:
                raise FetchError(f"{_shown(first)} redirects in a circle, to {_shown(target)} again")
            seen.add(target)
        raise FetchError(f"{_shown(first)} redirects more than {MAX_HOPS} times")

    def _ask(self, url: httpx.URL, held: Validators, deadline: float) -> Fetched | NotModified | _Redirect:
        """Make one request and read its answer, all before `deadline`."""
        request = self._request(url, held, deadline - self._clock())
        try:
            response = self._client.send(request, stream=True)
        except (httpx.InvalidURL, UnicodeError) as error:
            # our own address was good: httpx looks at a Location even when it is told not to follow it
            raise FetchError(f"{_shown(url)} redirects to what is no address: {_one_line(str(error))}") from error
        try:
            status = response.status_code
            if status == 304 and held != _NOTHING_HELD:
                self._drain(response, deadline)
                sent = _validators(response)
                return NotModified(Validators(sent.etag or held.etag, sent.last_modified or held.last_modified))
            if status in _REDIRECTS and (location := response.headers.get("location")):
                self._drain(response, deadline)
                return _Redirect(_next_hop(url, location), permanent=status in _PERMANENT_REDIRECTS)
            if status not in _GOOD:
                raise _refused(url, response)
            body = self._body(response, deadline)
            content_type = response.headers.get("content-type")
            return Fetched(_address(url), body, content_type, _validators(response))
        finally:
            response.close()

    def _request(self, url: httpx.URL, held: Validators, seconds: float) -> httpx.Request:
        if seconds <= 0:
            raise httpx.ReadTimeout("no time is left for another request")
        headers = list(self._headers)
        # latin-1 is how they were read: they go back byte by byte
        if held.etag is not None:
            headers.append((b"If-None-Match", held.etag.encode("latin-1")))
        if held.last_modified is not None:
            headers.append((b"If-Modified-Since", held.last_modified.encode("latin-1")))
        connect = self._client.timeout.connect
        phases = {
            "connect": seconds if connect is None else min(seconds, connect),
            "read": seconds,
            "write": seconds,
            "pool": seconds,
        }
        return httpx.Request(
            "GET", url, headers=headers, extensions={"timeout": phases, "whole_request_seconds": seconds}
        )

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        unpacker = Unpacker(response.headers.get("content-encoding", ""), max_bytes=self._max_bytes)
        unpacker.expect(int(response.headers.get("content-length", 0)))
        for raw in self._pieces(response, deadline):
            unpacker.feed(raw)
        body = unpacker.finish()
        if not body:
            raise BodyError("is empty")
        return body

    def _drain(self, response: httpx.Response, deadline: float) -> None:
        """Read a body that nobody wants, if it is short, so that the connection can be used again."""
        size = 0
        for raw in self._pieces(response, deadline):
            size += len(raw)
            if size > _WORTH_DRAINING:
                return

    def _pieces(self, response: httpx.Response, deadline: float) -> Iterator[bytes]:
        """Yield the body as it was sent, until `deadline`."""
        for raw in response.iter_raw():
            # httpx's own timeouts start anew with every piece
            if self._clock() > deadline:
                raise httpx.ReadTimeout("the body took too long")
            yield raw

    @contextmanager
    def _translated(self, url: httpx.URL | str) -> Iterator[None]:
        """Turn what the libraries raise into one line about `url`."""
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            words = next(words for kind, words in _ERROR_WORDS if isinstance(error, kind))
            detail = _NOISE.sub("", _one_line(str(error)))
            detail = detail[:1].lower() + detail[1:]
            raise FetchError(f"{_shown(url)} {words.format(detail=detail, seconds=self._timeout)}") from error


# --------------------------------------------------------------------------- headers and addresses


def _validators(response: httpx.Response) -> Validators:
    """Take the validators as they are, byte by byte: unquoted and weak ones must go back verbatim."""
    found: dict[bytes, str] = {}
    for name, value in response.headers.raw:
        found.setdefault(name.lower(), value.decode("latin-1"))
    return Validators(found.get(b"etag") or None, found.get(b"last-modified") or None)


def _refused(url: httpx.URL, response: httpx.Response) -> FetchError:
    status = response.status_code
    words = _STATUS_WORDS.get(status) or _STATUS_CLASS_WORDS.get(status // 100, "answered outside of HTTP")
    wait = retry_after_seconds(
        response.headers.get("retry-after"), date=response.headers.get("date"), received_at=datetime.now(UTC)
    )
    return FetchError(f"{_shown(url)} {words} (status {status})", retry_after_seconds=wait)


def _fetchable(url: httpx.URL) -> httpx.URL:
    """Return `url` without its fragment, which is never sent; refuse what cannot be fetched."""
    if url.scheme not in _SCHEMES or not url.host:
        raise httpx.UnsupportedProtocol("")
    return url.copy_with(fragment=None) if url.fragment else url


def _next_hop(url: httpx.URL, location: str) -> httpx.URL:
    """Return where `url` redirects to. User name and password stay with the origin they were given for."""
    target = url.join(location)
    if target.scheme not in _SCHEMES or not target.host:
        raise FetchError(f"{_shown(url)} redirects to {_shown(target)}, which is neither http:// nor https://")
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError(f"{_shown(url)} redirects to {_shown(target)}, which is not encrypted; https:// was asked for")
    userinfo = url.userinfo if _origin(url) == _origin(target) else b""
    return _fetchable(target.copy_with(userinfo=userinfo))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme)


def _address(url: httpx.URL) -> str:
    """Return `url` fit to be stored and told: without user name and password."""
    return str(url.copy_with(userinfo=b"") if url.userinfo else url)


def _shown(url: httpx.URL | str) -> str:
    """Return `url`, which may be malformed, fit for a message: without user name and password, on one line."""
    return _one_line(_USERINFO.sub("", str(url), count=1))


def _one_line(text: str) -> str:
    """Return `text` without line breaks and control characters, cut where it gets long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_MAX_SHOWN]).split())
    return line + "..." if len(text) > _MAX_SHOWN else line
