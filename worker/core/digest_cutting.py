"""Keeping a digest short: shorter posts, fewer posts, fewer sections; what is left out is counted. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.core.digest_parts import Digest, DigestPost, Reference, Section, Story
from worker.core.excerpt import shorten


def shorten_posts(digest: Digest, most: int) -> Digest:
    """Cut every post to about `most` characters around its matches."""
    return replace(digest, sections=tuple(_shortened_section(section, most) for section in digest.sections))


def _shortened_section(section: Section, most: int) -> Section:
    stories = (Story(tuple(_shortened(post, most) for post in story.posts)) for story in section.stories)
    return replace(section, stories=tuple(stories))


def _shortened(post: DigestPost, most: int) -> DigestPost:
    excerpts = shorten(post.excerpts, most)
    return post if excerpts == post.excerpts else replace(post, excerpts=excerpts, cut=True)


def limit_posts(digest: Digest, most: int) -> Digest:
    """Leave out the lightest beyond `most`, and of equal ones the oldest; each watchlist keeps a fair share."""
    sizes = [len(one.posts) + len(one.references) for one in digest.sections]
    if sum(sizes) <= most:
        return digest
    quotas = _quotas(sizes, most)
    kept = [_weightiest(one, quota) for one, quota in zip(digest.sections, quotas, strict=True)]
    # a line that points to a post which is left out would point nowhere
    shown = {post.number for one in kept for post in one.posts}
    return replace(digest, sections=tuple(_without_dangling(one, shown) for one in kept))


def _quotas(sizes: Sequence[int], most: int) -> list[int]:
    quotas = [0] * len(sizes)
    left = most
    for rank, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        quotas[place] = min(sizes[place], left // (len(sizes) - rank))
        left -= quotas[place]
    return quotas


def _rank(one: DigestPost | Reference) -> tuple[bool, float, int]:
    return isinstance(one, DigestPost) and one.turned, one.weight, one.number


def _weightiest(section: Section, quota: int) -> Section:
    everything: list[DigestPost | Reference] = [*section.posts, *section.references]
    everything.sort(key=_rank)
    left_out = everything[: len(everything) - quota]
    gone = {one.number for one in left_out}
    stories = (Story(tuple(post for post in story.posts if post.number not in gone)) for story in section.stories)
    # what was folded into a post goes with it
    folded = sum(len(one.also) for one in left_out if isinstance(one, DigestPost))
    return replace(
        section,
        stories=tuple(story for story in stories if story.posts),
        references=tuple(reference for reference in section.references if reference.number not in gone),
        omitted=section.omitted + len(left_out) + folded,
    )


def _without_dangling(section: Section, shown: set[int]) -> Section:
    references = tuple(reference for reference in section.references if reference.number in shown)
    gone = len(section.references) - len(references)
    return replace(section, references=references, omitted=section.omitted + gone)


def limit_sections(digest: Digest, most: int) -> Digest:
    """Keep the `most` sections with the most changes; the first screen counts the others."""
    kept = sorted(digest.sections, key=lambda section: -section.count)[:most]
    gone = len(digest.sections) - len(kept)
    return replace(
        digest,
        sections=tuple(section for section in digest.sections if section in kept),
        omitted_sections=digest.omitted_sections + gone,
    )
