"""What queries may ask of a post besides its text. Does not detect languages."""

from collections.abc import Mapping
from typing import Any

from worker.core.models import Facts, Post


def facts_of(post: Post, channel: str | None, *, is_edited: bool = False) -> Facts:
    """Return the facts of `post`.

    Args:
        post: as an export shows it.
        channel: name of its channel; None if it has none.
        is_edited: whether we have found an edit of it, which the source may not say.
    """
    return Facts(
        channel=channel,
        is_forward=post.forwarded_from is not None,
        is_edited=is_edited or bool(post.edited),
        media=frozenset([media.kind for media in post.media]) if post.media else frozenset(),
        author=post.author,
        links=post.links,
    )


def facts_given(fields: Mapping[str, Any]) -> Facts:
    """Return the facts in a JSON object with the fields that ``parse --json`` prints, and ``channel`` and ``lang``.

    What is absent, null or of another type is not known.
    """
    media = [one.get("kind") if isinstance(one, dict) else one for one in _listed(fields, "media")]
    return Facts(
        channel=_text(fields, "channel"),
        lang=_text(fields, "lang"),
        is_forward=fields.get("forwarded_from") is not None,
        is_edited=fields.get("edited") is True,
        media=frozenset(kind for kind in media if isinstance(kind, str)),
        author=_text(fields, "author"),
        title=_text(fields, "title"),
        links=tuple(link for link in _listed(fields, "links") if isinstance(link, str)),
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _listed(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
