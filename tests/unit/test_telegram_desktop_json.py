from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.telegram_desktop_samples import (
    CHANNEL,
    MESSAGES,
    NAME,
    account,
    chat,
    indented,
    message,
    minified,
    own_layout,
    service,
)
from worker.core.models import Media, Post
from worker.core.parse import detect
from worker.core.parse import parse as parse_any
from worker.core.parse.telegram_desktop_bytes import Broken, RepairedSlices, Slices
from worker.core.parse.telegram_desktop_depth import MAX_DEPTH, Depth
from worker.core.parse.telegram_desktop_json import chats, looks_like, parse, stream
from worker.errors import ParseError

LAYOUTS = [own_layout, minified, indented]


class OnceOnly:
    """A source that can neither be rewound nor gives as much as it is asked for."""

    def __init__(self, body: bytes) -> None:
        self._file = BytesIO(body)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 3))


def read(*messages: object) -> list[Post]:
    return list(parse(own_layout(chat(messages))).posts)


def read_until_error(body: bytes, *, slice_size: int = 1000) -> tuple[list[Post], str]:
    found: list[Post] = []
    with pytest.raises(ParseError) as caught:
        # what came before the error stays in the list
        found.extend(stream(BytesIO(body), slice_size=slice_size))
    return found, str(caught.value)


def only(found: object) -> Post:
    (post,) = read(found)
    return post


# --------------------------------------------------------------------------- layouts and slices


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_export_is_the_same_in_every_layout(layout: Callable[[object], bytes]) -> None:
    snapshot = parse_any(layout(chat(MESSAGES)))
    assert snapshot == parse(own_layout(chat(MESSAGES)))
    assert detect(layout(chat(MESSAGES))) == "telegram-desktop-json"


def test_a_snapshot_covers_what_is_no_post_too() -> None:
    snapshot = parse(own_layout(chat(MESSAGES)))
    assert snapshot.title == NAME
    assert [post.id for post in snapshot.posts] == ["1", "2", "3", "5", "6"]
    assert snapshot.coverage is not None
    assert (snapshot.coverage.lowest, snapshot.coverage.highest) == (1, 6)
    assert snapshot.coverage.ids == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_slices_may_end_at_every_byte(layout: Callable[[object], bytes]) -> None:
    body = layout(chat([*MESSAGES, message(7, "a\\b")])).replace(b"a\\\\b", b"a\\x0Bb\\\\x0Bb \\\\\\x0bb")
    whole = list(stream(BytesIO(body)))
    assert whole[-1].text == "a\x0bb\\x0Bb \\\x0bb"
    for size in range(1, 300, 7):
        assert list(stream(BytesIO(body), slice_size=size)) == whole
    assert list(stream(OnceOnly(body))) == whole


def _ends(body: bytes) -> list[int]:
    """Where the posts of `MESSAGES` are whole in the exporter's own layout."""
    places, at = [], 0
    for _ in MESSAGES:
        at = body.index(b"\n  }", at) + len(b"\n  }")
        places.append(at)
    # the fourth is no post
    return [*places[:3], *places[4:]]


def test_an_export_cut_off_anywhere_gives_its_whole_posts_and_says_how_many() -> None:
    body = own_layout(chat(MESSAGES))
    posts, ends = list(parse(body).posts), _ends(body)
    for cut in range(len(body)):
        found, error = read_until_error(body[:cut])
        expected = sum(end <= cut for end in ends)
        assert found == posts[:expected]
        assert f"cut off after {expected} whole posts" in error


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_error_for_a_cut_export_counts_the_whole_posts(layout: Callable[[object], bytes]) -> None:
    found, error = read_until_error(layout(chat(MESSAGES)).partition(b"reply_to_message_id")[0], slice_size=50)
    assert [post.id for post in found] == ["1", "2", "3"]
    assert "cut off after 3 whole posts" in error


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_follows_the_end_is_refused(layout: Callable[[object], bytes]) -> None:
    assert parse(layout(chat(MESSAGES)) + b" \n\n").posts
    with pytest.raises(ParseError, match="after 5 whole posts"):
        parse(layout(chat(MESSAGES)) + b"\n{}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_broken_message_stops_the_reading_after_those_before_it(layout: Callable[[object], bytes]) -> None:
    body = layout(chat(MESSAGES)).replace(b"#canal", b'#ca"nal')
    found, error = read_until_error(body)
    assert [post.id for post in found] == ["1", "2"]
    assert "after 2 whole posts" in error


def test_memory_is_bounded_even_for_a_message_without_end() -> None:
    for start in (own_layout(chat([message(1, "x")]))[:-20], b'{"messages":[{"id":1,"text":"'):
        with pytest.raises(ParseError, match="without the end of a message"):
            parse(start + b"x" * 17_000_000)


@pytest.mark.parametrize(
    "start", [b'{"messages":[', b'{"about":[', own_layout(chat([message(1, "x")]))[:-20] + b'","y":']
)
def test_nesting_without_end_is_refused(start: bytes) -> None:
    for bracket in (b"[", b'{"a":'):
        with pytest.raises(ParseError):
            parse(start + bracket * 1_000_000)


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.text('["\\\\]{}', max_size=8), lambda inner: st.lists(inner, max_size=3)), st.integers(1, 9))
def test_the_depth_is_counted_outside_of_strings(value: object, size: int) -> None:
    body = minified(value)
    pieces = RepairedSlices(Slices(BytesIO(body), size), b"")
    depth, deepest = Depth(), 0
    while piece := pieces.read():
        deepest = max(deepest, depth.add(piece))
    assert (depth.add(b""), deepest <= _deepest(value)) == (0, True)
    with pytest.raises(Broken):
        depth.add(b"[" * MAX_DEPTH + b'"]"[')


def _deepest(value: object) -> int:
    return 1 + max(map(_deepest, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_chat_is_an_empty_snapshot(layout: Callable[[object], bytes]) -> None:
    snapshot = parse_any(layout(chat([])))
    assert snapshot == parse(layout(chat([])))
    assert (parse(layout(chat([]))).posts, parse(layout(chat([]))).coverage) == ((), None)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"7", b'{"messages": 3}', b'{"version": "1"}', b"\xff\xfe{"])
def test_what_is_no_export_is_refused(body: bytes) -> None:
    assert not looks_like(body)
    with pytest.raises(ParseError):
        parse(body)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2000), st.sampled_from(LAYOUTS))
def test_any_bytes_give_a_snapshot_or_a_parse_error(junk: bytes, place: int, layout: Callable[[object], bytes]) -> None:
    body = layout(chat(MESSAGES))
    for damaged in (junk, body[:place] + junk + body[place:], body[:place] + junk + body[place + len(junk) :]):
        looks_like(damaged)
        try:
            parse(damaged)
        except ParseError:
            continue


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_RUNS = st.one_of(_TEXTS, st.builds(lambda text: {"type": "italic", "text": text}, _TEXTS))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(_TEXTS, st.lists(_RUNS, max_size=4)), max_size=8), st.integers(1, 400))
def test_every_layout_gives_the_same_posts_for_any_texts(texts: list[object], size: int) -> None:
    value = chat(message(number, text) for number, text in enumerate(texts, 1))
    found = [list(stream(BytesIO(layout(value)), slice_size=size)) for layout in LAYOUTS]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(texts)


# --------------------------------------------------------------------------- what a message says


def test_a_text_is_the_same_as_a_string_and_as_a_list() -> None:
    plain = only(message(1, "Lock 7 is closed"))
    parted = only(message(1, ["Lock ", {"type": "bold", "text": "7"}, " is closed", ""]))
    assert plain.text == parted.text == "Lock 7 is closed"


def test_hashtags_and_links_are_found_in_the_entities_of_a_plain_text_too() -> None:
    entities = [{"type": "hashtag", "text": "#шлюз"}, {"type": "plain", "text": " "}, {"type": "mention", "text": "@x"}]
    for layout in LAYOUTS:
        (post,) = parse(layout(chat([{"id": 1, "text": "#шлюз @x", "text_entities": entities}]))).posts
        assert (post.text, post.hashtags, post.links) == ("#шлюз @x", ("#шлюз",), ("https://t.me/x",))


def test_links_lead_where_telegram_leads() -> None:
    runs = [
        {"type": "link", "text": "canals.example/a"},
        {"type": "link", "text": "https://canals.example/b"},
        {"type": "text_link", "text": "c", "href": "tg://resolve?domain=canals"},
        {"type": "email", "text": "office@canals.example"},
        {"type": "phone", "text": "+100"},
        {"type": "bot_command", "text": "/start"},
        {"type": "custom_emoji", "text": "🙂", "document_id": "stickers/sticker.webp"},
        {"type": "link", "text": "https://canals.example/b"},
    ]
    assert only(message(1, runs)).links == (
        "http://canals.example/a",
        "https://canals.example/b",
        "tg://resolve?domain=canals",
        "mailto:office@canals.example",
        "tel:+100",
    )


def test_lines_are_those_of_the_preview() -> None:
    assert only(message(1, " \n a  \n\n\n\nb\u2028c\u0065\u0301 ")).text == "a\n\nb\nc\u00e9"


def test_times_come_from_the_unix_stamp_or_need_the_exporters_zone() -> None:
    new, old = message(1, "x"), message(2, "y", date_unixtime=...)
    assert only(new).published_at == datetime(2025, 3, 1, 10, 0, tzinfo=UTC)
    assert only(old).published_at is None
    (post,) = parse(own_layout(chat([old])), timezone=ZoneInfo("Europe/Helsinki")).posts
    assert post.published_at == datetime(2025, 3, 1, 10, 0, tzinfo=UTC)
    assert only(message(3, "z", date_unixtime="soon")).published_at is None


def test_an_edit_stamp_says_that_a_post_was_edited() -> None:
    assert [post.edited for post in read(*MESSAGES)] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"forwarded_from": "Министерство  шлюзов"}, "Министерство шлюзов"),
        ({"forwarded_from": None}, ""),
        ({"forwarded_from_id": "channel7"}, ""),
    ],
)
def test_a_forward_without_a_name_is_still_a_forward(more: dict[str, object], expected: str | None) -> None:
    assert only(message(1, "x", **more)).forwarded_from == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"reply_to_message_id": 12}, "12"),
        ({"reply_to_message_id": 12, "reply_to_peer_id": f"channel{CHANNEL}"}, "12"),
        ({"reply_to_message_id": 12, "reply_to_peer_id": "channel77"}, "https://t.me/c/77/12"),
        ({"reply_to_message_id": 12, "reply_to_peer_id": "user77"}, None),
    ],
)
def test_a_reply_names_the_post_it_answers(more: dict[str, object], expected: str | None) -> None:
    assert only(message(1, "x", **more)).reply_to == expected


def test_an_author_is_a_signature_or_a_sender_that_is_not_the_channel() -> None:
    assert only(message(1, "x")).author is None
    assert only(message(1, "x", author="A. Weir")).author == "A. Weir"
    assert only(message(1, "x", from_="B. Sluice", from_id="user5")).author == "B. Sluice"
    assert only(message(1, "x", from_=None, from_id="user5")).author is None


def test_ids_below_zero_are_kept() -> None:
    snapshot = parse(own_layout(chat([message(-5, "old group"), message(1, "new group")])), username="canals")
    assert [(post.id, post.url) for post in snapshot.posts] == [("-5", None), ("1", "https://t.me/canals/1")]
    assert snapshot.coverage is not None
    assert snapshot.coverage.ids == {-5, 1}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"photo": "(File not included. Change data exporting settings to download.)"}, Media("photo")),
        ({"file": "files/plan.pdf", "file_name": "plan.pdf"}, Media("document", "plan.pdf")),
        ({"file": "files/plan.pdf"}, Media("document", "plan.pdf")),
        ({"file": "(File not included.)"}, Media("document")),
        ({"file": "v.mp4", "media_type": "video_file", "file_name": "v.mp4"}, Media("video")),
        ({"file": "v.mp4", "media_type": "video_message"}, Media("round_video")),
        ({"file": "v.mp4", "media_type": "animation"}, Media("animation")),
        ({"file": "v.ogg", "media_type": "voice_message"}, Media("voice")),
        ({"file": "s.tgs", "media_type": "sticker"}, Media("sticker")),
        ({"file": "a", "media_type": "audio_file", "performer": "P", "title": "T"}, Media("audio", "P - T")),
        ({"file": "a", "media_type": "audio_file", "file_name": "a.mp3"}, Media("audio", "a.mp3")),
        ({"location_information": {"latitude": 1.0, "longitude": 2.0}}, Media("location")),
        ({"location_information": None}, Media("location")),
        ({"place_name": "Lock 7", "address": "Quay", "location_information": {}}, Media("location", "Lock 7, Quay")),
        ({"contact_information": {"first_name": "A.", "phone_number": "+100"}}, Media("contact", "A.")),
        ({"game_title": "Boats"}, Media("open_in_telegram", "Boats")),
    ],
)
def test_attachments_are_read_from_their_keys(more: dict[str, object], expected: Media) -> None:
    assert only(message(1, "x", **more)).media == (expected,)


def test_a_poll_is_read_like_in_the_preview() -> None:
    post = read(*MESSAGES)[-1]
    assert (post.text, post.media) == ("Open on Sunday?\nYes\nNo", (Media("poll", "Open on Sunday?"),))


@pytest.mark.parametrize(
    ("action", "more", "sentence"),
    [
        ("create_channel", {"title": "C"}, "Channel «C» created"),
        ("edit_group_photo", {"photo": "p.jpg"}, "Channel photo changed"),
        ("pin_message", {"message_id": 3}, f"{NAME} pinned this message"),
        ("invite_members", {"members": ["A", None, "C"]}, f"{NAME} invited A, Deleted and C"),
        ("create_group", {"title": "{actor} [x {title}]"}, f"{NAME} created group «{{actor}} [x {{title}}]»"),
        ("group_call", {"duration": 60}, "Voice chat (60 seconds)"),
        ("group_call", {}, "Voice chat"),
        ("set_messages_ttl", {"period": 86400}, "New messages will auto-delete in 24 hours"),
        ("set_messages_ttl", {"period": 0}, "New messages will not auto-delete"),
        ("drain_the_canal", {}, "drain the canal"),
    ],
)
def test_service_messages_become_sentences(action: str, more: dict[str, object], sentence: str) -> None:
    post = only(service(1, action, **more))
    assert (post.text, post.service, post.media) == (sentence, True, ())


def test_a_custom_service_message_says_its_own_text() -> None:
    assert only({"id": 1, "type": "service", "information_text": "Canals are open."}).text == "Canals are open."


def test_values_of_an_unexpected_kind_cost_their_key_and_not_the_message() -> None:
    odd = {**message(2, ["Lock ", {"type": 3, "text": "7"}, 8, None]), "author": 5, "forwarded_from": ["x"]}
    for layout in LAYOUTS:
        first, second, third = parse(layout(chat([MESSAGES[1], odd, message(3, "x", file=7)]))).posts
        assert (second.text, second.author, second.forwarded_from) == ("Lock 7", None, None)
        assert (first.id, third.id, third.media) == ("2", "3", ())


# --------------------------------------------------------------------------- whole accounts

_SECOND = 1000000043
_ACCOUNT = account(
    [
        chat([message(1, "private words")], name="Private Person", number=7, kind="personal_chat"),
        chat(MESSAGES),
        chat([], name=None, number=9, kind="private_group"),
        chat([message(1, "the second")], name="Canal Gazette", number=_SECOND, kind="private_supergroup"),
    ],
    left=[chat([message(3, "left behind")], name="Gone Canal", number=44)],
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_chats_of_an_account_are_listed(layout: Callable[[object], bytes]) -> None:
    assert [(chat.id, chat.name, chat.type) for chat in chats(BytesIO(layout(_ACCOUNT)), slice_size=60)] == [
        (7, "Private Person", "personal_chat"),
        (CHANNEL, NAME, "public_channel"),
        (9, None, "private_group"),
        (_SECOND, "Canal Gazette", "private_supergroup"),
        (44, "Gone Canal", "public_channel"),
    ]
    assert looks_like(layout(_ACCOUNT))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (CHANNEL, ["1", "2", "3", "5", "6"]),
        (f"-100{CHANNEL}", ["1", "2", "3", "5", "6"]),
        (NAME, ["1", "2", "3", "5", "6"]),
        ("Canal Gazette", ["1"]),
        (44, ["3"]),
    ],
)
def test_one_chat_of_an_account_is_chosen_by_id_or_name(
    layout: Callable[[object], bytes], wanted: str | int, expected: list[str]
) -> None:
    assert [post.id for post in stream(BytesIO(layout(_ACCOUNT)), chat=wanted, slice_size=80)] == expected
    if wanted == CHANNEL:
        assert [post.id for post in stream(OnceOnly(layout(_ACCOUNT)), chat=wanted)] == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_error_names_the_chats_that_publish_and_no_person(layout: Callable[[object], bytes]) -> None:
    for wanted in (None, "Unheard Of", 12345):
        with pytest.raises(ParseError) as caught:
            list(stream(BytesIO(layout(_ACCOUNT)), chat=wanted))
        told = str(caught.value)
        assert f"{NAME} ({CHANNEL}), no name (9), Canal Gazette ({_SECOND}), Gone Canal (44), 1 private" in told
        assert "Person" not in told
        assert "\n" not in told


def test_a_source_that_cannot_be_rewound_needs_the_id() -> None:
    with pytest.raises(ParseError, match="only once"):
        list(stream(OnceOnly(own_layout(_ACCOUNT)), chat=NAME))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_only_chat_of_an_account_needs_no_choice_and_covers_nothing(layout: Callable[[object], bytes]) -> None:
    snapshot = parse(layout(account([chat(MESSAGES)])))
    assert [post.id for post in snapshot.posts] == ["1", "2", "3", "5", "6"]
    assert snapshot.coverage is None


def test_a_single_chat_that_is_not_the_chosen_one_is_refused() -> None:
    body = own_layout(chat(MESSAGES))
    assert len(list(stream(BytesIO(body), chat=NAME))) == 5
    with pytest.raises(ParseError, match=f"no chat 'Other' in it, there are: {NAME}"):
        list(stream(BytesIO(body), chat="Other"))


def test_what_comes_after_the_chosen_chat_does_not_matter() -> None:
    body = own_layout(_ACCOUNT)
    cut = body[: body.index(b"the second")]
    assert len(list(stream(BytesIO(cut), chat=CHANNEL))) == 5
    with pytest.raises(ParseError, match="cut off"):
        list(stream(BytesIO(cut), chat=_SECOND))
    with pytest.raises(ParseError, match="cut off"):
        list(chats(BytesIO(cut)))
