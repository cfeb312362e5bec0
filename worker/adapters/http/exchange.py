"""One request and its answer: what is sent and what is read, all within a bound of bytes and of time.

Follows no redirects and waits for nobody's turn.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from worker import __version__
from worker.adapters.http.addresses import address, next_hop, one_line, shown
from worker.adapters.http.wording import failed, refused
from worker.core.freshness import fresh_for
from worker.core.models import Fetched, NotModified, Validators
from worker.core.retry_after import http_date
from worker.core.unpack import BodyError, Unpacker
from worker.errors import FetchError, FetchProblem

#: the product token (RFC 9110 section 10.1.5); by this name a robots.txt speaks of us
AGENT = "watchword"
NOTHING_HELD = Validators()

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: the target is where the resource now lives, so the validators we hold are still its own
_PERMANENT_REDIRECTS = frozenset({301, 308})
#: 202 is an anti-robot page and 206 a part: neither is an export
_GOOD = frozenset({200, 203})
#: a body shorter than this is read to its end, so that the connection can be used again
_WORTH_DRAINING = 65_536
#: in the library's words
_HUNG_UP = "Server disconnected without sending a response."
#: of a count of pages; more is nonsense
_MAX_DIGITS = 9
#: what opens doors, or tells who we are to a site; the bytes of an export prove without it
_PRIVATE_HEADERS = frozenset({b"set-cookie", b"set-cookie2", b"authentication-info", b"proxy-authentication-info"})
#: headers of an answer, and bytes of all of them, that are kept as evidence
_MOST_HEADERS, _MOST_HEADER_BYTES = 100, 16_384


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where an answer sends us."""

    url: httpx.URL
    permanent: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What the headers of an answer say, with a body or without."""

    validators: Validators
    date: datetime | None
    fresh_for: timedelta | None
    total_pages: int | None


class Exchange:
    """Asks one address once; used from several threads.

    Args:
        client: must not follow redirects itself.
        contact: who runs this, for the User-Agent; None: nobody is named.
        seconds: of a whole fetch, for the words of an error only.
        max_bytes: of a body, as sent and as unpacked.
        clock: monotonic seconds.
        now: the time that is written beside what was fetched.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        contact: str | None,
        seconds: float,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._clock = clock
        self._now = now
        agent = f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else "")
        self._headers = (
            (b"User-Agent", agent.encode("ascii", "replace")),
            (b"Accept", b"*/*"),
            # no br and no zstd: httpx cannot bound what they unpack to
            (b"Accept-Encoding", b"gzip, deflate"),
            # labels are read in English
            (b"Accept-Language", b"en"),
            (b"Connection", b"keep-alive"),
        )

    def ask(
        self, url: httpx.URL, held: Validators, deadline: float, *, may_be_empty: bool = False
    ) -> Fetched | NotModified | Redirect:
        """Make one request and read its answer, all before `deadline`; an empty body is an error unless it `may_be`.

        Raises:
            FetchError: for every other outcome.
        """
        try:
            return self._ask(url, held, deadline, may_be_empty)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise failed(url, error, seconds=self._seconds) from error

    def _ask(
        self, url: httpx.URL, held: Validators, deadline: float, may_be_empty: bool
    ) -> Fetched | NotModified | Redirect:
        response = self._send(url, held, deadline)
        try:
            status = response.status_code
            if status == 304 and held != NOTHING_HELD:
                self._drain(response, deadline)
                said = _said(response)
                # RFC 9111 section 4.3.4: the headers of a 304 replace the stored ones
                validators = Validators(
                    said.validators.etag or held.etag, said.validators.last_modified or held.last_modified
                )
                return NotModified(validators, date=said.date, fresh_for=said.fresh_for, total_pages=said.total_pages)
            if status in _REDIRECTS and (location := response.headers.get("location")):
                self._drain(response, deadline)
                return Redirect(next_hop(url, location), permanent=status in _PERMANENT_REDIRECTS)
            if status not in _GOOD:
                raise refused(url, response)
            return _fetched(url, response, self._body(response, deadline, may_be_empty), self._now())
        finally:
            response.close()

    def _send(self, url: httpx.URL, held: Validators, deadline: float) -> httpx.Response:
        try:
            return self._client.send(self._request(url, held, deadline), stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            if isinstance(error, httpx.RemoteProtocolError) and str(error) != _HUNG_UP:
                raise
            # a server may close an idle connection in the very moment in which we use it again: a GET may be sent
            # once more without asking anybody (RFC 9112 section 9.3.1)
            return self._client.send(self._request(url, held, deadline), stream=True)
        except (httpx.InvalidURL, UnicodeError) as error:
            # our own address was good: httpx looks at a Location even when it is told not to follow it
            message = f"{shown(url)} redirects to what is no address: {one_line(str(error))}"
            raise FetchError(message, kind=FetchProblem.REDIRECT) from error

    def _request(self, url: httpx.URL, held: Validators, deadline: float) -> httpx.Request:
        seconds = deadline - self._clock()
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

    def _body(self, response: httpx.Response, deadline: float, may_be_empty: bool) -> bytes:
        unpacker = Unpacker(response.headers.get("content-encoding", ""), max_bytes=self._max_bytes)
        unpacker.expect(int(response.headers.get("content-length", 0)))
        for raw in self._pieces(response, deadline):
            unpacker.feed(raw)
        body = unpacker.finish()
        if not body and not may_be_empty:
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


def _fetched(url: httpx.URL, response: httpx.Response, body: bytes, now: datetime) -> Fetched:
    said = _said(response)
    return Fetched(
        address(url),
        body,
        response.headers.get("content-type"),
        said.validators,
        status=response.status_code,
        date=said.date,
        fresh_for=said.fresh_for,
        total_pages=said.total_pages,
        headers=_kept_headers(response),
        fetched_at=now,
    )


def _kept_headers(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    """Return the headers as sent, within bounds, without those that are between a site and one visitor."""
    kept, size = [], 0
    for name, value in response.headers.raw[:_MOST_HEADERS]:
        size += len(name) + len(value)
        if size > _MOST_HEADER_BYTES:
            break
        if name.lower() not in _PRIVATE_HEADERS:
            kept.append((name.decode("latin-1"), value.decode("latin-1")))
    return tuple(kept)


def _said(response: httpx.Response) -> _Said:
    """Read the headers. Validators are taken byte by byte: unquoted and weak ones must go back verbatim."""
    found: dict[bytes, str] = {}
    for name, value in response.headers.raw:
        found.setdefault(name.lower(), value.decode("latin-1"))
    now = datetime.now(UTC)
    sent = found.get(b"date")
    pages = found.get(b"x-wp-totalpages", "").strip()
    return _Said(
        Validators(found.get(b"etag") or None, found.get(b"last-modified") or None),
        http_date(sent.strip(), near=now) if sent else None,
        fresh_for(
            # the only one of them that may come in several lines
            cache_control=response.headers.get("cache-control"),
            expires=found.get(b"expires"),
            age=found.get(b"age"),
            date=sent,
            received_at=now,
        ),
        int(pages) if pages.isascii() and pages.isdigit() and len(pages) <= _MAX_DIGITS else None,
    )
