"""A digest -> subject, HTML and text, by Jinja2 templates that an operator may override.

The posts are hostile text: the environment is sandboxed, every value is escaped in the HTML, and what could turn a
line around or break a header is taken out of every value before it is printed. Sends nothing.
"""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2

from worker.adapters.templates.alerts import alert_sizes, alert_subject, as_digest
from worker.adapters.templates.filters import BLANK_LINES, FILTERS, printable
from worker.adapters.templates.fitting import ATTACHED, HTML_BYTES, MAIL, TEXT, Room, ever_smaller
from worker.adapters.templates.sandbox import sandbox
from worker.adapters.templates.style import StyledLoader
from worker.adapters.templates.translations import Translations
from worker.core.digest import Digest
from worker.core.excerpt import one_line
from worker.core.models import ChangeKind, Rendered, Told
from worker.core.notice import read_notice
from worker.core.phrases import LANGUAGES, Phrases
from worker.core.sample import sample_digest, sample_told
from worker.errors import TemplateError
from worker.resources import shipped

__all__ = ["HTML_BYTES", "Templates", "Translations"]

_SUBJECT_CHARS = 160
#: how many failing channels and gaps are named, in the mail and in what is attached to it
LINES, LINES_ATTACHED = 12, 500
#: what a template's own mistakes raise besides Jinja2's errors
_MISTAKES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_SAMPLE_NOTICE: Mapping[str, object] = {
    "type": "channel.state",
    "data": {"channel": "harbour", "title": "Harbour", "state": "failing", "error": "no answer", "last_ok_at": None},
}


class Templates:
    """The templates, compiled once. May be used by several threads.

    Args:
        overrides: a folder whose files replace the shipped ones of the same name, and are read anew when they are
            changed; None for the shipped ones only.
    """

    def __init__(self, overrides: Path | None = None) -> None:
        self._overrides = overrides
        folders = [shipped("templates")] if overrides is None else [overrides, shipped("templates")]
        self._environment = sandbox(StyledLoader(folders), finalize=printable, reload=overrides is not None)
        self._environment.filters.update(FILTERS)

    def check(self) -> None:
        """Render a built-in sample in every language.

        Raises:
            TemplateError: a template cannot be rendered.
        """
        for language in LANGUAGES:
            self.render_digest(sample_digest(language=language))
            for told in sample_told():
                self.render_alert([told], recipient="desk", watchlists=["BRICS"], language=language, timezone="UTC")
            self.render_notice(_SAMPLE_NOTICE, recipient="desk", language=language, timezone="UTC")

    def render_digest(self, digest: Digest) -> Rendered:
        """Render the digest; if the HTML grows too long for mail programs, it is shortened and says so.

        Raises:
            TemplateError: a template, or the digest's time zone, cannot be used.
        """
        t = Translations(digest.language)
        try:
            zone = ZoneInfo(digest.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise TemplateError(f"digest for {digest.recipient}: there is no time zone {digest.timezone!r}") from error
        shared: dict[str, object] = {
            "t": t,
            "zone": zone,
            "subject": _subject(digest, t, zone),
            "most_counted": max((section.count for section in digest.sections), default=1) or 1,
        }
        html, shortened = self._fitted("digest.html.j2", digest, MAIL, {**shared, "page": "mail"})
        text, _ = self._fitted("digest.txt.j2", digest, TEXT, {**shared, "page": "text"})
        attachment = None
        if shortened:
            attachment, _ = self._fitted("digest.html.j2", digest, ATTACHED, {**shared, "page": "attachment"})
        return Rendered(subject=str(shared["subject"]), html=html, text=text, attachment=attachment)

    def _fitted(self, name: str, digest: Digest, room: Room, values: Mapping[str, object]) -> tuple[str, bool]:
        """Render the digest so that it fits, and tell whether it had to be shortened for that."""
        lines = LINES_ATTACHED if room is ATTACHED else LINES
        for shortened, smaller in ever_smaller(digest, room):
            page = self._render(name, {**values, "digest": smaller, "shortened": shortened, "lines": lines})
            if len(page.encode()) <= room.most:
                break
        # what is left out leaves its blank lines behind
        return page if name.endswith(".html.j2") else BLANK_LINES.sub("\n\n\n", page), shortened

    def render_notice(self, body: Mapping[str, object], *, recipient: str, language: str, timezone: str) -> Rendered:
        """Render a message to operators; that a template is broken is said by the shipped ones.

        Raises:
            TemplateError: a template, the message or the time zone cannot be used.
        """
        if body["type"] == "template.broken" and self._overrides is not None:
            return Templates().render_notice(body, recipient=recipient, language=language, timezone=timezone)
        t = Translations(language)
        try:
            notice = read_notice(body, t, ZoneInfo(timezone))
        except (KeyError, ValueError, OSError) as error:
            raise TemplateError(f"notice for {recipient}: cannot be read: {error}") from error
        values = {"t": t, "notice": notice, "recipient": recipient}
        subject = f"Watchword: {notice.subject}"
        return Rendered(
            subject=subject,
            html=self._render("notice.html.j2", values),
            text=self._render("notice.txt.j2", values),
        )

    def render_alert(
        self, changes: Sequence[Told], *, recipient: str, watchlists: Sequence[str], language: str, timezone: str
    ) -> Rendered:
        """Render what is told at once: one change by itself, several that have waited as a small digest.

        Raises:
            TemplateError: a template or the time zone cannot be used.
        """
        if len(changes) != 1:
            whole = as_digest(changes, recipient=recipient, watchlists=watchlists, language=language, timezone=timezone)
            return self.render_digest(whole)
        t = Translations(language)
        try:
            zone = ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            raise TemplateError(f"alert for {recipient}: there is no time zone {timezone!r}") from error
        (told,) = changes
        for alert in alert_sizes(told, watchlists):
            subject = alert_subject(told, alert, t)
            values = {"t": t, "zone": zone, "alert": alert, "subject": subject}
            values |= {"recipient": recipient, "timezone": timezone}
            html = self._render("alert.html.j2", values)
            if len(html.encode()) <= HTML_BYTES:
                break
        text = BLANK_LINES.sub("\n\n", self._render("alert.txt.j2", values))
        return Rendered(subject=subject, html=html, text=text)

    def render_report(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Render the report on the evidence of a post; return it as HTML and as text.

        Args:
            values: see `worker.core.proof.report`.

        Raises:
            TemplateError: a template cannot be used.
        """
        text = BLANK_LINES.sub("\n\n\n", self._render("report.txt.j2", values))
        return self._render("report.html.j2", values), text

    def _render(self, name: str, values: Mapping[str, object]) -> str:
        # a folder that is away must not send its readers mails in another dress
        if self._overrides is not None and not self._overrides.is_dir():
            raise TemplateError(f"templates: there is no folder {self._overrides}")
        with self._named_errors(name):
            return self._environment.get_template(name).render(values)

    @contextmanager
    def _named_errors(self, name: str) -> Iterator[None]:
        """Turn every mistake in a template into a TemplateError that names file and line."""
        try:
            yield
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{self._file(error.name or name)}:{error.lineno}: {_words(error)}") from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"{self._file(name)}: there is no template {error.name}") from error
        except UnicodeDecodeError as error:
            raise TemplateError(f"{self._file(name)}: not written in UTF-8") from error
        except _MISTAKES as error:
            lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
            place = f"{self._file(Path(lines[-1].filename).name)}:{lines[-1].lineno}" if lines else self._file(name)
            raise TemplateError(f"{place}: {_words(error)}") from error

    def _file(self, name: str) -> str:
        """Return the file of a template as an operator can open it; a shipped one by its name."""
        own = None if self._overrides is None else self._overrides / name
        return str(own) if own is not None and own.is_file() else name


def _words(error: Exception) -> str:
    return one_line(str(error), 200) or type(error).__name__


def _subject(digest: Digest, t: Phrases, zone: ZoneInfo) -> str:
    """Return one line that says it all: what was found for which watchlist, and the day."""
    found = [
        f"{section.count} {section.watchlist}" for section in digest.sections if section.count and section.watchlist
    ]
    if not found and digest.total:
        found = [t("title", n=digest.total)]
    found += [t(f"count_{kind}", n=count) for kind, count in digest.kinds if kind is not ChangeKind.NEW]
    day = t.day(digest.until.astimezone(zone))
    head = one_line(", ".join(found) or t(digest.silence), _SUBJECT_CHARS)
    return one_line(t("subject", found=head, day=day), _SUBJECT_CHARS + 40)
