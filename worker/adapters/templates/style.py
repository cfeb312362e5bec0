"""The style of HTML mails: written into the tags when a template is loaded, once. Renders nothing.

Inlining the finished mail instead would cost as much as rendering it, for every mail.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import css_inline
import jinja2

_STYLE = "digest.css"
_CLASS = re.compile(r'class="([a-z ]+)"(?: style="([^"]*)")?')


class StyledLoader(jinja2.FileSystemLoader):
    """Loads templates; those for HTML get the style of their classes written into their tags."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's source, its file, and whether that is still the same."""
        names = [template, _STYLE] if template.endswith(".html.j2") else [template]
        stamps = [self._stamp(name) for name in names]
        source, filename, _ = super().get_source(environment, template)
        if _STYLE in names:
            style, *_ = super().get_source(environment, _STYLE)
            source = _styled(source, style)
        return source, filename, lambda: [self._stamp(name) for name in names] == stamps

    def _stamp(self, name: str) -> tuple[str, int] | None:
        """Tell a file that was changed, put in or taken out from what it was; None: there is none."""
        for folder in self.searchpath:
            path = Path(folder) / name
            with suppress(OSError):
                return str(path), path.stat().st_mtime_ns
        return None


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
