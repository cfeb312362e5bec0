"""The diff's decision table, and its properties."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_post, make_sequence
from worker.core.diff import Diff, StoredSequence, diff_by_id, diff_by_sequence
from worker.core.fingerprint import fingerprint
from worker.core.models import StoredPost

A = "The harbour office opens at eight on weekdays and at ten on Saturdays."
B = "Two ferries a day leave for the island, at eight and at five."
C = "The pilots have received new radios for the winter season."
D = "The library of the port has bought forty books on navigation."
A_EDITED = "The harbour office opens at nine on weekdays and at ten on Saturdays."


def stored(**texts: str) -> dict[str, StoredPost]:
    return {key[1:]: StoredPost(n, key[1:], fingerprint(text)) for n, (key, text) in enumerate(texts.items(), 1)}


def texts_of(diff: Diff) -> tuple[list[str], list[tuple[int, str]], list[int]]:
    edited = [(edit.stored.row, edit.found.post.text) for edit in diff.edited]
    return [found.post.text for found in diff.new], edited, sorted(diff.unchanged)


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        pytest.param({}, [(1, A)], ([A], [], []), id="a post that nobody has seen is new"),
        pytest.param({"_1": A}, [(1, A)], ([], [], [1]), id="the same post is unchanged"),
        pytest.param(
            {"_1": A}, [(1, A_EDITED)], ([], [(1, A_EDITED)], []), id="another text under the same id is an edit"
        ),
        pytest.param({"_1": A}, [(2, A)], ([A], [], []), id="the same text under another id is another post"),
        pytest.param({"_1": A}, [(1, A + "\u200b \ufe0f")], ([], [], [1]), id="invisible characters are no edit"),
        pytest.param({"_1": A, "_2": B}, [(2, B)], ([], [], [2]), id="a post out of sight is left alone"),
        pytest.param(
            {}, [(1, A), (1, A_EDITED)], ([A_EDITED], [], []), id="of an id that comes twice the later one counts"
        ),
    ],
)
def test_posts_with_ids_are_looked_up(
    known: dict[str, str], seen: list[tuple[int, str]], expected: tuple[list[str], list[tuple[int, str]], list[int]]
) -> None:
    diff = diff_by_id([make_post(text, number) for number, text in seen], stored(**known))

    assert texts_of(diff) == expected


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        pytest.param([], [A, B], ([A, B], [], []), id="the first dump is all new"),
        pytest.param([A, B], [A, B], ([], [], [1, 2]), id="the same dump again yields nothing"),
        pytest.param([A, B], [B, C], ([C], [], [2]), id="an overlapping dump yields what is behind the overlap"),
        pytest.param([B, C], [A, B], ([A], [], [1]), id="an older dump yields what is before the overlap"),
        pytest.param(
            [A, C], [A, B, C], ([B], [], [1, 2]), id="a post that an extractor had lost appears in the middle"
        ),
        pytest.param([A, B, C], [A, C], ([], [], [1, 3]), id="a post that an extractor loses is no news"),
        pytest.param([A, B], [A_EDITED, B], ([], [(1, A_EDITED)], [2]), id="one changed word is one edit"),
        pytest.param([B, A], [B, A_EDITED], ([], [(2, A_EDITED)], [1]), id="so it is at the end"),
        pytest.param([A], [A_EDITED], ([], [(1, A_EDITED)], []), id="so it is for the only post"),
        pytest.param([A], [B], ([B], [], []), id="an unlike text is another post"),
        pytest.param([A, B, A], [A, B, A], ([], [], [1, 2, 3]), id="two equal texts stay two posts"),
        pytest.param([A, B], [A, B, A], ([A], [], [1, 2]), id="a text that is posted again is new"),
        pytest.param([A, B, C], [C, B, A], ([], [], [1, 2, 3]), id="another order is no news"),
        pytest.param([A, B], [D, A_EDITED, B, C], ([D, C], [(1, A_EDITED)], [2]), id="an edit among new posts"),
        pytest.param([A, B], [], ([], [], []), id="an empty dump says nothing"),
    ],
)
def test_posts_without_ids_are_aligned(
    known: list[str], seen: list[str], expected: tuple[list[str], list[tuple[int, str]], list[int]]
) -> None:
    diff = diff_by_sequence([make_post(text) for text in seen], make_sequence(*known))

    assert texts_of(diff) == expected


def apply(sequence: StoredSequence, diff: Diff) -> StoredSequence:
    """Store what a diff found, as the store does."""
    posts = {post.row: post for post in sequence.posts}
    for edit in diff.edited:
        found, place = edit.found, edit.stored.position
        posts[edit.stored.row] = StoredPost(edit.stored.row, None, found.fingerprint, place, found.post.text)
    row = max(posts, default=0)
    for n, found in enumerate(diff.new, row + 1):
        posts[n] = StoredPost(n, None, found.fingerprint, found.position, found.post.text)
    ordered = sorted(posts.values(), key=lambda post: post.position or 0)
    places = [post.position or 0.0 for post in ordered]
    return StoredSequence(tuple(ordered), min(places, default=1.0), max(places, default=0.0))


words = st.sampled_from(["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"])
texts = st.lists(words, min_size=1, max_size=8).map(" ".join)
dumps = st.lists(texts, max_size=12)


@given(dumps, dumps)
def test_a_dump_fed_twice_yields_nothing_the_second_time(before: list[str], dump: list[str]) -> None:
    once = apply(StoredSequence(), diff_by_sequence([make_post(text) for text in before], StoredSequence()))
    seen = [make_post(text) for text in dump]
    twice = apply(once, diff_by_sequence(seen, once))

    again = diff_by_sequence(seen, twice)

    assert (again.new, again.edited) == ((), ())


@given(st.lists(st.integers(0, 10_000), unique=True, min_size=1, max_size=30), st.data())
def test_overlapping_windows_of_one_history_give_each_post_once(numbers: list[int], data: st.DataObject) -> None:
    history = [hashlib.sha256(str(n).encode()).hexdigest() for n in numbers]
    width = data.draw(st.integers(2, 12))
    starts = data.draw(st.permutations(range(0, len(history), width - 1)))
    sequence = StoredSequence()
    for start in starts:
        window = [make_post(text) for text in history[start : start + width]]
        sequence = apply(sequence, diff_by_sequence(window, sequence))

    assert sorted(post.text or "" for post in sequence.posts) == sorted(history)


@given(dumps)
def test_places_keep_the_order_of_the_dump(dump: list[str]) -> None:
    diff = diff_by_sequence([make_post(text) for text in dump], StoredSequence())

    assert [found.position for found in diff.new] == [float(n) for n in range(1, len(dump) + 1)]
