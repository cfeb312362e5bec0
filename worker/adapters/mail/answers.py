"""What the answers of a mail server mean (RFC 5321 section 4.2, RFC 3463): one table, looked through from the top.

Decides what becomes of a mail. Talks to nobody, and does not know when the next try is: it only says how long to wait
at least where the server has its own idea of that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from worker.core.models import Result

#: where in the conversation an answer belongs. ``data`` is the announcement of the content, ``message`` the content
Step = Literal["greeting", "starttls", "login", "sender", "recipient", "data", "message"]

_LONGEST_WAIT = timedelta(hours=1)
_HINT = re.compile(r"\b(\d{1,5})\s*(s|sec|second|m|min|minute|h|hour)s?\b", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means for the mail."""

    result: Result
    #: what it means or what would be right, in words; "" where the server's own words say all
    words: str = ""
    #: a setting of ours, or the standing of this machine: an operator can mend it, and no recipient is to blame
    operator: bool = False
    #: the server may say how long to wait
    heeds: bool = False
    #: not before so long; None: as usual
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    #: None: every step
    steps: frozenset[Step] | None
    #: searched for in ``550 5.1.1 no such user``, without regard to case
    pattern: re.Pattern[str]
    verdict: Verdict


def _rule(steps: str, pattern: str, verdict: Verdict) -> Rule:
    known: dict[str, Step] = {
        step: step for step in ("greeting", "starttls", "login", "sender", "recipient", "data", "message")
    }
    chosen = frozenset(known[step] for step in steps.split()) if steps != "any" else None
    return Rule(chosen, re.compile(pattern, re.IGNORECASE | re.DOTALL), verdict)


_LATER = Verdict(Result.TEMPORARY)
_FULL = Verdict(Result.TEMPORARY, "the mailbox is full")
_BUSY = Verdict(Result.TEMPORARY, "the server is busy or going down")
_GREY = Verdict(Result.TEMPORARY, "greylisted: it wants to see the mail again", heeds=True)
_OURS = "spf|dkim|dmarc|relay|block(ed|list)|blacklist|client host|reverse dns|authenticat|not authori[sz]ed"
_STANDING = Verdict(
    Result.TEMPORARY, "it does not trust this sender: mend mail.from, mail.user, SPF, DKIM or DMARC", operator=True
)

#: the first that fits holds
RULES: Sequence[Rule] = (
    _rule("any", r"^421", _BUSY),
    _rule("login", r"^4", _LATER),
    _rule("login", r"", Verdict(Result.TEMPORARY, "mend mail.user or mail.password", operator=True)),
    _rule("sender recipient data message", r"^(530|538)\b",
          Verdict(Result.TEMPORARY, "set mail.security, mail.user and mail.password as it wants", operator=True)),
    _rule("greeting starttls", r"^5", Verdict(Result.TEMPORARY, "it does not serve this machine", operator=True)),
    _rule("recipient data message", r"^4.*gr[ea]y-?\s?list", _GREY),
    _rule("recipient", r"^45[01] 4\.7\.1\b", _GREY),
    _rule("any", r"^4", _LATER),
    _rule("sender", r"^5", Verdict(Result.TEMPORARY, "mend mail.from or mail.user", operator=True)),
    _rule("recipient data message", rf"^5\d\d 5\.7\.2\d\b|^5.*\b({_OURS})", _STANDING),
    _rule("recipient data message", r"^5\d\d 5\.2\.2\b", _FULL),
    _rule("message", r"^552 5\.(3\.4|2\.3)\b|^5.*\b(too (large|big|long)|message size|size limit|maximum size)",
          Verdict(Result.PERMANENT, "the mail is too large for it: lower limits.digest_posts")),
    # without a reason, 552 is "exceeded storage allocation"
    _rule("recipient data message", r"^552\b", _FULL),
    _rule("message", r"^5\d\d 5\.[67]\.|^5.*\b(spam|junk|virus|content)",
          Verdict(Result.PERMANENT, "it does not like what the mail says or how it looks")),
    _rule("recipient data message", r"^5", Verdict(Result.PERMANENT)),
)  # fmt: skip


def judge(step: Step, code: int, words: str) -> Verdict:
    """Return what an answer means that is no success.

    Args:
        step: what was answered.
        code: the three digits; one that is no refusal, or no code at all, says nothing about the mail.
        words: what followed them, beginning with the enhanced code (RFC 3463) if the server has one.
    """
    if not 400 <= code <= 599:
        return _LATER
    said = f"{code} {words}"
    for rule in RULES:
        if (rule.steps is None or step in rule.steps) and rule.pattern.search(said):
            return _patient(rule.verdict, words)
    return _LATER


def _patient(verdict: Verdict, words: str) -> Verdict:
    """Return the verdict with the wait that the server names, if it names one."""
    hint = _HINT.search(words) if verdict.heeds else None
    if hint is None:
        return verdict
    asked = timedelta(seconds=int(hint[1]) * _SECONDS[hint[2][0].lower()])
    return replace(verdict, wait=min(asked, _LONGEST_WAIT))
