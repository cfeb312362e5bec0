"""The guard: which addresses are reached, whatever name, spelling or redirect leads to them."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.adapters.guard import AddressGuard, guarded_client, guarded_transport

#: loading the certificates that httpx ships takes 20 ms each time, and nothing here uses TLS
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
LOOPBACK = ("127.0.0.0/8", "::1/128")

REFUSED = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1",
    "", "localhost", "127.1", "1.2.3.4.5",
]  # fmt: skip
PERMITTED = ["1.1.1.1", "9.9.9.9", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255",
             "2606:4700::1111", "2a00:1450:4007::1", "2003::1"]  # fmt: skip


def numeric_only(host: str, port: int) -> list[str]:
    """Resolve as the system does, but ask no name server."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on loopback, answer every connection with a short page and keep what was received."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], received
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("ip", REFUSED)
def test_what_is_not_public_is_refused(ip: str) -> None:
    assert not AddressGuard().permits(ip)


@pytest.mark.parametrize("ip", PERMITTED)
def test_what_is_public_is_permitted(ip: str) -> None:
    assert AddressGuard().permits(ip)
    assert AddressGuard().permits(ipaddress.ip_address(ip))


def test_an_allowed_network_is_permitted_and_its_neighbour_is_not() -> None:
    guard = AddressGuard(["10.0.5.0/24", "fd00:5::/32", "192.168.7.7"])
    assert [guard.permits(ip) for ip in ("10.0.5.9", "fd00:5::1", "192.168.7.7")] == [True] * 3
    assert [guard.permits(ip) for ip in ("10.0.6.9", "fd00:6::1", "192.168.7.8", "127.0.0.1")] == [False] * 4


def test_a_tunnel_to_an_allowed_network_is_not_the_network() -> None:
    assert not AddressGuard(["10.0.5.0/24"]).permits("::ffff:10.0.5.9")


@pytest.mark.parametrize("network", ["10.0.0.1/8", "intranet", "", "10.0.0.0/33"])
def test_what_is_no_network_cannot_be_allowed(network: str) -> None:
    with pytest.raises(ValueError, match=r"network|[Ii]nvalid|host bits|address|empty"):
        AddressGuard([network])


@given(st.ip_addresses())
def test_nothing_that_the_standard_library_calls_private_is_ever_permitted(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if AddressGuard().permits(ip):
        assert ip.is_global
        assert not any((ip.is_multicast, ip.is_private, ip.is_loopback, ip.is_link_local, ip.is_reserved))


@settings(max_examples=50)
@given(st.ip_addresses(v=4))
def test_no_form_of_ipv6_that_holds_an_ipv4_address_is_permitted(ip: ipaddress.IPv4Address) -> None:
    low = int(ip)
    forms = [low, (0xFFFF << 32) | low, (0x64FF9B << 96) | low, (0x2002 << 112) | (low << 80), (0x20010000 << 96) | low]
    assert not any(AddressGuard().permits(ipaddress.IPv6Address(form)) for form in forms)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]", "127。0。0。1", "①②⑦.0.0.1", "169.254.169.254",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_gets_through(host: str) -> None:
    with listener() as (port, received), guarded_client(AddressGuard(), timeout_seconds=5, verify=NO_TRUST) as client:
        with pytest.raises((httpx.ConnectError, httpx.InvalidURL)) as caught:
            client.get(f"http://{host}:{port}/")
        assert received == []
        if isinstance(caught.value, httpx.ConnectError):
            assert "is not a public address" in str(caught.value)


def test_the_refusal_says_what_was_found_and_what_to_do() -> None:
    guard = AddressGuard(resolve=lambda host, port: ["10.1.2.3"])
    with (
        guarded_client(guard, timeout_seconds=5, verify=NO_TRUST) as client,
        pytest.raises(httpx.ConnectError) as caught,
    ):
        client.get("http://intranet.example/")
    assert str(caught.value) == (
        "intranet.example resolves to 10.1.2.3, which is not a public address (private); "
        "if it is meant, add it to fetch.allow_networks"
    )


def test_an_allowed_network_is_reached() -> None:
    with (
        listener() as (port, received),
        guarded_client(AddressGuard(LOOPBACK), timeout_seconds=5, verify=NO_TRUST) as client,
    ):
        assert client.get(f"http://127.0.0.1:{port}/").text == "ok"
        assert len(received) == 1


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    guard = AddressGuard(resolve=lambda host, port: ["1.1.1.1", "10.0.0.1"])
    with (
        guarded_client(guard, timeout_seconds=5, verify=NO_TRUST) as client,
        pytest.raises(httpx.ConnectError, match=r"10\.0\.0\.1"),
    ):
        client.get("http://mixed.example/")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that changes its address between two look-ups is looked up once only."""
    answers = [["127.0.0.2"], ["10.0.0.1"]]
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return answers[len(looked_up) - 1]

    with socket.create_server(("127.0.0.2", 0)) as server:
        server.settimeout(5)
        port = server.getsockname()[1]
        with guarded_client(
            AddressGuard(["127.0.0.2/32"], resolve=resolve), timeout_seconds=0.2, verify=NO_TRUST
        ) as client:
            with pytest.raises(httpx.ReadTimeout):
                client.get(f"http://rebinding.example:{port}/")
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1000).split(b"\r\n")[1] == b"Host: rebinding.example:%d" % port
            with pytest.raises(httpx.ConnectError, match="not a public address"):
                client.get(f"http://rebinding.example:{port}/")
    assert looked_up == ["rebinding.example"] * 2


def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    guard = AddressGuard(LOOPBACK, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    with listener() as (port, _), guarded_client(guard, timeout_seconds=5, verify=NO_TRUST) as client:
        assert client.get(f"http://two.example:{port}/").text == "ok"


@pytest.mark.parametrize("host", ["a" * 64 + ".example", ".example", "a..b"])
def test_a_name_that_cannot_be_one_is_a_connection_error(host: str) -> None:
    with (
        guarded_client(AddressGuard(resolve=numeric_only), timeout_seconds=5, verify=NO_TRUST) as client,
        pytest.raises(httpx.ConnectError),
    ):
        client.get(f"http://{host}/")


def test_a_name_that_the_resolver_does_not_know_is_a_connection_error() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    client = guarded_client(AddressGuard(resolve=resolve), timeout_seconds=5, verify=NO_TRUST)
    with client, pytest.raises(httpx.ConnectError, match=r"the name gone\.example cannot be resolved: name or service"):
        client.get("http://gone.example/")


def test_a_name_without_any_address_is_a_connection_error() -> None:
    guard = AddressGuard(resolve=lambda host, port: [])
    with (
        guarded_client(guard, timeout_seconds=5, verify=NO_TRUST) as client,
        pytest.raises(httpx.ConnectError, match="no address"),
    ):
        client.get("http://empty.example/")


def test_the_environment_sets_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    with (
        listener() as (port, received),
        guarded_client(AddressGuard(LOOPBACK), timeout_seconds=5, verify=NO_TRUST) as client,
    ):
        client.get(f"http://127.0.0.1:{port}/path")
        assert received[0].startswith(b"GET /path ")


def test_the_transport_uses_the_guarded_backend() -> None:
    """Pins the private attribute of httpx that the guard depends on."""
    with guarded_transport(AddressGuard()) as transport:
        backend = transport._pool._network_backend
        assert type(backend).__name__ == "_GuardedBackend"
        assert isinstance(transport, httpx.HTTPTransport)
        # and that httpx itself sends through this pool
        with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError, match="not a public"):
            client.get("http://127.0.0.1/")


def test_headers_that_drip_in_end_at_the_limit_of_the_whole_request() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with (
                guarded_client(AddressGuard(LOOPBACK), timeout_seconds=0.3, verify=NO_TRUST) as client,
                pytest.raises(httpx.ReadTimeout),
            ):
                client.get(f"http://127.0.0.1:{server.getsockname()[1]}/")
        finally:
            stop.set()
            thread.join()
