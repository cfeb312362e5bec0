"""A message to operators as a person reads it: subject and lines, from the body that a webhook would carry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from worker.core.excerpt import one_line
from worker.core.health import WELL
from worker.core.phrases import Phrases

_SUBJECT_CHARS = 150
_ERROR_CHARS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a message."""

    text: str
    #: ``text``, ``quote`` for another's words, ``command`` for what to type
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an operator is told."""

    subject: str
    lines: tuple[Line, ...]


def read_notice(body: Mapping[str, Any], phrases: Phrases, zone: tzinfo) -> Notice:
    """Return a message to operators in words.

    Raises:
        KeyError: this is no message that `worker.core.standing` or `worker.core.hook` makes.
    """
    facts = body["data"]
    subject, lines = _READERS[body["type"]](facts, phrases, zone)
    return Notice(one_line(subject, _SUBJECT_CHARS), tuple(lines))


def _state(facts: Mapping[str, Any], t: Phrases, zone: tzinfo) -> tuple[str, Sequence[Line]]:
    last = facts["last_ok_at"]
    key = "state_last_good" if facts["state"] not in WELL else "state_good_before"
    lines = [Line(t(key, when=t.moment(datetime.fromisoformat(last).astimezone(zone))) if last else t("state_no_good"))]
    if facts["error"]:
        lines += [Line(t("state_error")), Line(one_line(facts["error"], _ERROR_CHARS), "quote")]
    if facts["state"] not in WELL | {"quiet", "gone"}:
        lines.append(Line(t("state_goes_on")))
    return t(f"state_{facts['state']}", title=facts["title"]), lines


def _held(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    lines = [Line(t("held_found", new=facts["new"], edited=facts["edited"]))]
    if deleted := facts.get("deleted"):
        lines.append(Line(t("held_deleted", n=deleted)))
    for word in ("approve", "rebaseline"):
        lines += [Line(t(f"held_{word}")), Line(f"watchword channels {word} {facts['channel']}", "command")]
    return t("held", title=facts["title"]), lines


def _moved(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    text = t("moved_to", old=facts["from"])
    return t("moved", title=facts["title"]), [Line(text), Line(facts["to"], "quote"), Line(t("moved_correct"))]


def _gone(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    lines = [
        Line(t("hook_gone_said")),
        Line(one_line(facts["detail"], _ERROR_CHARS), "quote"),
        Line(t("hook_gone_mend")),
    ]
    lines.append(Line(f"watchword deliveries retry --recipient {facts['recipient']}", "command"))
    return t("hook_gone", name=facts["recipient"]), lines


def _broken(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    lines = [Line(one_line(facts["detail"], _ERROR_CHARS), "quote"), Line(t("template_broken_mend"))]
    return t("template_broken"), [Line(t("template_broken_said")), *lines, Line("watchword check-config", "command")]


def _mail_refused(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    quote = Line(one_line(facts["detail"], _ERROR_CHARS), "quote")
    return t("mail_refused"), [Line(t("mail_refused_said")), quote, Line(t("mail_refused_mend"))]


def _trial(facts: Mapping[str, Any], t: Phrases, _zone: tzinfo) -> tuple[str, Sequence[Line]]:
    return t("trial"), [Line(t("trial_said", name=facts["recipient"]))]


_READERS: Mapping[str, Callable[[Mapping[str, Any], Phrases, tzinfo], tuple[str, Sequence[Line]]]] = {
    "channel.state": _state,
    "channel.held": _held,
    "channel.moved": _moved,
    "recipient.gone": _gone,
    "recipient.test": _trial,
    "template.broken": _broken,
    "mail.refused": _mail_refused,
}
