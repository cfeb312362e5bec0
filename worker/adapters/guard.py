"""The guarded way out to the network: only public addresses, unless the operator allows a private network.

The guard stands where the connection is made, so it sees what a name really resolves to: redirects, odd spellings
(``127.1``, ``0x7f000001``, ``[::ffff:10.0.0.1]``) and names that change their address between two look-ups are all
caught there. Knows nothing of what is fetched or posted. Uses no proxy: a proxy would resolve names itself.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx

from worker.errors import UnsafeAddressError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: host name and port -> numeric addresses in order of preference; raises OSError if there are none
Resolve = Callable[[str, int], Sequence[str]]

#: The IANA registries of special-purpose addresses (RFC 6890 and its updates), first hit wins. `is_global` of the
#: standard library is no substitute: it differs between Python releases and calls multicast, 6to4 and NAT64 global.
_SPECIAL = tuple(
    (ipaddress.ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
#: everything else of IPv6 is not given out to anyone (RFC 4291 section 2.4)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

#: one shared client serves the thread pool of the fetcher and the webhooks
_MAX_CONNECTIONS = 100
_MAX_IDLE_CONNECTIONS = 20
_IDLE_SECONDS = 5.0
#: a host that does not even accept a connection is not worth the whole timeout of a request
_MAX_CONNECT_SECONDS = 20.0


def resolve_by_system(host: str, port: int) -> list[str]:
    """Resolve `host` as the system does. Its own time limits apply (resolv.conf): a look-up cannot be interrupted."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class _NotPermittedError(httpcore.ConnectError, UnsafeAddressError):
    """To the libraries a connection that failed, to us one that was not permitted."""


class AddressGuard:
    """Says which addresses may be reached.

    Args:
        allow_networks: networks that may be reached though they are not public, such as ``10.0.5.0/24``.
        resolve: how names become addresses.

    Raises:
        ValueError: one of `allow_networks` is no network.
    """

    def __init__(self, allow_networks: Sequence[str] = (), *, resolve: Resolve = resolve_by_system) -> None:
        self._allowed = tuple(ipaddress.ip_network(network) for network in allow_networks)
        self._resolve = resolve

    def permits(self, ip: Address | str) -> bool:
        """Say whether `ip` may be connected to. What is no address is not permitted."""
        return self.objection(ip) is None

    def objection(self, ip: Address | str) -> str | None:
        """Return the kind of address that makes `ip` unfit, such as ``loopback``; None if it is permitted."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return "malformed"
        if any(address in network for network in self._allowed):
            return None
        for network, kind in _SPECIAL:
            if address in network:
                return kind
        if address.version == 6 and address not in _GLOBAL_UNICAST:
            return "reserved"
        return None

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve `host` and return its addresses, all of them checked.

        Raises:
            httpcore.ConnectError: it has no address, or a single one of them is not permitted (then it is an
                UnsafeAddressError too). One is enough to refuse them all: otherwise a second record would lead inside
                whenever the first one does not answer.
        """
        try:
            found = self._resolve(host, port)
        # names that are too long, empty or contain NUL, and ports above 65535, end in these
        except (OSError, ValueError, OverflowError) as error:
            reason = str(getattr(error, "strerror", None) or error)
            raise httpcore.ConnectError(f"the name {host} cannot be resolved: {reason.lower()}") from error
        for ip in found:
            if kind := self.objection(ip):
                meant = "" if ip == host else f" resolves to {ip}, which"
                said = f"{host}{meant} is not a public address ({kind}); if it is meant, add it to fetch.allow_networks"
                raise _NotPermittedError(said)
        if not found:
            raise httpcore.ConnectError(f"the name {host} has no address")
        return found


class _Deadline(threading.local):
    """When the request of this thread must be over, in seconds of `time.monotonic`; None: no limit."""

    at: float | None = None

    def limit(self, timeout: float | None, error: type[Exception]) -> float | None:
        """Return `timeout`, cut down to what is left; raise `error` if nothing is."""
        if self.at is None:
            return timeout
        left = self.at - time.monotonic()
        if left <= 0:
            raise error("the whole request took too long")
        return left if timeout is None else min(left, timeout)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends at the deadline, so that headers cannot drip in for ever."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.limit(timeout, httpcore.ConnectTimeout)
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, left)
        except ValueError as error:  # a host name that cannot stand in a certificate, such as ".example.org"
            raise httpcore.ConnectError(f"{server_hostname} is no name for TLS: {error}") from error
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very addresses that were checked; the name is not resolved a second time."""

    def __init__(self, guard: AddressGuard, deadline: _Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._guard.addresses(host, port)
        last = len(addresses) - 1
        until = None if timeout is None else time.monotonic() + timeout
        for index, address in enumerate(addresses):
            # what is left is shared evenly: an unreachable IPv6 address must not use up the time of the IPv4 one
            share = None if until is None else max(0.001, (until - time.monotonic()) / (last + 1 - index))
            share = self._deadline.limit(share, httpcore.ConnectTimeout)
            try:
                stream = self._system.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if index == last:
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise AssertionError("the last address either connects or raises")


class _GuardedTransport(httpx.HTTPTransport):
    """An HTTP/1.1 transport over the guarded backend, with a limit on the whole request."""

    def __init__(self, guard: AddressGuard, *, whole_request_seconds: float | None, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._deadline = _Deadline()
        self._whole_request_seconds = whole_request_seconds
        # httpx offers no way to pass a network backend on; a test pins this one private attribute. Rewriting the URL to
        # the checked address instead would let two host names on one address share a verified TLS connection.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_GuardedBackend(guard, self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # the body is read later, in the same thread: the deadline set here holds until that thread's next request
        seconds = request.extensions.get("whole_request_seconds", self._whole_request_seconds)
        self._deadline.at = None if seconds is None else time.monotonic() + seconds
        return super().handle_request(request)


class _NoCookies(httpx.Cookies):
    """Takes no cookies and sends none: what one channel was given must not colour the answers to another."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Do nothing; an empty jar of the standard library would look through every answer all the same."""

    def set_cookie_header(self, request: httpx.Request) -> None:
        """Do nothing."""


class _Client(httpx.Client):
    """A client whose cookies are those; given to a common client, it would put them into a jar of its own."""

    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, _cookies: object) -> None:
        raise AttributeError("this client has no cookies")


_NO_COOKIES = _NoCookies()


def guarded_transport(
    guard: AddressGuard, *, whole_request_seconds: float | None = None, verify: ssl.SSLContext | None = None
) -> httpx.HTTPTransport:
    """Return a transport that reaches only what `guard` permits.

    Args:
        guard: says which addresses may be reached.
        whole_request_seconds: when a request must be over, body included; None: only the timeouts of its phases
            count. A request overrides it with an extension of the same name.
        verify: the certificates to trust; None: those that httpx ships. The environment is not asked.
    """
    context = verify if verify is not None else httpx.create_ssl_context(trust_env=False)
    return _GuardedTransport(guard, whole_request_seconds=whole_request_seconds, verify=context)


def guarded_client(
    guard: AddressGuard, *, timeout_seconds: float, verify: ssl.SSLContext | None = None
) -> httpx.Client:
    """Return the client for fetching and webhooks: HTTP/1.1, no proxies, no cookies, no redirects.

    Make one and share it: it is safe in threads, and making it takes 20 ms. `timeout_seconds` bounds each phase of a
    request and the whole of it; `verify` is as for `guarded_transport`. Errors arrive as `httpx.TransportError`; a
    refused address as `httpx.ConnectError`.
    """
    transport = guarded_transport(guard, whole_request_seconds=timeout_seconds, verify=verify)
    timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _MAX_CONNECT_SECONDS))
    return _Client(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)
