"""The digest as data: grouped, folded, ordered, capped, frozen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.digest import OTHER, Digest, Gap, build_digest, from_payload, payload
from worker.core.digest_cutting import limit_posts, shorten_posts
from worker.core.digest_parts import DigestPost, Elsewhere
from worker.core.models import ChangeKind, Excerpt, Match, Media, Told

_UNTIL = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_NAMES = ("BRICS", "CIS", "Ukraine")


def _told(
    text: str,
    *tags: str,
    minute: int = 0,
    channel: str = "harbours",
    kind: ChangeKind = ChangeKind.NEW,
    before: str | None = None,
) -> Told:
    at = _UNTIL - timedelta(hours=20) + timedelta(minutes=minute)
    return Told(
        channel=channel,
        channel_title=channel.title(),
        kind=kind,
        text=text,
        tags=tags,
        matches=tuple(Match(tag, tag, text.index(tag), text.index(tag) + len(tag)) for tag in tags if tag in text),
        found_at=at + timedelta(minutes=5),
        published_at=at,
        before=before,
    )


def _digest(
    told: Sequence[Told],
    *,
    most: int = 500,
    watchlists: Sequence[str] = _NAMES,
    unlisted: Mapping[str, int] | None = None,
    weights: Mapping[tuple[str, str], float] | None = None,
) -> Digest:
    return build_digest(
        told,
        recipient="desk",
        watchlists=watchlists,
        since=_UNTIL - timedelta(days=1),
        until=_UNTIL,
        timezone="Europe/Paris",
        language="en",
        checked=4,
        channels=4,
        unlisted=unlisted or {},
        weights=weights or {},
        most=most,
    )


def _posts(digest: Digest, watchlist: str) -> list[DigestPost]:
    [section] = [section for section in digest.sections if section.watchlist == watchlist]
    return list(section.posts)


def _text(post: DigestPost) -> str:
    return "".join(piece.text for piece in post.excerpts)


def test_posts_stand_under_their_watchlist_in_time_order() -> None:
    digest = _digest(
        [
            _told("CIS two", "CIS", minute=20),
            _told("BRICS here", "BRICS", minute=5),
            _told("CIS one", "CIS", minute=10),
            _told("CIS elsewhere", "CIS", minute=1, channel="fairs"),
        ]
    )
    assert [(section.watchlist, section.count) for section in digest.sections] == [
        ("BRICS", 1),
        ("CIS", 3),
        ("Ukraine", 0),
    ]
    assert [_text(post) for post in _posts(digest, "CIS")] == ["CIS elsewhere", "CIS one", "CIS two"]


def test_the_weightiest_story_comes_first_and_equal_ones_by_time() -> None:
    light = _told("a word on the CIS", "CIS", minute=1)
    terms = (Match("CIS", "CIS", 0, 3), Match("CIS", "Commonwealth", 4, 16), Match("CIS", "CIS", 17, 20))
    heavy = replace(_told("CIS Commonwealth CIS", "CIS", minute=30), matches=terms)
    later = _told("CIS again", "CIS", minute=40)
    other = replace(_told("more of BRICS", "CIS", minute=2), matches=tuple(replace(m, watchlist="x") for m in terms))
    made = _posts(_digest([light, later, heavy, other]), "CIS")
    assert [(_text(post), post.weight) for post in made] == [
        ("CIS Commonwealth CIS", 2.0),
        ("a word on the CIS", 1.0),
        ("CIS again", 1.0),
        ("more of BRICS", 0.0),
    ]
    weighed = _posts(_digest([light, heavy], weights={("CIS", "Commonwealth"): -0.5}), "CIS")
    assert [post.weight for post in weighed] == [1.0, 0.5]


def test_what_no_longer_mentions_the_watchlist_comes_before_everything() -> None:
    turned = replace(_told("not a word", "CIS", kind=ChangeKind.EDITED, minute=50), lost=("CIS",), matches=())
    made = _posts(_digest([_told("CIS", "CIS", minute=1), turned]), "CIS")
    assert [post.turned for post in made] == [True, False]


def test_what_became_of_a_post_stands_beside_it() -> None:
    first, other = (replace(_told("CIS met", "CIS", minute=n), story=n) for n in (3, 4))
    edit = replace(_told("CIS will meet", "CIS", kind=ChangeKind.EDITED, minute=3), story=3)
    edit = replace(edit, found_at=edit.found_at + timedelta(minutes=30))
    cis = _digest([edit, other, first]).sections[1]
    assert [[post.kind.value for post in story.posts] for story in cis.stories] == [["new", "edited"], ["new"]]


def test_the_first_screen_names_removals_then_deletions_then_grave_edits() -> None:
    told = [
        replace(_told("CIS small", "CIS", kind=ChangeKind.EDITED, minute=1), grade="minor"),
        replace(_told("CIS grave", "CIS", kind=ChangeKind.EDITED, minute=2), grade="substantive"),
        _told("CIS gone", "CIS", kind=ChangeKind.DELETED, minute=3),
        replace(_told("none", "CIS", kind=ChangeKind.EDITED, minute=4), lost=("CIS", "Elsewhere"), grade="minor"),
        _told("CIS new", "CIS", minute=5),
    ]
    digest = _digest(told)
    assert [("".join(piece.text for piece in one.excerpts), one.lost) for one in digest.highlights] == [
        ("none", ("CIS",)),
        ("CIS gone", ()),
        ("CIS grave", ()),
    ]
    many = _digest([_told(f"CIS {n}", "CIS", kind=ChangeKind.DELETED, minute=n) for n in range(9)])
    assert (len(many.highlights), many.more_highlights) == (5, 4)


def test_the_first_screen_shows_what_an_edit_changed() -> None:
    before = "A long first sentence that stays.\n\nThey spoke about the CIS\nand the fees. " + "More follows. " * 20
    edit = _told(before.replace("CIS", "weather"), "CIS", kind=ChangeKind.EDITED, before=before)
    [one] = _digest([replace(edit, lost=("CIS",))]).highlights
    assert [piece.text for piece in one.excerpts if piece.change] == ["CIS", "weather"]
    assert not any("\n" in piece.text for piece in one.excerpts)
    assert len("".join(piece.text for piece in one.excerpts)) < 200


def test_posts_keep_their_language() -> None:
    russian = "Делегации стран СНГ обсудили расписание паромов и сборы лоцманов; следующая встреча состоится зимой."
    made = _posts(_digest([_told(russian, "CIS"), _told("7", "CIS", minute=2)]), "CIS")
    assert [post.lang for post in made] == ["ru", None]


def test_edits_that_are_too_small_are_counted() -> None:
    assert _digest([], unlisted={"cosmetic": 7, "minor": 0}).unlisted == (("cosmetic", 7),)


def test_of_a_flood_the_lightest_are_left_out() -> None:
    heavy = replace(_told("CIS 1", "CIS"), matches=(Match("CIS", "CIS", 0, 3), Match("CIS", "1", 4, 5)))
    told = [heavy, *(_told(f"CIS number {number:03}", "CIS", minute=number) for number in range(1, 30))]
    assert _text(_posts(_digest(told, most=2), "CIS")[0]) == "CIS 1"


def test_names_without_end_are_cut() -> None:
    [post] = _posts(_digest([replace(_told("CIS", "CIS"), channel_title="y" * 9999, forwarded_from="z" * 9999)]), "CIS")
    assert len(post.channel_title) == len(post.forwarded_from or "") == 120


def test_a_digest_that_version_0_1_froze_loses_nothing() -> None:
    frozen = json.loads(json.dumps(payload(_digest([_told("CIS one", "CIS"), _told("CIS two", "CIS", minute=9)]))))
    for section in frozen["sections"]:
        posts = [post for story in section.pop("stories") for post in story["posts"]]
        for post in posts:
            for name in ("lang", "weight", "turned"):
                del post[name]
        section["channels"] = [{"channel": "harbours", "title": "Harbours", "posts": posts}] if posts else []
    for name in ("highlights", "more_highlights", "unlisted", "omitted_sections", "retagged"):
        del frozen[name]
    assert [_text(post) for post in _posts(from_payload(frozen), "CIS")] == ["CIS one", "CIS two"]


def test_a_post_with_two_tags_is_shown_once_and_referred_to_once() -> None:
    digest = _digest([_told("the CIS and BRICS met", "CIS", "BRICS")])
    brics, cis, _ = digest.sections
    assert [_text(post) for post in _posts(digest, "BRICS")] == ["the CIS and BRICS met"]
    assert not cis.stories
    assert [(one.lead, one.shown_under) for one in cis.references] == [("the CIS and BRICS met", "BRICS")]
    assert (brics.count, cis.count, digest.total) == (1, 1, 1)


def test_a_change_without_the_recipients_tags_is_not_lost() -> None:
    digest = _digest([_told("no longer about it", "Elsewhere", kind=ChangeKind.EDITED, before="BRICS")])
    assert digest.sections[-1].watchlist == OTHER
    assert len(_posts(digest, OTHER)) == 1


def test_matches_are_marked() -> None:
    [post] = _posts(_digest([_told("a CIS day", "CIS")]), "CIS")
    assert post.excerpts == (Excerpt("a "), Excerpt("CIS", marked=True), Excerpt(" day"))


def test_an_edit_shows_what_was_changed() -> None:
    [post] = _posts(_digest([_told("CIS in May", "CIS", kind=ChangeKind.EDITED, before="CIS in June")]), "CIS")
    assert [piece.text for piece in post.excerpts if piece.change] == ["June", "May"]


def test_an_edit_whose_old_text_is_unknown_shows_the_text_only() -> None:
    [post] = _posts(_digest([_told("CIS in May", "CIS", kind=ChangeKind.EDITED)]), "CIS")
    assert not any(piece.change for piece in post.excerpts)


def test_kinds_are_counted() -> None:
    digest = _digest(
        [_told("CIS", "CIS", kind=kind, minute=place) for place, kind in enumerate([*ChangeKind, ChangeKind.DELETED])]
    )
    assert digest.kinds == (
        (ChangeKind.NEW, 1),
        (ChangeKind.EDITED, 1),
        (ChangeKind.DELETED, 2),
        (ChangeKind.RESTORED, 1),
    )


def test_the_same_story_in_another_channel_is_folded() -> None:
    story = "The BRICS working group on lighthouses has agreed on a common form for tide tables"
    digest = _digest(
        [
            _told(story, "BRICS"),
            _told(f"{story}!", "BRICS", minute=9, channel="fairs"),
            _told(f"{story.upper()}", "BRICS", minute=12, channel="lanterne"),
        ]
    )
    [post] = _posts(digest, "BRICS")
    assert [other.channel_title for other in post.also] == ["Fairs", "Lanterne"]
    assert isinstance(post.also[0], Elsewhere)
    assert digest.sections[0].count == 3


@pytest.mark.parametrize(
    ("text", "other", "channel"),
    [
        ("BRICS: pilot fees rise", "BRICS: pilot fees fall", "fairs"),
        ("BRICS: the same words in the same channel are two posts", None, "harbours"),
        ("BRICS: a longer text about the fees of pilots in the north", "BRICS: nothing of the kind, a choir sang", "x"),
    ],
)
def test_different_posts_are_not_folded(text: str, other: str | None, channel: str) -> None:
    digest = _digest([_told(text, "BRICS"), _told(other or text, "BRICS", minute=3, channel=channel)])
    assert len(_posts(digest, "BRICS")) == 2


def _folded(*told: Told) -> list[tuple[str, list[str]]]:
    """Return the channels of the posts under BRICS, each with those that are folded into it."""
    posts = _posts(_digest(told), "BRICS")
    return [(post.channel, [other.channel_title.lower() for other in post.also]) for post in posts]


def test_what_checks_have_found_to_be_one_story_is_folded_whatever_the_words() -> None:
    one = replace(_told("BRICS: tide tables agreed", "BRICS"), story=7)
    same = replace(_told("BRICS agrees", "BRICS", minute=5, channel="fairs"), story=7)
    other = replace(_told("BRICS: tide tables agreed", "BRICS", minute=9, channel="lanterne"), story=8)
    assert sorted(_folded(one, same, other)) == [("harbours", ["fairs"]), ("lanterne", [])]


def test_the_original_leads_though_its_forward_was_seen_first() -> None:
    forward = replace(_told("BRICS met", "BRICS", channel="fairs"), story=7, forwarded_from="Harbours")
    original = replace(_told("BRICS met", "BRICS", minute=30), story=7)
    assert _folded(forward, original) == [("harbours", ["fairs"])]


def test_a_channel_that_tells_a_story_twice_is_not_folded_into_itself() -> None:
    told = [replace(_told("BRICS met", "BRICS", minute=n, channel=name), story=7) for n, name in enumerate("aab")]
    assert _folded(*told) == [("a", ["b"]), ("a", [])]


def test_edits_and_deletions_are_never_folded() -> None:
    kinds = (ChangeKind.NEW, ChangeKind.EDITED, ChangeKind.DELETED)
    told = [
        replace(_told("BRICS met", "BRICS", minute=n, channel=f"c{n}", kind=kind), story=7)
        for n, kind in enumerate(kinds)
    ]
    assert [others for _, others in _folded(*told)] == [[], [], []]


def test_a_post_is_not_hidden_from_a_section_in_which_its_leader_does_not_stand() -> None:
    shorter = replace(_told("BRICS met", "BRICS"), story=7)
    longer = replace(_told("BRICS met the CIS", "BRICS", "CIS", minute=5, channel="fairs"), story=7)
    assert sorted(_folded(shorter, longer)) == [("fairs", []), ("harbours", [])]
    first = replace(longer, published_at=shorter.found_at - timedelta(hours=1))
    assert _folded(shorter, first) == [("fairs", ["harbours"])]


def test_beyond_the_cap_the_oldest_are_left_out_and_counted() -> None:
    told = [_told(f"CIS number {number:03}", "CIS", minute=number) for number in range(30)]
    digest = _digest(told, most=10)
    assert [_text(post) for post in _posts(digest, "CIS")] == [f"CIS number {number:03}" for number in range(20, 30)]
    assert (digest.sections[1].omitted, digest.sections[1].count, digest.total) == (20, 30, 30)


def test_a_flood_in_one_watchlist_does_not_push_the_others_out() -> None:
    told = [_told(f"CIS number {number:03}", "CIS", minute=number) for number in range(100)]
    told += [_told(f"BRICS {number}", "BRICS", minute=number) for number in range(3)]
    digest = _digest(told, most=10)
    assert (len(_posts(digest, "BRICS")), len(_posts(digest, "CIS"))) == (3, 7)


def test_no_line_refers_to_a_post_that_was_left_out() -> None:
    told = [_told(f"BRICS and CIS {number:03}", "BRICS", "CIS", minute=number) for number in range(40)]
    digest = limit_posts(_digest(told), 25)
    shown = {post.number for post in _posts(digest, "BRICS")}
    assert {one.number for one in digest.sections[1].references} <= shown
    for section in digest.sections:
        there = len(section.posts) + len(section.references)
        assert there + section.omitted == section.count


def test_posts_can_be_shortened_further() -> None:
    digest = shorten_posts(_digest([_told("CIS. " + "Filler follows. " * 60, "CIS")]), 90)
    [post] = _posts(digest, "CIS")
    assert post.cut
    assert len(_text(post)) < 100


def test_an_empty_digest_names_every_watchlist() -> None:
    digest = _digest([])
    assert digest.total == 0
    assert [section.watchlist for section in digest.sections] == list(_NAMES)


_TIMES = st.datetimes(timezones=st.just(UTC))
_WORDS = st.text(max_size=30)
_TOLD = st.builds(
    Told,
    channel=st.sampled_from(["harbours", "fairs"]),
    channel_title=_WORDS,
    kind=st.sampled_from(ChangeKind),
    text=_WORDS,
    tags=st.lists(st.sampled_from([*_NAMES, "Elsewhere"]), unique=True).map(tuple),
    matches=st.lists(
        st.builds(Match, st.sampled_from(_NAMES), _WORDS, st.integers(0, 40), st.integers(0, 40)), max_size=3
    ).map(tuple),
    found_at=_TIMES,
    published_at=st.none() | _TIMES,
    url=st.none() | _WORDS,
    forwarded_from=st.none() | _WORDS,
    before=st.none() | _WORDS,
    media=st.lists(st.builds(Media, st.just("photo"), st.none() | _WORDS), max_size=2).map(tuple),
    story=st.none() | st.integers(1, 3),
)


@given(told=st.lists(_TOLD, max_size=8), most=st.integers(0, 10), at_most=st.none() | st.integers(0, 9))
@settings(max_examples=60)
def test_a_frozen_digest_comes_back_as_it_was(told: list[Told], most: int, at_most: int | None) -> None:
    digest = build_digest(
        told,
        recipient="desk",
        watchlists=_NAMES,
        since=_UNTIL,
        until=_UNTIL,
        timezone="UTC",
        language="ru",
        checked=1,
        channels=2,
        failing=("Bureau of Maps",),
        gaps=(Gap("Bureau of Maps", _UNTIL, _UNTIL, at_most),),
        most=most,
    )
    assert from_payload(json.loads(json.dumps(payload(digest)))) == digest


@given(told=st.lists(_TOLD, max_size=12), most=st.integers(0, 14))
@settings(max_examples=60)
def test_every_change_is_shown_folded_or_counted_as_left_out(told: list[Told], most: int) -> None:
    digest = _digest(told, most=most)
    for section in digest.sections:
        posts = section.posts
        folded = sum(len(post.also) for post in posts)
        assert len(posts) + folded + len(section.references) + section.omitted <= section.count
        if section.watchlist in (_NAMES[0], OTHER):  # nothing is shown under another watchlist before the first
            assert len(posts) + folded + section.omitted == section.count
    shown = sum(len(_posts(digest, section.watchlist)) + len(section.references) for section in digest.sections)
    assert shown <= most


def test_what_is_no_frozen_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="recipient"):
        from_payload({"since": "yesterday"})
