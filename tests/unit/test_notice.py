"""Messages to operators in words: one for each kind, in each language."""

from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.builders import NOON
from worker.adapters.templates import Templates, Translations
from worker.core.hook import broken_payload, gone_payload, mail_refused_payload
from worker.core.notice import read_notice
from worker.core.phrases import LANGUAGES
from worker.core.standing import NEVER, GoodCheck, Pace, Standing, after_failure, after_good_check, message, notice
from worker.errors import TemplateError

PACE = Pace(timedelta(minutes=10), timedelta(minutes=30))
STATES = ("ok", "quiet", "failing", "changed_layout", "no_preview", "gone")


def state_body(state: str, *, error: str | None = "no answer") -> dict[str, object]:
    facts = {"state": state, "before": "ok", "error": error, "last_ok_at": NOON.isoformat()}
    return dict(message("channel.state", "harbour", "Harbour Office", NOON, facts))


GONE = gone_payload("ops-hook", "the receiver answered 410: out of business", NOON)

BODIES = [
    *(state_body(state) for state in STATES),
    dict(message("channel.held", "harbour", "Harbour Office", NOON, {"new": 400, "edited": 2, "posts_per_day": 3.5})),
    dict(
        message(
            "channel.moved", "harbour", "Harbour Office", NOON, {"from": "https://a.example", "to": "https://b.example"}
        )
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body['type']} {body['data'].get('state', '')}")
def test_each_message_has_a_subject_and_words_in_each_language(body: dict[str, object], language: str) -> None:
    told = read_notice(body, Translations(language), UTC)

    assert "Harbour Office" in told.subject
    assert all(line.text for line in told.lines)
    assert "{" not in told.subject + "".join(line.text for line in told.lines)


@pytest.mark.parametrize(
    ("language", "deleted", "line"),
    [
        ("en", 8, "8 posts have vanished at once: perhaps the source is broken."),
        ("fr", 8, "8 publications ont disparu d’un coup : la source est peut-être en panne."),
        ("ru", 8, "Сразу исчезло 8 публикаций: возможно, источник неисправен."),
        ("ru", 22, "Сразу исчезли 22 публикации: возможно, источник неисправен."),
    ],
)
def test_vanished_posts_that_are_held_are_counted(language: str, deleted: int, line: str) -> None:
    facts = {"new": 0, "edited": 0, "deleted": deleted, "posts_per_day": 3.5}
    body = message("channel.held", "harbour", "Harbour Office", NOON, facts)
    assert line in [one.text for one in read_notice(body, Translations(language), UTC).lines]


def test_a_held_flood_names_the_commands_that_decide() -> None:
    told = read_notice(BODIES[-2], Translations("en"), UTC)

    commands = [line.text for line in told.lines if line.kind == "command"]
    assert commands == ["watchword channels approve harbour", "watchword channels rebaseline harbour"]
    assert "400 new" in told.lines[0].text


def test_a_command_is_never_folded() -> None:
    name = "norvania-foreign-office-with-a-name-as-long-as-names-can-be-here"
    body = dict(message("channel.held", name, "Norvania", NOON, {"new": 400, "edited": 2, "posts_per_day": 3.5}))

    rendered = Templates().render_notice(body, recipient="ops", language="en", timezone="UTC")

    assert f"    watchword channels rebaseline {name}\n" in rendered.text


def test_times_are_the_recipients() -> None:
    told = read_notice(state_body("failing"), Translations("en"), ZoneInfo("Europe/Paris"))

    assert told.lines[0].text == "The last good check was at 2 Mar 2026, 13:00."


def test_a_hostile_error_is_shown_as_text() -> None:
    body = state_body("failing", error="<script>alert(1)</script>\r\nBcc: everybody")

    rendered = Templates().render_notice(body, recipient="ops", language="en", timezone="UTC")

    assert "<script>" not in rendered.html
    assert "\n" not in rendered.subject
    assert "    <script>alert(1)</script> Bcc: everybody\n" in rendered.text


def test_a_message_that_cannot_be_read_is_a_template_error() -> None:
    with pytest.raises(TemplateError, match="notice for ops"):
        Templates().render_notice(
            {"type": "channel.unknown", "data": {}}, recipient="ops", language="en", timezone="UTC"
        )


def test_a_standing_goes_through_illness_and_back() -> None:
    well = after_good_check(Standing(), GoodCheck(NOON, 20, tuple(NOON - timedelta(hours=n) for n in range(20))), PACE)
    assert (well.state, well.posts_per_day, well.last_new_at) == ("ok", 24.0, NOON)

    ill = well
    for hour in range(1, 4):
        ill = after_failure(ill, "failing", "no answer", now=NOON + timedelta(hours=hour), pace=PACE)
    assert (ill.state, ill.failures, ill.last_ok_at) == ("failing", 3, NOON)
    ill, body = notice(well, ill, channel="harbour", title="Harbour", now=NOON)
    assert body is not None
    assert ill.told_state == "failing"

    again = after_good_check(ill, GoodCheck(NOON + timedelta(hours=5), 1), PACE)
    assert (again.state, again.failures, again.last_error) == ("ok", 0, None)
    again, body = notice(ill, again, channel="harbour", title="Harbour", now=NOON)
    assert body is not None
    assert again.told_state == "ok"


def test_what_is_gone_for_good_is_asked_no_more() -> None:
    gone = after_failure(Standing(), "gone", "410", now=NOON, pace=PACE, stops=True)

    assert gone.next_check_at == NEVER


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receiver_that_is_gone_is_told_with_its_words_and_what_to_do(language: str) -> None:
    told = read_notice(GONE, Translations(language), UTC)

    assert "ops-hook" in told.subject
    assert [line.text for line in told.lines if line.kind == "quote"] == ["the receiver answered 410: out of business"]
    assert [line.text for line in told.lines if line.kind == "command"] == [
        "watchword deliveries retry --recipient ops-hook"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_a_template_is_broken_is_said_by_the_shipped_ones(tmp_path: Path, language: str) -> None:
    (tmp_path / "notice.txt.j2").write_text("{{ nothing_of_the_kind }}")
    body = broken_payload("notice.txt.j2:1: nothing_of_the_kind", NOON)
    rendered = Templates(tmp_path).render_notice(body, recipient="ops", language=language, timezone="UTC")
    assert "notice.txt.j2:1: nothing_of_the_kind" in rendered.text
    assert "watchword check-config" in rendered.html
    with pytest.raises(TemplateError):
        Templates(tmp_path).render_notice(state_body("gone"), recipient="ops", language=language, timezone="UTC")


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "cannot be sent"), ("fr", "ne partent pas"), ("ru", "не отправ")]
)
def test_that_no_mail_is_taken_is_told_in_the_words_of_the_server(language: str, subject: str) -> None:
    body = mail_refused_payload("the mail server refused the sender: 553 5.7.1 <b>not you</b>", NOON)
    rendered = Templates().render_notice(body, recipient="ops", language=language, timezone="UTC")
    assert subject in rendered.subject
    assert "553 5.7.1 <b>not you</b>" in rendered.text
    assert "&lt;b&gt;not you" in rendered.html
