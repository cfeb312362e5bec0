"""The table of answers: what a mail server says, and what becomes of the mail."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.adapters.mail.answers import RULES, Step, judge
from worker.core.models import Result

T, P = Result.TEMPORARY, Result.PERMANENT
_STEPS: tuple[Step, ...] = get_args(Step)


@pytest.mark.parametrize(
    ("step", "code", "words", "result", "operator"),
    [
        ("greeting", 421, "4.3.2 come back later", T, False),
        ("greeting", 554, "no SMTP service here", T, True),
        ("starttls", 454, "4.7.0 TLS not available", T, False),
        ("starttls", 501, "5.5.4 no parameters", T, True),
        ("login", 535, "5.7.8 authentication failed", T, True),
        ("login", 534, "5.7.9 application password required", T, True),
        ("login", 454, "4.7.0 temporary authentication failure", T, False),
        ("login", 421, "4.7.0 too many errors", T, False),
        ("sender", 451, "4.3.0 lookup failed", T, False),
        ("sender", 553, "5.7.1 sender address rejected: not owned by user", T, True),
        ("sender", 530, "5.7.0 must issue a STARTTLS command first", T, True),
        ("recipient", 530, "5.7.0 authentication required", T, True),
        ("recipient", 450, "4.2.0 try again later", T, False),
        ("recipient", 451, "4.7.1 greylisted", T, False),
        ("recipient", 452, "4.2.2 over quota", T, False),
        ("recipient", 550, "5.1.1 no such user", P, False),
        ("recipient", 550, "no such user", P, False),
        ("recipient", 551, "user has moved", P, False),
        ("recipient", 553, "5.1.3 bad address", P, False),
        ("recipient", 550, "5.2.1 mailbox disabled", P, False),
        ("recipient", 552, "5.2.2 mailbox full", T, False),
        ("recipient", 554, "5.7.1 <desk@paper.example>: relay access denied", T, True),
        ("recipient", 554, "5.7.1 client host blocked using a list", T, True),
        ("data", 451, "4.3.5 not now", T, False),
        ("data", 554, "5.5.1 no valid recipients", P, False),
        ("message", 452, "4.3.1 no room on the disk", T, False),
        ("message", 552, "5.2.2 mailbox full", T, False),
        ("message", 552, "exceeded storage allocation", T, False),
        ("message", 552, "5.3.4 message size exceeds fixed limit", P, False),
        ("message", 554, "5.7.1 looks like spam", P, False),
        ("message", 550, "5.7.26 this mail is unauthenticated, set up SPF and DKIM", T, True),
        ("message", 554, "5.6.0 malformed", P, False),
        ("message", 550, "refused", P, False),
        ("recipient", -1, "what is this", T, False),
        ("sender", 250, "not refused at all", T, False),
    ],
)
def test_an_answer_means(step: Step, code: int, words: str, result: Result, operator: bool) -> None:
    verdict = judge(step, code, words)
    assert (verdict.result, verdict.operator) == (result, operator)


@pytest.mark.parametrize(
    ("words", "wait"),
    [
        ("4.7.1 greylisted, try again in 300 seconds", timedelta(minutes=5)),
        ("4.7.1 Graylisted: come back in 7 min", timedelta(minutes=7)),
        ("4.7.1 grey-listing in action, 99999 hours left", timedelta(hours=1)),
        ("4.7.1 greylisted", None),
        ("4.2.0 mailbox busy for 30 seconds", None),
    ],
)
def test_a_server_that_greylists_may_say_how_long(words: str, wait: timedelta | None) -> None:
    verdict = judge("recipient", 451, words)
    assert (verdict.result, verdict.wait) == (T, wait)
    assert ("greylisted" in verdict.words) is not words.startswith("4.2.0")


@settings(max_examples=200, deadline=None)
@given(step=st.sampled_from(_STEPS), code=st.integers(-1, 599), words=st.text(max_size=60))
def test_no_answer_is_without_a_meaning_and_only_refusals_of_one_mail_are_final(
    step: Step, code: int, words: str
) -> None:
    verdict = judge(step, code, words)
    assert verdict.result in {T, P}
    if verdict.result is P:
        assert code // 100 == 5
        assert step in {"recipient", "data", "message"}
        assert not verdict.operator


def test_every_line_of_the_table_can_be_reached() -> None:
    said = [
        ("recipient", 421, ""), ("login", 454, ""), ("login", 535, ""), ("sender", 530, ""), ("greeting", 554, ""),
        ("message", 451, "greylisted"), ("recipient", 451, "4.7.1 later"), ("data", 451, ""), ("sender", 550, ""),
        ("recipient", 554, "relay access denied"), ("message", 552, "5.2.2"), ("message", 552, "5.3.4"),
        ("message", 552, ""), ("message", 554, "spam"), ("recipient", 550, ""),
    ]  # fmt: skip
    first = []
    for step, code, words in said:
        first.append(
            next(
                number
                for number, rule in enumerate(RULES)
                if (rule.steps is None or step in rule.steps) and rule.pattern.search(f"{code} {words}")
            )
        )
    assert first == list(range(len(RULES)))
