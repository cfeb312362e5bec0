"""What stands around a mail: ids, threads and ways to leave, from settings and frozen deliveries alone."""

import pytest

from worker.bootstrap.letters import frame_of, key_of
from worker.config import Mail, Recipient
from worker.core.mail_thread import place_of
from worker.core.record import Delivery


def change(kind: str = "new", url: str | None = "https://example.org/1", channel: str = "harbour") -> dict[str, object]:
    return {"kind": kind, "url": url, "channel": channel}


def alert(*changes: dict[str, object], thread: str | None = "post-7", number: str = "d1") -> Delivery:
    payload: dict[str, object] = {"changes": list(changes)}
    return Delivery(number, "desk", "alert", payload | ({"thread": thread} if thread else {}), 1)


def test_all_alerts_of_a_post_have_one_root_and_the_first_has_its_id() -> None:
    first, edit = alert(change()), alert(change("edited"), number="d2")
    begins, follows = place_of("desk", first.payload), place_of("desk", edit.payload)
    assert begins
    assert follows
    assert (begins.root, begins.is_first, follows.is_first) == (follows.root, True, False)
    assert key_of(first) == begins.root
    assert key_of(edit) == "d2"


@pytest.mark.parametrize(
    "other",
    [
        alert(change(), thread="post-8"),
        alert(change(url="https://example.org/2")),
        alert(change(channel="port")),
    ],
)
def test_another_post_has_another_root_even_in_a_new_database(other: Delivery) -> None:
    assert key_of(other) != key_of(alert(change()))


def test_another_recipient_has_another_root() -> None:
    payload = alert(change()).payload
    assert place_of("desk", payload) != place_of("night-desk", payload)


def test_a_post_without_an_address_keeps_the_id_of_its_delivery() -> None:
    """Its row alone could be that of another post, whose mail a server would take for a double."""
    assert key_of(alert(change(url=None))) == "d1"


@pytest.mark.parametrize(
    "delivery",
    [
        alert(change(), thread=None),
        alert(change(), change(url="https://example.org/2")),
        Delivery("d1", "desk", "notice", {"type": "mail.refused", "data": {}}, 1),
    ],
)
def test_what_tells_of_no_single_post_stands_alone(delivery: Delivery) -> None:
    assert place_of("desk", delivery.payload) is None
    assert key_of(delivery) == "d1"


def test_the_way_to_leave_names_the_recipient_in_letters_that_an_address_may_hold() -> None:
    mail = Mail.model_validate(
        {
            "host": "localhost",
            "from": "watch@example.org",
            "unsubscribe": "https://example.org/leave?who={recipient}&at={address}",
            "one_click": True,
        }
    )
    recipient = Recipient.model_validate({"name": "desk", "email": "a+b&c=d@example.org", "alerts": True})
    frame = frame_of(alert(change()), recipient, mail, None)
    assert frame.unsubscribe == "https://example.org/leave?who=desk&at=a%2Bb%26c%3Dd%40example.org"
    assert (frame.one_click, frame.list_label, frame.replies_to) == (True, "desk.alert", None)
