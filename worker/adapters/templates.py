"""A digest -> subject, HTML and text, by Jinja2 templates that an operator may override.

The posts are hostile text: the environment is sandboxed, every value is escaped in the HTML, and what could turn a
line around or break a header is taken out of every value before it is printed. Sends nothing.
"""

import re
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import css_inline
import jinja2
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from worker.core.digest import Digest, Gap, limit_posts, shorten_posts
from worker.core.excerpt import clean, one_line
from worker.core.models import ChangeKind, Excerpt, Media, Rendered
from worker.core.notice import read_notice
from worker.core.phrases import LANGUAGES, Phrases
from worker.core.proof import shown_time, written_diff
from worker.core.sample import sample_digest
from worker.core.word_diff import INSERTED, REMOVED
from worker.errors import TemplateError
from worker.resources import shipped

#: Gmail hides what comes after about 102 kB of HTML
HTML_BYTES = 95_000
_SUBJECT_CHARS = 160
_COLUMNS = 76
#: how long posts may be, from the roomiest digest to the tightest
_POST_CHARS = (600, 320, 160, 90)
#: measured on the shipped template: the frame, a post without its text, a line of reference, the tags of a mark
_FRAME_BYTES, _POST_BYTES, _LINE_BYTES, _MARK_BYTES = 5_500, 460, 400, 85

_STYLE = "digest.css"
_CLASS = re.compile(r'class="([a-z ]+)"(?: style="([^"]*)")?')
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
#: what a template's own mistakes raise besides Jinja2's errors
_MISTAKES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_SAMPLE_NOTICE: Mapping[str, object] = {
    "type": "channel.state",
    "data": {"channel": "harbour", "title": "Harbour", "state": "failing", "error": "no answer", "last_ok_at": None},
}


class Templates:
    """The templates, compiled once.

    Args:
        overrides: a folder whose files replace the shipped ones of the same name; None for the shipped ones only.
    """

    def __init__(self, overrides: Path | None = None) -> None:
        folders = [shipped("templates")] if overrides is None else [overrides, shipped("templates")]
        loader = _StyledLoader(folders)
        self._environment = ImmutableSandboxedEnvironment(
            loader=loader,
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            undefined=jinja2.StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(_FILTERS)

    def check(self) -> None:
        """Render a built-in sample in every language.

        Raises:
            TemplateError: a template cannot be rendered.
        """
        for language in LANGUAGES:
            self.render_digest(sample_digest(language=language))
            self.render_notice(_SAMPLE_NOTICE, recipient="desk", language=language, timezone="UTC")

    def render_digest(self, digest: Digest) -> Rendered:
        """Render the digest; if the HTML grows too long for mail programs, it is shortened and says so.

        Raises:
            TemplateError: a template, or the digest's time zone, cannot be used.
        """
        t = Phrases(digest.language)
        try:
            zone = ZoneInfo(digest.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise TemplateError(f"digest for {digest.recipient}: there is no time zone {digest.timezone!r}") from error
        subject = _subject(digest, t, zone)
        shared: dict[str, object] = {
            "t": t,
            "zone": zone,
            "subject": subject,
            "most_counted": max((section.count for section in digest.sections), default=1) or 1,
        }
        for shortened, smaller in _ever_smaller(digest):
            values = {**shared, "digest": smaller, "shortened": shortened}
            html = self._render("digest.html.j2", values)
            if len(html.encode()) <= HTML_BYTES:
                break
        whole = {**shared, "digest": digest, "shortened": False}
        return Rendered(
            subject=subject,
            html=html,
            text=self._render_text(values),
            attachment=self._render_text(whole) if shortened else None,
        )

    def render_notice(self, body: Mapping[str, object], *, recipient: str, language: str, timezone: str) -> Rendered:
        """Render a message to operators.

        Raises:
            TemplateError: a template, the message or the time zone cannot be used.
        """
        t = Phrases(language)
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

    def render_report(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Render the report on the evidence of a post; return it as HTML and as text.

        Args:
            values: see `worker.core.proof.report`.

        Raises:
            TemplateError: a template cannot be used.
        """
        text = _BLANK_LINES.sub("\n\n\n", self._render("report.txt.j2", values))
        return self._render("report.html.j2", values), text

    def _render_text(self, values: Mapping[str, object]) -> str:
        # what is left out leaves its blank lines behind
        return _BLANK_LINES.sub("\n\n\n", self._render("digest.txt.j2", values))

    def _render(self, name: str, values: Mapping[str, object]) -> str:
        with _named_errors(name):
            return self._environment.get_template(name).render(values)


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Turn every mistake in a template into a TemplateError that names template and line."""
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name or name}:{error.lineno}: {_words(error)}") from error
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"{name}: there is no template {error.name}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{name}: not written in UTF-8") from error
    except _MISTAKES as error:
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
        place = f"{Path(lines[-1].filename).name}:{lines[-1].lineno}" if lines else name
        raise TemplateError(f"{place}: {_words(error)}") from error


def _words(error: Exception) -> str:
    return one_line(str(error), 200) or type(error).__name__


# --------------------------------------------------------------------------- fitting


def _ever_smaller(digest: Digest) -> Iterator[tuple[bool, Digest]]:
    """Yield the digest as it is, then with shorter posts, then with fewer; sizes that cannot fit are left out."""
    if _estimated_bytes(digest) <= HTML_BYTES:
        yield False, digest
    for most in _POST_CHARS[1:]:
        smaller = shorten_posts(digest, most)
        if _estimated_bytes(smaller) <= HTML_BYTES:
            yield True, smaller
    shown = _shown(smaller)
    while shown:
        fewer = limit_posts(smaller, shown)
        if _estimated_bytes(fewer) <= HTML_BYTES:
            yield True, fewer
        shown = shown * 9 // 10
    yield True, limit_posts(smaller, 0)


def _shown(digest: Digest) -> int:
    return sum(
        len(section.references) + sum(len(group.posts) for group in section.channels) for section in digest.sections
    )


def _estimated_bytes(digest: Digest) -> int:
    posts = [post for section in digest.sections for group in section.channels for post in group.posts]
    texts = sum(len(piece.text.encode()) for post in posts for piece in post.excerpts)
    lines = sum(len(section.references) for section in digest.sections) + sum(len(post.also) for post in posts)
    marks = sum(bool(piece.marked or piece.change) for post in posts for piece in post.excerpts)
    return _FRAME_BYTES + texts + _POST_BYTES * len(posts) + _LINE_BYTES * lines + _MARK_BYTES * marks


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


# --------------------------------------------------------------------------- style


class _StyledLoader(jinja2.FileSystemLoader):
    """Loads templates; those for HTML get the style of their classes written into their tags, once.

    Inlining the finished mail instead would cost as much as rendering it, for every mail.
    """

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_current = super().get_source(environment, template)
        if template.endswith(".html.j2"):
            style, *_ = super().get_source(environment, _STYLE)
            source = _styled(source, style)
        return source, filename, is_current


def _styled(source: str, style: str) -> str:
    """Write the style of each class into the tags; keep the class only where a rule for dark screens needs it."""
    names = sorted({found[1] for found in _CLASS.finditer(source)})
    tags = "".join(f'<i class="{name}"></i>' for name in names)
    inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
    page = inliner.inline(f"<html><head><style>{style}</style></head><body>{tags}</body></html>")
    at_rules = " ".join("".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL)).split())
    inlined = dict(re.findall(r'<i class="([^"]+)" style="([^"]+)">', page))
    kept = frozenset(re.findall(r"\.([a-z]+)", at_rules))

    def attributes(found: re.Match[str]) -> str:
        classes = " ".join(name for name in found[1].split() if name in kept)
        rules = re.sub(r"\s*([:;,])\s*", r"\1", inlined.get(found[1], "")) + (found[2] or "")
        return " ".join(
            f'{name}="{value}"' for name, value in (("class", classes), ("style", rules.strip(";"))) if value
        )

    return _CLASS.sub(attributes, source.replace("{{ at_rules }}", at_rules))


# --------------------------------------------------------------------------- filters


def _printable(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breaks(text: str) -> Markup:
    return escape(_BLANK_LINES.sub("\n\n", clean(text))).replace("\n", Markup("<br>"))


@jinja2.pass_context
def _moment(context: Context, at: datetime) -> str:
    return str(context["t"].moment(at.astimezone(context["zone"])))


@jinja2.pass_context
def _clock(context: Context, at: datetime) -> str:
    """Return the time of day; with the day where that is not the digest's own."""
    local, until = at.astimezone(context["zone"]), context["digest"].until.astimezone(context["zone"])
    day = "" if local.date() == until.date() else f"{context['t'].day(local)}, "
    return f"{day}{local:%H:%M}"


@jinja2.pass_context
def _gap_line(context: Context, gap: Gap) -> str:
    since, until = (_moment(context, at) for at in (gap.since, gap.until))
    key = "gap" if gap.at_most is None else "gap_at_most"
    return str(context["t"](key, n=gap.at_most, channel=gap.channel, since=since, until=until))


@jinja2.pass_context
def _media(context: Context, media: Sequence[Media]) -> str:
    names = (context["t"].media(one.kind) for one in media)
    return ", ".join(
        name if one.title is None else f"{name}: {one_line(one.title, 80)}"
        for name, one in zip(names, media, strict=True)
    )


_SIGNS = {INSERTED: "[+{}+]", REMOVED: "[-{}-]"}


def _plain(excerpts: Sequence[Excerpt]) -> str:
    """Write the marks of excerpts as signs: ``*matched*``, ``[+inserted+]``, ``[-removed-]``."""
    written = (
        _SIGNS.get(piece.change or "", "{}").replace("{}", f"*{piece.text}*" if piece.marked else piece.text)
        for piece in excerpts
    )
    return _BLANK_LINES.sub("\n\n", clean("".join(written))).strip()


def _wrap(text: str, indent: str = "") -> str:
    """Fold at 76 columns between words; a longer word, such as an address, stays whole."""
    lines = (
        textwrap.fill(
            line,
            _COLUMNS,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in clean(text).split("\n")
    )
    return "\n".join(lines)


def _is_web(url: str | None) -> bool:
    return url is not None and _WEB_ADDRESS.fullmatch(url) is not None


_FILTERS = {
    "breaks": _breaks,
    "changes": written_diff,
    "clock": _clock,
    "gap_line": _gap_line,
    "is_web": _is_web,
    "media": _media,
    "moment": _moment,
    "plain": _plain,
    "utc": shown_time,
    "wrap": _wrap,
}
