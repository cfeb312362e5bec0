"""What a feed says -> posts: identity, address, text. Pure, and the same for every kind of feed.

Identity is what the source says it is, character for character; only white space around it is dropped. A guid that
stays while the address changes is the same post. A post without any is named by its link, then by a hash of title and
date.

The text of a post is the fullest one that the feed has; an excerpt counts only where there is nothing else. A feed that
changes from full texts to excerpts therefore shows every post as edited once: the two are different texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from worker.core.models import Post, Snapshot
from worker.core.parse.feed_body import find_hashtags, media_of, read_body, read_title, web_address, with_title
from worker.core.parse.feed_dates import parse_date
from worker.core.parse.feed_loose import unescape_references
from worker.core.parse.feed_mirror import MessageName, is_service, message_name, mirrored_channel, read_message
from worker.core.parse.feed_model import WrittenFeed, WrittenPost

#: so many posts with one and the same guid are no versions of one post: the guid is meaningless
_MEANINGLESS_FROM = 3
_HASH_DIGITS = 32
_NEVER = datetime.min.replace(tzinfo=UTC)


def read_snapshot(feed: WrittenFeed, *, name: str, url: str | None) -> Snapshot:
    """Return the snapshot of a feed.

    Its absences prove nothing: a feed holds the newest posts only, and which of them is up to the source.

    Args:
        feed: what was read.
        name: the name of the format.
        url: where the feed came from in the end; None for a file.
    """
    base = _base(feed, url)
    names = [message_name(post.link) or message_name(post.id) for post in feed.posts]
    place = _Place(base, mirrored_channel(web_address(feed.link, url), names), _meaningless_guid(feed.posts))
    read = [
        (post, made)
        for post, message in zip(feed.posts, names, strict=True)
        if (made := _post(post, message, place)) is not None
    ]
    return Snapshot(
        format=name,
        posts=_newest_versions(read),
        title=read_title(feed.title) or None,
        built_at=parse_date(feed.built),
        older=web_address(feed.older, web_address(feed.base, url) or url or web_address(feed.self_link, None)),
        fresh_for=feed.fresh_for,
        deleted_ids=feed.deleted_ids,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """What is common to the posts of a feed."""

    #: address that relative links start from
    base: str | None
    #: the channel of Telegram that the feed mirrors, in lower case; None if it mirrors none
    mirrors: str | None
    #: a guid that says nothing
    meaningless: str | None


def _base(feed: WrittenFeed, url: str | None) -> str | None:
    """Return the address that relative links start from."""
    site = (feed.link, url) if feed.links_from_site else (url, feed.self_link, feed.link)
    for candidate in (feed.base, *site, feed.self_link):
        if found := web_address(candidate, url or feed.self_link):
            return found
    return None


def _meaningless_guid(posts: Sequence[WrittenPost]) -> str | None:
    """Return the guid that all posts share although they are different ones; None if there is no such."""
    if len(posts) < _MEANINGLESS_FROM or len({post.id for post in posts}) != 1:
        return None
    return posts[0].id if len({post.link for post in posts}) == len(posts) else None


def _post(written: WrittenPost, message: MessageName | None, place: _Place) -> Post | None:
    """Return the post, which may be the mirror of a message; None for one that says nothing at all."""
    if message is not None and message.channel.lower() == place.mirrors:
        return _mirrored(written, message, place.mirrors)
    base = place.base if written.base is None else web_address(written.base, place.base) or place.base
    inner = written.body.base
    body = read_body(written.body, base if inner is None else web_address(inner, base) or base)
    title = read_title(written.title)
    text = with_title(title, body.text)
    identity = _identity(written, title, text, place)
    if identity is None:
        return None
    return Post(
        text=text,
        id=identity,
        url=web_address(written.link, base) or (web_address(written.id, base) if written.id_is_link else None),
        published_at=parse_date(written.published) or parse_date(written.updated),
        author=_author(written.author),
        hashtags=find_hashtags(text),
        links=body.links,
        media=media_of(written.attachments, body.shown),
    )


def _mirrored(written: WrittenPost, name: MessageName, channel: str) -> Post:
    """Return the message of a Telegram channel that a feed mirrors, as its preview shows it."""
    message = read_message(written.body, channel)
    return Post(
        text=message.body.text,
        id=name.number,
        url=name.url,
        published_at=parse_date(written.published) or parse_date(written.updated),
        forwarded_from=message.forwarded_from,
        reply_to=message.reply_to,
        author=_author(written.author),
        hashtags=find_hashtags(message.body.text),
        links=message.body.links,
        media=message.media + media_of((), message.body.shown),
        service=is_service(written.title.text),
    )


def _identity(written: WrittenPost, title: str, text: str, place: _Place) -> str | None:
    """Return the id of a post; None for one that says nothing at all."""
    if written.id and written.id != place.meaningless:
        return written.id
    if written.link:
        return written.link
    basis = f"{title}\n{written.published or ''}" if title else text
    if not basis.strip():
        basis = "\n".join(attachment.url for attachment in written.attachments) or written.published or ""
    if not basis.strip():
        return None
    return f"sha256:{sha256(basis.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH_DIGITS]}"


def _author(written: str | None) -> str | None:
    """Return an author's name, without the mail address that RSS 2.0 wants in front of it."""
    if not written:
        return None
    name = " ".join(unescape_references(written).split())
    address, bracket, rest = name.partition(" (")
    if bracket and "@" in address and " " not in address and rest.endswith(")"):
        name = rest[:-1].strip()
    elif name.endswith(">") and "<" in name and "@" in name.rpartition("<")[2]:
        name = name.rpartition("<")[0].strip(" \"'") or name
    return name or None


def _newest_versions(read: Sequence[tuple[WrittenPost, Post]]) -> tuple[Post, ...]:
    """Return the posts in the order of the feed; of several with one id the newest (RFC 4287 section 4.1.1)."""
    if len({post.id for _, post in read}) == len(read):
        return tuple([post for _, post in read])
    newest: dict[str | None, tuple[datetime, Post]] = {}
    for written, post in read:
        changed = parse_date(written.updated) or post.published_at or _NEVER
        known = newest.get(post.id)
        if known is None or changed > known[0]:
            newest[post.id] = (changed, post)
    return tuple(post for _, post in newest.values())
