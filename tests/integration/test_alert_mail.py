"""Alerts as mails: one change by itself, several as a small digest, safe against hostile posts, never too large."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from worker.adapters.templates import HTML_BYTES, Templates
from worker.core.alert import changes_of, put_together, thread_of, whole_payload, with_thread
from worker.core.models import ChangeKind, Match, Rendered, Told
from worker.core.payload import alert_payload
from worker.core.phrases import LANGUAGES
from worker.core.sample import sample_told
from worker.errors import TemplateError

AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
NEW = Told(
    channel="harbours",
    channel_title="Ministry of Harbours",
    kind=ChangeKind.NEW,
    text="The BRICS working group on lighthouses has agreed on a form for tide tables.",
    tags=("BRICS", "Ships"),
    matches=(Match("BRICS", "BRICS", 4, 9),),
    found_at=AT,
    published_at=AT - timedelta(minutes=7),
    url="https://example.org/harbours/7",
)
EDIT = replace(
    NEW,
    kind=ChangeKind.EDITED,
    before=NEW.text,
    text="The working group on lighthouses has agreed on a form for tide tables.",
    matches=(),
    tags=("BRICS",),
    lost=("BRICS",),
    grade="substantive",
    last_seen_at=AT - timedelta(minutes=10),
)
DELETED = replace(NEW, kind=ChangeKind.DELETED, last_seen_at=AT - timedelta(minutes=10))


SHIPPED = Templates()


@pytest.fixture(scope="module")
def templates() -> Templates:
    return SHIPPED


def render(templates: Templates, *told: Told, language: str = "en") -> Rendered:
    return templates.render_alert(
        told, recipient="duty", watchlists=("BRICS", "CIS"), language=language, timezone="Europe/Paris"
    )


def words(html: str) -> str:
    body = LexborHTMLParser(html).body
    assert body is not None
    return " ".join(body.text(separator="").split())


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        (
            NEW,
            "Watchword: BRICS - Ministry of Harbours: The BRICS working group on lighthouses has agreed on a form for",
        ),
        (EDIT, "Watchword: edited, BRICS - Ministry of Harbours: The working group"),
        (DELETED, "Watchword: deleted, BRICS - Ministry of Harbours: The BRICS working group"),
    ],
)
def test_the_subject_says_what_where_and_how_it_begins(templates: Templates, told: Told, subject: str) -> None:
    assert render(templates, told).subject.startswith(subject)
    assert len(render(templates, told).subject) <= 120


def test_a_new_post_is_told_with_its_words_marked_and_its_link(templates: Templates) -> None:
    rendered = render(templates, NEW)

    assert re.search(r"The <mark [^>]*>BRICS</mark> working group", rendered.html)
    assert "The *BRICS* working group" in rendered.text
    for part in (words(rendered.html), rendered.text):
        assert "Ministry of Harbours · 21 Nov 2026, 07:23" in part
        assert "Ships" not in part  # not one of the recipient's
    assert 'href="https://example.org/harbours/7"' in rendered.html
    assert "https://example.org/harbours/7" in rendered.text


def test_an_edit_shows_what_changed_and_which_watchlist_it_lost(templates: Templates) -> None:
    rendered = render(templates, EDIT)

    assert re.search(r"<del [^>]*>[^<]*BRICS[^<]*</del>", rendered.html)
    assert re.search(r"\[-[^]]*BRICS[^]]*-\]", rendered.text)
    for part in (words(rendered.html), rendered.text):
        assert "no longer mentions BRICS" in part
        assert "between 21 Nov 2026, 07:20 and 21 Nov 2026, 07:30" in " ".join(part.split())


def test_a_deletion_shows_the_last_text(templates: Templates) -> None:
    rendered = render(templates, DELETED)

    assert "deleted" in words(rendered.html)
    assert "working group on lighthouses" in words(rendered.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_change_can_be_told_in_every_language(templates: Templates, language: str) -> None:
    for told in sample_told():
        rendered = render(templates, told, language=language)
        assert f'<html lang="{language}">' in rendered.html
        assert told.channel_title in words(rendered.html)
        assert told.channel_title in rendered.text


def test_several_alerts_are_a_digest_that_says_nothing_of_channels(templates: Templates) -> None:
    rendered = render(templates, *sample_told())

    assert rendered.subject.startswith("Watchword: 5 BRICS, 3 CIS")
    for part in (words(rendered.html), rendered.text):
        assert "channels checked" not in part
        assert "channel checked" not in part
        assert "tide tables" in part


@pytest.mark.parametrize("field", ["text", "channel_title", "forwarded_from", "url"])
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{% include 'x' %}"]
)
def test_hostile_text_stays_text(templates: Templates, field: str, text: str) -> None:
    rendered = render(templates, replace(NEW, matches=(), **{field: text}))  # type: ignore[arg-type]
    page = LexborHTMLParser(rendered.html)

    assert page.css("script, img") == []
    assert "49" not in rendered.subject
    assert all(not name.startswith("on") for node in page.css("*") for name in node.attributes)
    if field != "url":
        assert text in words(rendered.html)


@settings(max_examples=40)
@given(st.text(max_size=300), st.text(max_size=80))
def test_no_text_breaks_the_subject_or_the_page(text: str, title: str) -> None:
    rendered = render(SHIPPED, replace(NEW, text=text, channel_title=title, matches=()))

    assert not set(rendered.subject) & set("\r\n\x00")
    rendered.html.encode()
    rendered.text.encode()


@pytest.mark.parametrize("word", ["BRICS ", "B ", "БРИКС "])
def test_a_post_full_of_matches_fits_into_a_mail(templates: Templates, word: str) -> None:
    text = word * 20_000
    size = len(word)
    hits = tuple(Match("BRICS", word.strip(), n * size, n * size + size - 1) for n in range(20_000))

    rendered = render(templates, replace(NEW, text=text, matches=hits))

    assert len(rendered.html.encode()) <= HTML_BYTES
    assert "shortened here" in words(rendered.html)


def test_an_alert_is_frozen_whole_and_keeps_its_thread() -> None:
    frozen = with_thread(whole_payload(EDIT), "post-7")

    assert changes_of(frozen) == [EDIT]
    assert thread_of(frozen) == "post-7"
    both = put_together([frozen, whole_payload(NEW)])
    assert changes_of(both) == [EDIT, NEW]
    assert thread_of(both) is None


def test_the_body_of_a_webhook_is_no_whole_alert() -> None:
    body = alert_payload(NEW)

    assert with_thread(body, "post-7") is body
    with pytest.raises(ValueError, match="made for a webhook"):
        changes_of(body)


def test_an_unknown_time_zone_is_named(templates: Templates) -> None:
    with pytest.raises(TemplateError, match="alert for duty: there is no time zone 'Mars/Base'"):
        templates.render_alert([NEW], recipient="duty", watchlists=(), language="en", timezone="Mars/Base")
