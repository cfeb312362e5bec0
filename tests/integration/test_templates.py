"""The digest as a mail: compared with golden files, fitted to mail programs, safe against hostile posts.

After a wanted change of the templates, write the golden files anew and look at them before committing::

    python -m tests.integration.test_templates
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.integration.hostile_digest import hostile_digest
from worker.adapters.templates import HTML_BYTES, Templates
from worker.adapters.templates.fitting import ATTACHMENT_BYTES, TEXT_BYTES
from worker.core.digest import Digest, Gap, build_digest
from worker.core.models import ChangeKind, Match, Media, Rendered, Told
from worker.core.phrases import LANGUAGES
from worker.core.sample import sample_digest, sample_told
from worker.errors import TemplateError

_GOLDEN = Path(__file__).parent / "golden"
_UNTIL = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_CYRILLIC = "Делегации обсудили расписание паромов и сборы лоцманов; следующая встреча состоится зимой. "


def _told(text: str, *, number: int = 0, tags: tuple[str, ...] = ("CIS",), title: str = "Harbours") -> Told:
    return Told(
        channel=title,
        channel_title=title,
        kind=ChangeKind.NEW,
        text=text,
        tags=tags,
        matches=tuple(Match("CIS", "CIS", found.start(), found.end()) for found in re.finditer("CIS", text)),
        found_at=_UNTIL - timedelta(minutes=number),
        url=f"https://example.org/harbours/{number}",
    )


def _digest(
    told: Sequence[Told], *, watchlists: Sequence[str] = ("CIS",), language: str = "en", most: int = 500
) -> Digest:
    return build_digest(
        told,
        recipient="desk",
        watchlists=watchlists,
        since=_UNTIL - timedelta(days=1),
        until=_UNTIL,
        timezone="Europe/Paris",
        language=language,
        checked=4,
        channels=4,
        most=most,
    )


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


def _words(html: str) -> str:
    body = LexborHTMLParser(html).body
    assert body is not None
    return " ".join(body.text(separator="").split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["html", "txt"])
def test_the_sample_digest_looks_as_agreed(templates: Templates, language: str, form: str) -> None:
    rendered = templates.render_digest(sample_digest(language=language))
    golden = (_GOLDEN / f"digest.{language}.{form}").read_text("utf-8")
    assert (rendered.html if form == "html" else rendered.text) == golden


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Watchword: 5 BRICS, 3 CIS, 2 Ukraine, 3 edits, 1 deletion - 21 Nov"),
        ("fr", "Watchword : 5 BRICS, 3 CIS, 2 Ukraine, 3 modifications, 1 suppression - 21 nov."),
        ("ru", "Watchword: 5 BRICS, 3 CIS, 2 Ukraine, 3 правки, 1 удаление - 21 нояб."),
        ("xx", "Watchword: 5 BRICS, 3 CIS, 2 Ukraine, 3 edits, 1 deletion - 21 Nov"),
    ],
)
def test_the_subject_says_it_all(templates: Templates, language: str, subject: str) -> None:
    assert templates.render_digest(sample_digest(language=language)).subject == subject


def test_the_subject_has_the_recipients_date(templates: Templates) -> None:
    assert templates.render_digest(sample_digest(timezone="Pacific/Honolulu")).subject.endswith("- 20 Nov")


def test_an_empty_digest_says_so_and_how_far_it_looked(templates: Templates) -> None:
    rendered = templates.render_digest(_digest([]))
    assert rendered.subject == "Watchword: nothing found - 21 Nov"
    for words in (_words(rendered.html), rendered.text):
        assert "Nothing was found" in words
        assert "4 of 4 channels checked" in words


def test_changes_outside_the_watchlists_are_counted_in_the_subject(templates: Templates) -> None:
    rendered = templates.render_digest(_digest([_told("nothing of note", tags=())]))
    assert rendered.subject == "Watchword: 1 change - 21 Nov"
    assert "Other changes" in rendered.html


@pytest.mark.parametrize(
    ("language", "more"),
    [("en", "and in 2 more channels"), ("fr", "et dans 2 autres canaux"), ("ru", "и ещё в 2 каналах")],
)
def test_of_many_channels_with_one_story_three_are_named(templates: Templates, language: str, more: str) -> None:
    names = ["Harbours", "Fairs", "Maps", "Fairs", "Bells", "Piers", "Ropes"]
    told = [replace(_told("CIS met", number=20 - place, title=name), story=7) for place, name in enumerate(names)]
    rendered = templates.render_digest(_digest(told, language=language))
    for words in (_words(rendered.html), rendered.text):
        assert more in words
        assert all(name in words for name in ("Harbours", "Fairs", "Maps", "Bells"))
        assert "Piers" not in words
        assert "Ropes" not in words


def test_a_mail_needs_nothing_from_elsewhere(templates: Templates) -> None:
    html = templates.render_digest(sample_digest()).html
    assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import|src=", html)
    assert set(re.findall(r'href="([^"]*)"', html)) <= {told.url for told in sample_told()}


def test_dark_screens_are_served_and_every_style_stands_in_its_tag(templates: Templates) -> None:
    html = templates.render_digest(sample_digest()).html
    assert "@media (prefers-color-scheme:dark)" in html.replace(": dark", ":dark")
    assert re.search(r'<mark class="hit" style="[^"]*background:', html)
    assert "{{" not in html


@pytest.mark.parametrize("form", ["html", "txt"])
def test_a_digest_of_hostile_posts_looks_as_agreed(templates: Templates, form: str) -> None:
    rendered = templates.render_digest(hostile_digest())
    golden = (_GOLDEN / f"hostile.en.{form}").read_text("utf-8")
    assert (rendered.html if form == "html" else rendered.text) == golden


def test_nothing_in_a_digest_of_hostile_posts_comes_alive(templates: Templates) -> None:
    rendered = templates.render_digest(hostile_digest())
    tree = LexborHTMLParser(rendered.html)
    assert {node.tag for node in tree.css("*")} <= _OUR_TAGS
    assert {name for node in tree.css("*") for name in node.attributes} <= _OUR_ATTRIBUTES
    assert not re.search("^ *javascript:", rendered.text, re.MULTILINE)
    assert all(str(node.attributes["href"]).startswith("https://") for node in tree.css("a"))
    assert tree.css("div[style*='max-width:640px'] > p:last-child")  # no post has closed the sheet
    for part in (rendered.subject, rendered.html, rendered.text):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", part)
    assert "49" not in rendered.text
    assert max(len(line) for line in rendered.text.splitlines()) < 700  # one word is never broken, but cut


_OUR_TAGS = frozenset(
    "html head meta title style body div h1 h2 p table tbody tr td span bdi br a mark ins del".split()  # noqa: SIM905
)
_OUR_ATTRIBUTES = frozenset({"lang", "charset", "name", "content", "class", "style", "dir", "role", "href"})

_HOSTILE = [
    "<script>alert(1)</script>CIS",
    "{{ 7 * 7 }}{% for x in y %}CIS",
    "</div></body><img src=x onerror=alert(1)> CIS \" ' & < >",
    "CIS &lt;b&gt; &amp;",
]


@pytest.mark.parametrize("text", _HOSTILE)
@pytest.mark.parametrize("field", ["text", "channel_title", "forwarded_from", "tag", "before", "media"])
def test_hostile_text_stays_text(templates: Templates, field: str, text: str) -> None:
    told = _told("CIS")
    hostile = {
        "text": replace(told, text=text, matches=()),
        "channel_title": replace(told, channel_title=text),
        "forwarded_from": replace(told, forwarded_from=text),
        "tag": replace(told, tags=(text,)),
        "before": replace(told, kind=ChangeKind.EDITED, before=text, text=text + "!", matches=()),
        "media": replace(told, media=(Media("document", text),)),
    }[field]
    rendered = templates.render_digest(_digest([hostile], watchlists=(text, "CIS")))
    tree = LexborHTMLParser(rendered.html)
    assert not tree.css("script, img, b")
    assert text in _words(rendered.html)
    assert text in rendered.text


def test_text_cannot_run_backwards_or_break_a_header(templates: Templates) -> None:
    name = "C\u202eIS\r\nBcc: everybody@example.org\u2066"
    rendered = templates.render_digest(
        _digest([_told(f"a\u202eb {name}", tags=(name,), title=name)], watchlists=(name,))
    )
    assert rendered.subject == "Watchword: 1 CIS Bcc: everybody@example.org - 21 Nov"
    for part in (rendered.subject, rendered.html, rendered.text):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\r]", part)


@pytest.mark.parametrize("url", ["javascript:alert(1)", 'https://example.org/" onclick="x', "data:text/html,x", "x y"])
def test_only_web_addresses_become_links(templates: Templates, url: str) -> None:
    rendered = templates.render_digest(_digest([replace(_told("CIS"), url=url)]))
    assert not LexborHTMLParser(rendered.html).css("a")


def test_a_word_of_a_hundred_thousand_letters_breaks_nothing(templates: Templates) -> None:
    rendered = templates.render_digest(_digest([_told("CIS " + "x" * 100_000, title="y" * 100_000)]))
    assert len(rendered.html.encode()) < HTML_BYTES
    assert "overflow-wrap:anywhere" in rendered.html


def test_half_characters_can_be_sent(templates: Templates) -> None:
    rendered = templates.render_digest(_digest([_told("CIS \ud83d", title="\udc00")]))
    assert rendered.html.encode()
    assert rendered.text.encode()


@pytest.mark.parametrize(("posts", "letters"), [(70, 600), (130, 600), (500, 40), (500, 600), (500, 5000)])
def test_a_long_digest_is_fitted_to_mail_programs_and_says_so(templates: Templates, posts: int, letters: int) -> None:
    long = _CYRILLIC * (1 + letters // len(_CYRILLIC))
    told = [_told(f"CIS №{number} {long[:letters]}", number=number) for number in range(posts)]
    rendered = templates.render_digest(_digest(told))
    assert len(rendered.html.encode()) <= HTML_BYTES
    # and does not waste what there is room for
    assert len(rendered.html.encode()) >= HTML_BYTES * 0.6
    assert "attached page" in rendered.html
    shown = rendered.html.count("№")
    left_out = re.search(r"and ([0-9]+) more, not shown", rendered.html)
    assert shown + (int(left_out[1]) if left_out else 0) == posts
    assert rendered.attachment is not None
    assert rendered.attachment.count("№") == posts
    assert "attached page" not in rendered.attachment
    assert rendered.subject == f"Watchword: {posts} CIS - 21 Nov"


@pytest.mark.parametrize("posts", [130, 500])
def test_the_text_part_holds_more_than_the_html(templates: Templates, posts: int) -> None:
    told = [_told(f"CIS №{number} {_CYRILLIC * 6}", number=number) for number in range(posts)]
    rendered = templates.render_digest(_digest(told))
    assert rendered.html.count("№") <= rendered.text.count("№")
    assert len(rendered.text.encode()) <= TEXT_BYTES
    assert ("attached page" in " ".join(rendered.text.split())) is (posts == 500)


def test_what_is_attached_is_bounded_too_and_says_so(templates: Templates) -> None:
    told = [_told(f"CIS №{number} {_CYRILLIC * 6}", number=number) for number in range(5000)]
    rendered = templates.render_digest(_digest(told, most=5000))
    assert rendered.attachment is not None
    assert ATTACHMENT_BYTES * 0.6 <= len(rendered.attachment.encode()) <= ATTACHMENT_BYTES
    assert "too much for one page" in rendered.attachment
    assert len(rendered.html.encode()) <= HTML_BYTES


@pytest.mark.parametrize("names", [30, 400])
def test_any_number_of_watchlists_gaps_and_failures_fits(templates: Templates, names: int) -> None:
    lists = [f"watchlist {number} " + "w" * 40 for number in range(names)]
    told = [_told(f"№{number}", number=number, tags=(name,)) for number, name in enumerate(lists)]
    digest = replace(
        _digest(told, watchlists=lists),
        failing=tuple(f"channel {number} " + "c" * 50 for number in range(names)),
        gaps=tuple(Gap("g" * 60, _UNTIL, _UNTIL, number) for number in range(names)),
    )
    rendered = templates.render_digest(digest)
    assert len(rendered.html.encode()) <= HTML_BYTES
    assert f"and {names - 12} more gaps" in rendered.html
    whole = rendered.attachment or rendered.html
    assert len(re.findall(r"№\d+", _words(whole))) == names
    if names > 100:
        assert re.search(r"and \d+ more watchlists", rendered.html)
        assert f"channel {names - 1} " in whole


def test_posts_full_of_matches_fit_too(templates: Templates) -> None:
    told = [_told(f"{number} " + "CIS " * 150, number=number) for number in range(120)]
    assert len(templates.render_digest(_digest(told)).html.encode()) <= HTML_BYTES


def test_lines_of_text_are_short(templates: Templates) -> None:
    text = templates.render_digest(_digest([_told("CIS " + _CYRILLIC * 3)])).text
    assert max(len(line) for line in text.splitlines()) <= 76


def test_an_operators_template_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "digest.txt.j2").write_text("{{ digest.total }} for {{ digest.recipient }}")
    rendered = Templates(tmp_path).render_digest(sample_digest())
    assert rendered.text == "9 for desk"
    assert "<mark" in rendered.html


def test_an_operators_style_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "digest.css").write_text(".hit { background: #abcdef; }")
    assert '<mark style="background:#abcdef">' in Templates(tmp_path).render_digest(sample_digest()).html


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("digest.txt.j2", "one\n{% for %}", r"2: "),
        ("digest.txt.j2", "one\ntwo\n{{ digest.nothing }}", r"3: .*nothing"),
        ("digest.html.j2", "{{ no_such_name }}", r"1: .*no_such_name"),
        ("digest.html.j2", "<p>\n{{ t('no phrase') }}", r"2: .*no phrase"),
        ("digest.html.j2", "{{ 1 / 0 }}", r"1: "),
        ("digest.html.j2", "{% include 'lost.j2' %}", r".*lost\.j2"),
        ("digest.html.j2", "{{ ''.__class__.__mro__ }}", r"1: "),
        ("digest.html.j2", "{{ digest.__class__ }}", r"1: "),
        ("digest.html.j2", "{{ digest.failing.append('x') }}", r"1: "),
        ("notice.txt.j2", "\n{{ notice.nothing }}", r"2: .*nothing"),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path: Path, name: str, source: str, message: str) -> None:
    (tmp_path / name).write_text(source)
    with pytest.raises(TemplateError, match=f"^{re.escape(str(tmp_path / name))}:{message}") as caught:
        Templates(tmp_path).check()
    assert len(str(caught.value).splitlines()) == 1


def test_a_template_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "digest.txt.j2").write_bytes("дайджест".encode("cp1251"))
    with pytest.raises(TemplateError, match=r"digest\.txt\.j2: not written in UTF-8"):
        Templates(tmp_path).check()


def test_a_folder_that_is_away_is_named_and_nothing_is_rendered(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=f"^templates: there is no folder {re.escape(str(tmp_path / 'away'))}$"):
        Templates(tmp_path / "away").render_digest(sample_digest())


def test_a_mended_template_is_read_anew(tmp_path: Path) -> None:
    template, style = tmp_path / "digest.txt.j2", tmp_path / "digest.css"
    template.write_text("{{ no_such_name }}")
    templates = Templates(tmp_path)
    with pytest.raises(TemplateError, match="no_such_name"):
        templates.render_digest(sample_digest())
    template.write_text("{{ digest.total }}")
    style.write_text(".hit { color: #abcdef; }")
    for path in (template, style):  # later than the first by more than any file system's clock
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 2_000_000_000))
    rendered = templates.render_digest(sample_digest())
    assert rendered.text == "9"
    assert '<mark style="color:#abcdef">' in rendered.html


def test_an_unknown_time_zone_is_named(templates: Templates) -> None:
    with pytest.raises(TemplateError, match="no time zone 'Mars/Olympus'"):
        templates.render_digest(sample_digest(timezone="Mars/Olympus"))


def test_the_shipped_templates_can_be_rendered(templates: Templates) -> None:
    templates.check()


def _write_golden(rendered: Rendered, name: str) -> None:
    for form, content in (("html", rendered.html), ("txt", rendered.text)):
        (_GOLDEN / f"{name}.{form}").write_text(content, "utf-8")


if __name__ == "__main__":
    for each in LANGUAGES:
        _write_golden(Templates().render_digest(sample_digest(language=each)), f"digest.{each}")
    _write_golden(Templates().render_digest(hostile_digest()), "hostile.en")
