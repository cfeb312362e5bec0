"""Webhooks to real receivers on the loopback interface."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from worker.adapters.webhook import WebhookSender
from worker.core.models import Outcome, Result

_KEY = bytes(range(32))
_SECRET = "whsec_" + base64.b64encode(_KEY).decode()
_OTHER = "whsec_" + base64.b64encode(_KEY[::-1]).decode()
_PAYLOAD = {"type": "post.new", "timestamp": "2026-11-21T06:30:00+00:00", "data": {"text": "Ярмарка 🚢"}}


@dataclass
class _Receiver:
    """What the other side answers, and what it got."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    told = _Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if told.drop:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if told.status != 204:
                self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Sat, 21 Nov 2026 06:30:00 GMT"

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hook?token=t0k3n"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


Post = Callable[..., Outcome]


@pytest.fixture
def post() -> Iterator[Post]:
    with httpx.Client(trust_env=False) as client:

        def send(url: str, *, secret: str = _SECRET, now: datetime | None = None, timeout: float = 5) -> Outcome:
            sender = WebhookSender(client, timeout_seconds=timeout)
            moment = now or datetime.now(UTC)
            return sender.send(url=url, secret=secret, webhook_id="msg_7", now=moment, payload=_PAYLOAD)

        yield send


def test_a_message_arrives_signed(receiver: _Receiver, post: Post) -> None:
    assert post(receiver.url) == Outcome(Result.SENT, "204 No Content")
    [(path, headers, body)] = receiver.requests
    assert path == "/hook?token=t0k3n"
    assert json.loads(body) == _PAYLOAD
    assert headers["webhook-id"] == "msg_7"
    assert headers["content-type"].startswith("application/json")
    assert headers["user-agent"] == "Watchword"
    assert Webhook(_SECRET).verify(body, headers) == _PAYLOAD


def test_the_signature_is_the_one_of_the_standard(receiver: _Receiver, post: Post) -> None:
    # another zone's clock must not change the time that is signed
    now = datetime(2026, 11, 21, 7, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    post(receiver.url, now=now)
    [(_, headers, body)] = receiver.requests
    assert headers["webhook-timestamp"] == str(int(datetime(2026, 11, 21, 6, 30, tzinfo=UTC).timestamp()))
    signed = f"msg_7.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(_KEY, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_while_keys_are_rotated_both_signatures_are_sent(receiver: _Receiver, post: Post) -> None:
    post(receiver.url, secret=f"{_SECRET} {_OTHER}")
    [(_, headers, body)] = receiver.requests
    for secret in (_SECRET, _OTHER):
        assert Webhook(secret).verify(body, headers) == _PAYLOAD
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(body, headers)


@pytest.mark.parametrize("padding", ["", "="])
def test_a_secret_may_come_with_or_without_its_padding(receiver: _Receiver, post: Post, padding: str) -> None:
    assert post(receiver.url, secret=_SECRET.rstrip("=") + padding).result is Result.SENT


@pytest.mark.parametrize(
    "secret", ["", "  ", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", f"{_SECRET} whsec_c2hvcnQ=", "é"]
)
def test_a_secret_that_is_none_says_what_would_be_right(receiver: _Receiver, post: Post, secret: str) -> None:
    outcome = post(receiver.url, secret=secret)
    assert outcome.result is Result.PERMANENT
    assert "base64 of 24 to 64 bytes" in outcome.detail
    assert not receiver.requests


@pytest.mark.parametrize(
    ("status", "result", "words"),
    [
        (200, Result.SENT, "200 OK"),
        (202, Result.SENT, "202 Accepted"),
        (302, Result.TEMPORARY, "redirects are not followed, set the final address"),
        (400, Result.TEMPORARY, "cannot read the body"),
        (401, Result.TEMPORARY, "signature"),
        (404, Result.TEMPORARY, "nothing at this address"),
        (410, Result.PERMANENT, "gone for good"),
        (418, Result.TEMPORARY, "answered 418"),
        (429, Result.TEMPORARY, "too many requests"),
        (500, Result.TEMPORARY, "answered 500: please try later"),
    ],
)
def test_what_the_receiver_answers_decides(
    receiver: _Receiver, post: Post, status: int, result: Result, words: str
) -> None:
    receiver.status, receiver.body = status, b"please\r\ntry later"
    receiver.headers["location"] = receiver.url
    outcome = post(receiver.url)
    assert outcome.result is result
    assert words in outcome.detail
    assert len(outcome.detail.splitlines()) == 1
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_wish_for_quiet_is_passed_on_in_seconds(receiver: _Receiver, post: Post, status: int) -> None:
    receiver.status, receiver.headers["retry-after"] = status, "120"
    assert post(receiver.url).retry_after == timedelta(minutes=2)


def test_a_wish_for_quiet_is_passed_on_as_a_date(receiver: _Receiver, post: Post) -> None:
    receiver.status = 503
    receiver.headers["retry-after"] = "Sat, 21 Nov 2026 06:31:30 GMT"
    # measured against the receiver's own clock, which is five minutes behind ours
    outcome = post(receiver.url, now=datetime(2026, 11, 21, 6, 35, tzinfo=UTC))
    assert outcome.retry_after == timedelta(seconds=90)


def test_nonsense_for_a_wait_is_no_wait(receiver: _Receiver, post: Post) -> None:
    receiver.status, receiver.headers["retry-after"] = 503, "soon"
    assert post(receiver.url).retry_after is None


def test_a_long_answer_is_read_in_part_and_a_compressed_one_not_at_all(receiver: _Receiver, post: Post) -> None:
    receiver.status, receiver.body = 500, b"x" * 3_000_000
    assert len(post(receiver.url).detail) <= 300
    receiver.headers["content-encoding"] = "gzip"
    assert post(receiver.url).detail == "the receiver answered 500"


def test_a_connection_that_is_cut_is_temporary(receiver: _Receiver, post: Post) -> None:
    receiver.drop = True
    outcome = post(receiver.url)
    assert outcome.result is Result.TEMPORARY
    assert "cannot be reached" in outcome.detail


def test_nobody_listening_is_temporary_and_the_token_stays_secret(post: Post) -> None:
    outcome = post("http://127.0.0.1:9/hook?token=t0k3n")
    assert outcome.result is Result.TEMPORARY
    assert "t0k3n" not in outcome.detail


def test_a_receiver_that_says_nothing_is_given_up(post: Post) -> None:
    silent = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # listens, never accepts
    outcome = post(f"http://127.0.0.1:{silent.server_address[1]}/", timeout=0.1)
    silent.server_close()
    assert outcome == Outcome(Result.TEMPORARY, "the receiver did not answer within 0.1 s")


@pytest.mark.parametrize("url", ["ftp://example.org/x", "no address", "http://", "http://[::1"])
def test_an_address_that_is_none_is_permanent(post: Post, url: str) -> None:
    outcome = post(url)
    assert outcome.result is Result.PERMANENT
    assert "https://host/path would be right" in outcome.detail


def test_a_guard_that_refuses_the_network_is_quoted() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("hooks.example.org is at 10.0.0.7, a private address")

    with httpx.Client(transport=httpx.MockTransport(refuse)) as client:
        outcome = WebhookSender(client).send(
            url="https://hooks.example.org/", secret=_SECRET, webhook_id="m", now=datetime.now(UTC), payload=_PAYLOAD
        )
    assert outcome == Outcome(
        Result.TEMPORARY, "the receiver cannot be reached: hooks.example.org is at 10.0.0.7, a private address"
    )
