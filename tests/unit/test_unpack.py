"""Packed bodies in any pieces, whole and broken."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.unpack import BodyError, Unpacker

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": lambda body: gzip.compress(body, 6),
    "deflate": lambda body: zlib.compress(body, 6),
    "Deflate": lambda body: zlib.compress(body, wbits=-15),
}


def unpack(encoding: str, pieces: list[bytes], max_bytes: int = 100_000) -> bytes:
    unpacker = Unpacker(encoding, max_bytes=max_bytes)
    for piece in pieces:
        unpacker.feed(piece)
    return unpacker.finish()


@settings(max_examples=60)
@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=3_000), st.integers(1, 400))
def test_a_body_is_the_same_in_whatever_pieces_it_arrives(coding: str, body: bytes, size: int) -> None:
    packed = PACKERS[coding](body)
    assert unpack(coding, [packed[i : i + size] for i in range(0, len(packed), size)]) == body


@settings(max_examples=60)
@given(st.sampled_from(["gzip", "deflate"]), st.binary(min_size=1, max_size=300), st.data())
def test_a_body_that_breaks_off_is_never_taken_for_whole(coding: str, body: bytes, data: st.DataObject) -> None:
    packed = PACKERS[coding](body)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(BodyError):
        unpack(coding, [packed[:cut]])


@settings(max_examples=100)
@given(st.sampled_from(["", "gzip", "deflate", "gzip, gzip", "br", "x"]), st.lists(st.binary(max_size=200), max_size=4))
def test_arbitrary_bytes_unpack_or_are_refused(coding: str, pieces: list[bytes]) -> None:
    try:
        body = unpack(coding, pieces, max_bytes=500)
    except BodyError:
        return
    assert len(body) <= 500


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_stops_at_the_cap(coding: str) -> None:
    with pytest.raises(BodyError, match="larger than 1,000 bytes when unpacked"):
        unpack(coding, [PACKERS[coding](bytes(500_000))], max_bytes=1_000)


def test_many_empty_members_stay_cheap_and_bounded() -> None:
    with pytest.raises(BodyError, match="larger than 100,000 bytes"):
        unpack("gzip", [gzip.compress(b"")] * 10_000)
