"""The whole diff over generated histories of a channel: posts come, are edited and deleted, and exports show windows.

What is read at one time is read in any order; what is read later shows the source as it is later, so the newest state
that was seen wins.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOON
from worker.core.absence import Suspect, View, judge, missing_ids
from worker.core.diff import Diff, StoredSequence, diff_by_id, diff_by_sequence
from worker.core.fingerprint import fingerprint
from worker.core.models import Coverage, Post, StoredPost
from worker.core.text import normalise

_WORDS = "lock gate weir barge skipper pilot quay bridge шлюз судно паром маяк écluse péniche quai phare"
WORDS = _WORDS.split()
#: what an export may have here or there though nobody has edited the post
NOISE = ("\u200b", "\ufe0f", "\u00ad", "  ", "\n")

histories = st.tuples(st.integers(0, 2**32), st.integers(1, 12))
EACH = settings(max_examples=130)


@dataclass
class Channel:
    """A source: what it shows now, by id, and what it has taken away."""

    chance: Random
    texts: dict[int, str] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    #: ids without a post of their own: members of an album, or numbers that were never used
    members: dict[int, int] = field(default_factory=dict)
    last: int = 0

    def goes_on(self) -> None:
        """Publish, edit and delete something."""
        for _ in range(self.chance.randint(0, 5)):
            self.publish()
        shown = [*self.texts]
        for number in self.chance.sample(shown, min(len(shown), self.chance.randint(0, 2))):
            kept, _, _ = self.texts[number].rpartition(" ")
            self.texts[number] = self.chance.choice((self.sentence(), f"{kept} {self.chance.choice(WORDS)}"))
        for number in self.chance.sample(shown[-12:], min(len(shown[-12:]), self.chance.choice((0, 0, 1, 2)))):
            del self.texts[number]
            self.deleted.add(number)

    def publish(self) -> None:
        self.last += self.chance.choice((1, 1, 1, 2, 5))
        number = self.last
        # two posts may have one text, and a post none
        self.texts[number] = self.chance.choice(("", "Good morning", *[self.sentence() for _ in range(6)]))
        if self.chance.random() < 0.2:
            for _ in range(self.chance.randint(1, 3)):
                self.last += 1
                self.members[self.last] = number

    def sentence(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(6, 14)))

    def noisy(self, text: str) -> str:
        """Return `text` as an export may write it."""
        return "".join(self.chance.choice(NOISE) + letter if letter == " " else letter for letter in text)

    def window(self, low: int, high: int) -> list[Post]:
        return [Post(self.noisy(text), str(n)) for n, text in self.texts.items() if low <= n <= high]

    def windows(self, first: int = 1) -> list[tuple[int, int]]:
        """Return windows of any size that together reach from `first` to the end, in any order."""
        ends, high = [], self.last
        while high >= first:
            low = max(first, high - self.chance.choice((2, 9, 40)))
            ends.append((low, high + self.chance.randint(0, 3)))
            high = low - 1
        return self.chance.sample(ends, len(ends))


class Archive:
    """What is stored of a channel: the changes of each diff, applied."""

    def __init__(self) -> None:
        self.posts: dict[str, StoredPost] = {}
        self.found: Counter[tuple[str, str]] = Counter()

    def take(self, posts: Sequence[Post]) -> Diff:
        diff = diff_by_id(posts, {post.id: self.posts[post.id] for post in posts if post.id in self.posts})
        for found in diff.new:
            self._keep(len(self.posts), found.post, found.fingerprint)
            self.found["new", found.post.id or ""] += 1
        for edit in diff.edited:
            self._keep(edit.stored.row, edit.found.post, edit.found.fingerprint)
            self.found["edited", edit.found.post.id or ""] += 1
        return diff

    def _keep(self, row: int, post: Post, mark: str) -> None:
        assert post.id is not None
        self.posts[post.id] = StoredPost(row, post.id, mark, text=post.text)

    def texts(self) -> Mapping[str, str]:
        return {name: normalise(post.text or "") for name, post in self.posts.items()}


def channels(seed: int, length: int) -> Iterator[Channel]:
    """Yield one channel as it goes on."""
    channel = Channel(Random(seed))
    for _ in range(length):
        channel.goes_on()
        yield channel


@given(histories)
@EACH
def test_the_changes_of_a_snapshot_make_the_archive_show_it_and_it_says_nothing_more(history: tuple[int, int]) -> None:
    archive = Archive()
    for channel in channels(*history):
        low = channel.chance.randint(0, channel.last)
        before, snapshot = dict(archive.texts()), channel.window(low, channel.chance.randint(low, channel.last))

        diff = archive.take(snapshot)

        shown = {post.id: normalise(post.text) for post in snapshot if post.id}
        assert archive.texts() == {**before, **shown}
        assert {found.post.id for found in diff.new} == shown.keys() - before.keys()
        assert len(diff.new) + len(diff.edited) + len(diff.unchanged) == len(snapshot)
        again = diff_by_id(snapshot, archive.posts)
        assert (again.new, again.edited, len(again.unchanged)) == ((), (), len(snapshot))


@given(histories)
@EACH
def test_windows_in_any_order_give_what_one_pass_gives(history: tuple[int, int]) -> None:
    whole, cut = Archive(), Archive()
    for channel in channels(*history):
        whole.take(channel.window(0, channel.last))
        for low, high in channel.windows():
            cut.take(channel.window(low, high))

    assert cut.texts() == whole.texts()
    assert cut.found == whole.found


@given(histories)
@EACH
def test_a_post_is_deleted_only_if_the_source_has_taken_it_away_and_two_windows_show_that(
    history: tuple[int, int],
) -> None:
    archive, rows = Archive(), dict[int, str]()
    suspects: dict[int, Suspect] = {}
    lacked: Counter[str] = Counter()
    gone: set[str] = set()
    for hour, channel in enumerate(channels(*history)):
        for low, high in channel.windows(max(1, channel.last - channel.chance.choice((5, 30)))):
            snapshot = channel.window(low, high)
            archive.take(snapshot)
            rows |= {post.row: name for name, post in archive.posts.items()}
            covered = covered_by(channel, snapshot)
            missing = set(missing_ids(covered)) & archive.posts.keys() - gone if covered else set()
            lacked.update(missing)
            view = View(
                NOON + timedelta(hours=hour),
                present=frozenset(archive.posts[post.id].row for post in snapshot if post.id),
                absent=frozenset(archive.posts[name].row for name in missing),
                posts=len(snapshot),
                stands_alone=True,
            )
            judged = judge([*suspects.values()], view)
            gone |= {rows[row] for row in judged.gone}
            for row in (*judged.gone, *judged.cleared):
                del suspects[row]
            suspects |= {row: Suspect(row, rows[row], None, None, view.at) for row in judged.missed}
        assert {int(name) for name in gone} <= channel.deleted
    assert gone == {name for name, times in lacked.items() if times >= 2}


def covered_by(channel: Channel, snapshot: Sequence[Post]) -> Coverage | None:
    """Return what a page proves: every id between those that it names, members of albums included."""
    ids = {int(post.id) for post in snapshot if post.id}
    ids |= {member for member, album in channel.members.items() if album in ids}
    return Coverage(min(ids), max(ids), frozenset(ids)) if ids else None


@given(histories)
@EACH
def test_dumps_without_ids_give_their_posts_once_and_say_nothing_the_second_time(history: tuple[int, int]) -> None:
    stored = StoredSequence()
    for channel in channels(*history):
        dump = [Post(text) for text in channel.texts.values() if text][-channel.chance.randint(1, 30) :]

        stored = applied(stored, diff_by_sequence(dump, stored))

        kept = Counter(post.fingerprint for post in stored.posts)
        assert Counter(fingerprint(post.text) for post in dump) <= kept
        again = diff_by_sequence([Post(channel.noisy(post.text)) for post in dump], stored)
        assert (again.new, again.edited, len(again.unchanged)) == ((), (), len(dump))


def applied(stored: StoredSequence, diff: Diff) -> StoredSequence:
    posts = {post.row: post for post in stored.posts}
    for edit in diff.edited:
        found, row = edit.found, edit.stored.row
        posts[row] = StoredPost(row, None, found.fingerprint, edit.stored.position, found.post.text)
    for row, found in enumerate(diff.new, len(posts)):
        posts[row] = StoredPost(row, None, found.fingerprint, found.position, found.post.text)
    ordered = sorted(posts.values(), key=lambda post: (post.position or 0.0, post.row))
    places = [post.position or 0.0 for post in ordered]
    return StoredSequence(tuple(ordered), min(places, default=1.0), max(places, default=0.0))


# --------------------------------------------------------------------------- what a fingerprint leaves out

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
REMOVABLE = st.sampled_from(["\u200b", "\u00ad", "\ufeff", "\u2060", "\ufe0f", "\ufe0e", "\u202a", "\u180e", "\u034f"])
VISIBLE = st.characters(codec="utf-8", categories=["L", "N", "P", "S"])


@given(TEXT, REMOVABLE, st.integers(0, 30))
@settings(max_examples=150)
def test_what_no_reader_sees_may_stand_anywhere(text: str, removable: str, place: int) -> None:
    assert fingerprint(text[:place] + removable + text[place:]) == fingerprint(text)


@given(TEXT, st.sampled_from([" ", "\n", "\t", "\u00a0", "\r\n", "\u3000"]), st.integers(0, 30))
@settings(max_examples=150)
def test_white_space_may_grow_and_stand_at_the_ends(text: str, space: str, place: int) -> None:
    assert fingerprint(space + text.replace(" ", f" {space}") + space) == fingerprint(text)
    assert fingerprint(f"{text[:place]} {text[place:]}") == fingerprint(f"{text[:place]}{space} {text[place:]}")


@given(TEXT, VISIBLE, st.integers(0, 30))
@settings(max_examples=150)
def test_any_visible_character_changes_the_fingerprint(text: str, visible: str, place: int) -> None:
    assert fingerprint(text[:place] + visible + text[place:]) != fingerprint(text)


@given(st.lists(st.sampled_from([*WORDS, *NOISE, " ", "https://c.example/?utm_source=x", "http://c.example"])))
@settings(max_examples=150)
def test_two_texts_have_one_fingerprint_exactly_if_they_are_compared_as_one(parts: list[str]) -> None:
    texts = ["".join(parts), "".join(reversed(parts)), " ".join(parts), "\n".join(part.strip() for part in parts)]
    for one in texts:
        for other in texts:
            assert (fingerprint(one) == fingerprint(other)) == (normalise(one) == normalise(other))
