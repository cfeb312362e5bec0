"""Addresses in texts: what changes without an edit is left out, everything else stays."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.address import plain_addresses
from worker.core.fingerprint import fingerprint
from worker.core.text import normalise

PAGE = "https://canals.example/plan"


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        (f"{PAGE}?utm_source=tg&utm_medium=social", PAGE),
        (f"{PAGE}?id=7&fbclid=IwAR0_x-1&page=2", f"{PAGE}?id=7&page=2"),
        (f"{PAGE}?gclid=1&yclid=2&ysclid=3&mc_cid=4&mc_eid=5&igshid=6&_openstat=7", PAGE),
        (f"{PAGE}?UTM_Source=tg", PAGE),
        (f"{PAGE}?id=7&amp;utm_source=tg", f"{PAGE}?id=7"),
        (f"{PAGE}?utm_source=tg#lock", f"{PAGE}#lock"),
        (f"Read {PAGE}?utm_source=tg. Then come.", f"Read {PAGE}. Then come."),
        (f"({PAGE}?utm_source=tg)", f"({PAGE})"),
        (f"[plan]({PAGE}?utm_source=tg), today", f"[plan]({PAGE}), today"),
        (f"«{PAGE}?utm_source=tg»", f"«{PAGE}»"),
        ("http://canals.example/plan", PAGE),
        ("HTTP://canals.example/plan", PAGE),
        ("https://canals.example/", "https://canals.example"),
        ("https://canals.example/?utm_source=tg", "https://canals.example"),
        ("https://canals.example/.", "https://canals.example."),
        ("https://каналы.example/план?utm_source=tg", "https://каналы.example/план"),
        ("https://cdn4.telesco.pe/file/abc.jpg", "https://cdn.telesco.pe/file/abc.jpg"),
        ("https://cdn1.cdn-telegram.org/file/abc.jpg", "https://cdn.telesco.pe/file/abc.jpg"),
        ("https://cdn5.telegram-cdn.org/file/abc.mp4?token=x1", "https://cdn.telesco.pe/file/abc.mp4"),
        ("https://,", "https://,"),
        ("https://", "https://"),
    ],
)
def test_what_changes_without_an_edit_is_left_out(written: str, compared: str) -> None:
    assert plain_addresses(written) == compared
    assert fingerprint(written) == fingerprint(compared)


@pytest.mark.parametrize(
    "address",
    [
        f"{PAGE}/",
        f"{PAGE}?",
        f"{PAGE}?id=7",
        f"{PAGE}?ref=tg",
        f"{PAGE}?from=tg&source=x",
        f"{PAGE}?utmost=1",
        f"{PAGE}?b=1&a=2",
        f"{PAGE}#utm",
        "https://Canals.example/plan",
        "https://canals.example/Plan",
        "https://cdn4.telesco.pe.example/file/abc.jpg",
        "https://cdn4.canals.example/file/abc.jpg",
        "ftp://canals.example/plan",
    ],
)
def test_everything_else_of_an_address_stays(address: str) -> None:
    assert plain_addresses(address) == address
    assert fingerprint(address) != fingerprint(PAGE)


def test_what_somebody_wrote_behind_an_address_without_a_blank_stays() -> None:
    assert "важно" in plain_addresses(f"{PAGE}?utm_source=tg—важно")


TRACKING = st.builds(
    "{}={}".format,
    st.sampled_from(["utm_source", "utm_campaign", "fbclid", "gclid", "yclid", "mc_cid", "igshid"]),
    st.text(string.ascii_letters + string.digits + "_-", max_size=8),
)
WORDS = st.text("ab éж\n", max_size=12)


@given(WORDS, WORDS, st.lists(TRACKING, min_size=1, max_size=4), st.sampled_from(["", "id=7", "page=2&x=й"]))
@settings(max_examples=150)
def test_tracking_parameters_never_change_a_fingerprint(before: str, after: str, tracking: list[str], own: str) -> None:
    bare = f"{before} {PAGE}{'?' if own else ''}{own} {after}"
    tracked = f"{before} {PAGE}?{'&'.join([*tracking[:2], *filter(None, [own]), *tracking[2:]])} {after}"

    assert fingerprint(bare) == fingerprint(tracked)


@given(st.text('htps:/?&=#.,)utm_sourcegclid x\u200b\u0301é"1', max_size=40).map(lambda text: f"https://{text}"))
@settings(max_examples=300)
def test_comparing_what_is_compared_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(
    "text", ["https://" * 20_000, "https://x?" + "&utm_a=1" * 20_000, "https://x/" + ".?" * 40_000]
)
def test_any_text_is_gone_through_in_passing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
