"""Chats by Apprise to real receivers on the loopback interface."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from worker.adapters.chat import ChatSender
from worker.adapters.guard import AddressGuard
from worker.adapters.templates import Translations
from worker.core.chat import ChatMessage, ChatPart, fitted
from worker.core.models import Outcome, Result

pytest.importorskip("apprise", reason="the extra for chats is not installed")

#: Apprise loads all of its services at once, and some of them load what Python is about to drop
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated and slated for removal:DeprecationWarning")

_TOKEN = "t0k3nt0k3nt0k3nt0k3n"
_LOOPBACK = ("127.0.0.0/8",)
#: what Matrix says to a login, a room that is entered, and a message
_MATRIX = {
    "access_token": "syt_x",
    "user_id": "@bot:127.0.0.1",
    "home_server": "127.0.0.1",
    "device_id": "D",
    "room_id": "!harbour:127.0.0.1",
    "event_id": "$1",
}


@dataclass
class _Receiver:
    """What the other side answers, and what it got."""

    status: int = 200
    body: bytes = json.dumps(_MATRIX).encode()
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    got: list[tuple[str, Any]] = field(default_factory=list)
    at: str = ""


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    told = _Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            told.got.append((self.path, json.loads(body) if body else None))
            if told.drop:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_PUT = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    told.at = f"127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def _send(url: str, text: str, *, title: str = "BRICS · Harbour", allow: tuple[str, ...] = _LOOPBACK) -> Outcome:
    return _send_parts(url, ChatMessage(title, (ChatPart(text, 1),), 1), allow)


def _send_parts(url: str, message: ChatMessage, allow: tuple[str, ...] = _LOOPBACK) -> Outcome:
    sender = ChatSender(AddressGuard(allow).addresses)
    return sender.send(url, message.title, partial(fitted, message, t=Translations("en")))


def _addresses(receiver: _Receiver) -> list[str]:
    return [
        f"ntfy://{receiver.at}/harbour",
        f"mmost://{receiver.at}/{_TOKEN}",
        f"matrix://bot:{_TOKEN}@{receiver.at}/!harbour:127.0.0.1",
        f"gotify://{receiver.at}/{_TOKEN}",
    ]


def test_every_service_gets_the_words_as_they_are(receiver: _Receiver) -> None:
    for url in _addresses(receiver):
        receiver.got.clear()
        outcome = _send(url, "Гавань: СНГ & <b>bold</b>\nhttps://example.org/1")
        assert outcome.result is Result.SENT, outcome
        said = [value for _, body in receiver.got for value in (body or {}).values() if isinstance(value, str)]
        assert any("BRICS · Harbour" in words for words in said), said
        assert any("Гавань: СНГ & <b>bold</b>\nhttps://example.org/1" in words for words in said), said


def test_ntfy_gets_title_and_text_apart(receiver: _Receiver) -> None:
    assert _send(f"ntfy://{receiver.at}/harbour?format=markdown&retry=3", "**The tide**").result is Result.SENT
    assert receiver.got == [("/", {"topic": "harbour", "title": "BRICS · Harbour", "message": "**The tide**"})]


@pytest.mark.parametrize("post", ["a", "Ж", "🚢", "<&>"])
def test_what_a_service_does_not_take_is_counted(receiver: _Receiver, post: str) -> None:
    parts = tuple(ChatPart(f"{number} {post * 60}", 1) for number in range(200))
    assert _send_parts(f"ntfy://{receiver.at}/harbour", ChatMessage("many", parts, 200)).result is Result.SENT
    ((_, body),) = receiver.got
    *lines, last = body["message"].splitlines()
    assert len(body["message"].encode()) <= 4_000
    assert len(lines) >= 5
    assert last == f"and {200 - len(lines)} more"
    assert lines == [part.text for part in parts[: len(lines)]]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (400, Result.PERMANENT),
        (401, Result.TEMPORARY),
        (403, Result.TEMPORARY),
        (404, Result.TEMPORARY),
        (410, Result.PERMANENT),
        (413, Result.PERMANENT),
        (429, Result.TEMPORARY),
        (500, Result.TEMPORARY),
        (503, Result.TEMPORARY),
    ],
)
def test_what_the_other_side_says_is_understood(receiver: _Receiver, status: int, result: Result) -> None:
    receiver.status, receiver.body = status, b"no"
    outcome = _send(f"mmost://{receiver.at}/{_TOKEN}", "text")
    assert outcome.result is result
    assert outcome.detail.startswith(f"Mattermost answered {status}")
    assert outcome.gone == (status == 410)
    assert len(receiver.got) == 1


def test_no_redirect_is_followed(receiver: _Receiver) -> None:
    receiver.status, receiver.headers = 302, {"location": f"http://{receiver.at}/elsewhere"}
    outcome = _send(f"mmost://{receiver.at}/{_TOKEN}?redirect=yes", "text")
    assert (outcome.result, len(receiver.got)) == (Result.TEMPORARY, 1)


def test_a_receiver_that_drops_the_connection_is_asked_again(receiver: _Receiver) -> None:
    receiver.drop = True
    outcome = _send(f"ntfy://{receiver.at}/harbour", "text")
    assert outcome == Outcome(Result.TEMPORARY, "ntfy cannot be reached, or did not take the message")


@pytest.mark.parametrize("status", [200, 404])
def test_neither_the_log_nor_the_outcome_holds_the_address(
    receiver: _Receiver, status: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = status
    with caplog.at_level(logging.DEBUG):
        outcome = _send(f"mmost://{receiver.at}/{_TOKEN}", "text")
    written = capsys.readouterr()
    heard = "".join(record.getMessage() for record in caplog.records if record.name.startswith("apprise"))
    assert _TOKEN not in outcome.detail + heard + written.out + written.err


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1", "xml://127.0.0.1", "form://127.0.0.1", "mailto://x", "file:///x", ""]
)
def test_other_services_are_refused_by_name(url: str) -> None:
    outcome = _send(url, "text")
    assert outcome.result is Result.TEMPORARY
    assert "must begin with one of slack, discord" in outcome.detail


def test_a_server_in_a_private_network_must_be_allowed(receiver: _Receiver) -> None:
    for url in (*_addresses(receiver), f"ntfys://{receiver.at}/x", f"workflows://{receiver.at}/WID/SIG"):
        outcome = _send(url, "text", allow=())
        assert outcome.result is Result.TEMPORARY
        assert "no public address; if it is meant, add its network to fetch.allow_networks" in outcome.detail
    assert receiver.got == []


def test_nothing_goes_over_the_network_without_tls() -> None:
    sender = ChatSender(lambda _host, _port: ["93.184.215.14"])
    outcome = sender.send("ntfy://ntfy.example.org/x", "title", lambda _most, _measure: "text")
    assert outcome.detail == "ntfy would be reached without TLS over the network: write ntfys://"


def test_an_address_with_several_targets_is_refused(receiver: _Receiver) -> None:
    outcome = _send(f"ntfy://{receiver.at}/harbour/ferries", "text")
    assert "names 2 targets" in outcome.detail
    assert receiver.got == []


def test_an_address_that_apprise_does_not_know_is_no_crash() -> None:
    outcome = _send("slack://", "text")
    assert outcome == Outcome(Result.TEMPORARY, "the chat's address is not one of Slack as Apprise writes them")


def test_threads_hear_only_their_own_answers(receiver: _Receiver) -> None:
    receiver.status, receiver.body = 404, b"no"
    outcomes: list[Outcome] = []
    urls = [f"mmost://{receiver.at}/{_TOKEN}", "ntfy://127.0.0.1:1/x"] * 4
    threads = [threading.Thread(target=lambda url=url: outcomes.append(_send(url, "text"))) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.detail.partition(":")[0] for outcome in outcomes) == [
        *["Mattermost answered 404"] * 4,
        *["ntfy cannot be reached, or did not take the message"] * 4,
    ]
