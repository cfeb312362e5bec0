"""What is told in a chat: short, whole lines, honest about what is missing, and calling nobody."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.adapters.templates import Translations
from worker.core.chat import ChatMessage, ChatPart, alert_message, digest_message, fitted, notice_message, quieted
from worker.core.hook import gone_payload
from worker.core.phrases import LANGUAGES
from worker.core.sample import sample_digest, sample_told

_T = Translations("en")
_NAMES = ["BRICS", "CIS", "Ukraine"]


def test_one_change_is_told_with_its_text_and_link() -> None:
    message = alert_message([sample_told()[5]], _NAMES, _T)
    assert message.title == "edited, CIS · Министерство ярмарок"
    assert fitted(message, 1_000, len, _T) == (
        "Совет СНГ по картографии соберётся [-27 ноября-]{+4 декабря+} в Ясногорске.\nhttps://example.org/fairs/3520"
    )


def test_a_watchlist_that_an_edit_took_away_is_said() -> None:
    (told,) = [one for one in sample_told() if one.lost]
    assert fitted(alert_message([told], _NAMES, _T), 1_000, len, _T).startswith("no longer mentions BRICS\n")


def test_several_changes_are_a_line_each() -> None:
    told = sample_told()
    message = alert_message(told, _NAMES, _T)
    assert message.title == "9 changes · BRICS, CIS, Ukraine"
    assert fitted(message, 10_000, len, _T).count("• ") == len(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_says_what_was_checked_and_counts_every_watchlist(language: str) -> None:
    digest = sample_digest(language=language)
    t = Translations(language)
    text = fitted(digest_message(digest, t, ZoneInfo("Europe/Paris")), 10_000, len, t)
    assert text.startswith(t("coverage", n=4, checked=3))
    for section in digest.sections:
        assert f"{section.watchlist}: {section.count}\n" in text
    assert t("more_names", n=1) not in text


def test_an_operator_is_told_what_to_type() -> None:
    body = gone_payload("desk", "it said 410", sample_told()[0].found_at)
    text = fitted(notice_message(body, _T, ZoneInfo("UTC")), 10_000, len, _T)
    assert "watchword deliveries retry --recipient desk" in text


@given(st.lists(st.text(max_size=60), min_size=1, max_size=20), st.integers(60, 400))
@settings(max_examples=60)
def test_no_text_is_longer_than_allowed_and_what_is_missing_is_counted(texts: list[str], most: int) -> None:
    parts = tuple(ChatPart(text.replace("\n", " "), 1) for text in texts)
    text = fitted(ChatMessage("title", parts, len(parts)), most, len, _T)
    assert len(text) <= most
    kept = text.split("\n")
    if kept[-1].startswith("and ") and kept[:-1] != [part.text for part in parts]:
        left = len(parts) - (len(kept) - 1)
        assert kept[-1] == f"and {left} more"
        kept = kept[:-1]
    assert kept == [part.text for part in parts[: len(kept)]]


@pytest.mark.parametrize("text", ["x" * 500, "Ж" * 500, "🚢" * 500])
def test_one_long_text_is_cut_where_it_no_longer_fits(text: str) -> None:
    message = ChatMessage("title", (ChatPart(text, 1),), 1)
    cut = fitted(message, 100, lambda one: len(one.encode()), _T)
    assert cut.endswith("…")
    assert 90 <= len(cut.encode()) <= 100


@pytest.mark.parametrize(
    "call",
    [
        "@everyone",
        "x@here",
        "@channel",
        "@bot",
        "@**all**",
        "<!channel>",
        "<@U123>",
        "<users/all>",
        "[a](http://b.example)",
    ],
)
def test_nobody_is_called_and_no_link_is_disguised(call: str) -> None:
    assert call not in quieted(f"hello {call} there")
    assert quieted(call).replace("\u200b", "") == call


@pytest.mark.parametrize("text", ["ops@example.org", "https://example.org/@harbour/1", "3 < 4", "a [b] (c)"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert quieted(text) == text


def test_nothing_that_turns_a_line_around_is_left() -> None:
    assert quieted("a\u202eb\x00c\r\nd") == "abc\nd"
