"""Addresses: which can be fetched, where a redirect leads, and how they are shown without what is private in them."""

import re

import httpx

from worker.errors import FetchError, FetchProblem

_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_USERINFO = re.compile(r"(?<=//)[^/?#]*@")
_MAX_SHOWN = 300


def fetchable(url: httpx.URL) -> httpx.URL:
    """Return `url` without its fragment, which is never sent.

    Raises:
        httpx.UnsupportedProtocol: it is neither http nor https, or names no host.
    """
    if url.scheme not in _SCHEMES or not url.host:
        raise httpx.UnsupportedProtocol("")
    return url.copy_with(fragment=None) if url.fragment else url


def host_name(written: str) -> str:
    """Return the name of a host as addresses have it, whether it is `written` in capitals or as ``xn--...``."""
    try:
        return httpx.URL(f"http://{written}/").host
    except (httpx.InvalidURL, ValueError):  # a bare IPv6 address, or no name at all, which then fits no address
        return written.lower()


def next_hop(url: httpx.URL, location: str) -> httpx.URL:
    """Return where `url` redirects to. User name and password stay with the origin they were given for.

    Raises:
        FetchError: it leads out of the web, or gives up encryption.
        httpx.InvalidURL: `location` is no address.
    """
    target = url.join(location)
    redirects = f"{shown(url)} redirects to {shown(target)}, which is"
    if target.scheme not in _SCHEMES or not target.host:
        raise FetchError(f"{redirects} neither http:// nor https://", kind=FetchProblem.UNSAFE)
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError(f"{redirects} not encrypted; https:// was asked for", kind=FetchProblem.UNSAFE)
    userinfo = url.userinfo if origin(url) == origin(target) else b""
    return fetchable(target.copy_with(userinfo=userinfo))


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Return scheme, host and port of `url` (RFC 6454 section 4)."""
    return url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme)


def address(url: httpx.URL) -> str:
    """Return `url` fit to be stored and told: without user name and password."""
    return str(url.copy_with(userinfo=b"") if url.userinfo else url)


def shown(url: httpx.URL | str) -> str:
    """Return `url`, which may be malformed, fit for a message: without user name and password, on one line."""
    return one_line(_USERINFO.sub("", str(url), count=1))


def one_line(text: str) -> str:
    """Return `text` without line breaks and control characters, cut where it gets long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_MAX_SHOWN]).split())
    return line + "..." if len(text) > _MAX_SHOWN else line
