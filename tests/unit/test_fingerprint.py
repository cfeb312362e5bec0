"""Fingerprints say whether two texts are the same text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.fingerprint import VERSION, fingerprint, fingerprint_version, former_fingerprints, is_outdated
from worker.core.text import normalise

TEXT = st.text(st.characters(codec=None), max_size=20)
NEARLY_EQUAL = st.text("ae\u0301é \u00a0\n\u200b\ufe0f", max_size=6)


def test_a_fingerprint_never_changes_between_releases() -> None:
    # stored fingerprints would all look edited: if this fails, raise the version
    assert fingerprint("The ministry opened a library.") == "2:a3e0889b5ea4fa0f8e4c5db0e481fff5"
    assert former_fingerprints("The ministry opened a library.") == ("1:a3e0889b5ea4fa0f8e4c5db0e481fff5",)
    assert fingerprint("https://canals.example/?p=1&utm_source=x") == "2:d44c45615dc527000228f6c459335a77"
    assert former_fingerprints("https://canals.example/?p=1&utm_source=x") == ("1:56f9c1b136f7f935850fcb9b52a06615",)


def test_white_space_and_variation_selectors_leave_the_fingerprint_alone() -> None:
    assert fingerprint("Sunny ☀\ufe0f\n\nday ") == fingerprint("Sunny\u00a0☀ day")


def test_case_and_letters_change_the_fingerprint() -> None:
    assert len({fingerprint(text) for text in ("елка", "ёлка", "Ёлка", "")}) == 4


@given(NEARLY_EQUAL, NEARLY_EQUAL)
@settings(max_examples=200)
def test_fingerprints_are_equal_exactly_when_the_normalised_texts_are(one: str, other: str) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (normalise(one) == normalise(other))


@given(TEXT)
@settings(max_examples=100)
def test_any_string_has_a_fingerprint_of_the_present_version(text: str) -> None:
    assert re.fullmatch("2:[0-9a-f]{32}", fingerprint(text))
    assert fingerprint_version(fingerprint(text)) == VERSION
    assert not is_outdated(fingerprint(text))
    assert all(is_outdated(former) for former in former_fingerprints(text))


def test_versions_have_one_digit_because_an_index_finds_the_older_ones_by_it() -> None:
    assert VERSION < 10


def test_the_version_of_a_later_fingerprint_is_read() -> None:
    assert fingerprint_version("12:" + "0" * 32) == 12


@pytest.mark.parametrize("value", ["", "1:", "1:abc", "x:" + "0" * 32, "0" * 34])
def test_what_is_no_fingerprint_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="is no fingerprint: expected a version"):
        fingerprint_version(value)
