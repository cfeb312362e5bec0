"""Addresses that stand in a text, as they are compared: without what changes though nobody has edited the text.

Left out are tracking parameters (they say where a reader came from, never what is read), which of Telegram's
interchangeable hosts serves a file and until when, ``http`` against ``https``, and the slash behind a host (RFC 3986
section 6.2.3: an empty path is ``/``). Everything else is the address: a slash behind a path, upper and lower case,
the order of parameters, and parameters that only look like tracking (``ref``, ``from``, ``source``).
"""

import re

#: a pattern of the names of parameters for a campaign, a click, or the letter a reader came by; each is well known
TRACKING_NAMES = (
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|ysclid|ymclid|_openstat|igshid|igsh"
    r"|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|vero_id|oly_anon_id|oly_enc_id"
)
# whole parameters of plain letters only: behind anything else somebody may have written on without a blank
_TRACKING = re.compile(rf"(?:amp;)?(?:{TRACKING_NAMES})(?:=[\w.~%+*$:@|{{}}-]*)?", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"«»“”]+", re.IGNORECASE)
_PARTS = re.compile(r"https?://([^/?#]+)([^?#]*)(.*)", re.IGNORECASE | re.DOTALL)
#: punctuation at the end of an address is the sentence's
_SENTENCE_ENDS = ".,;:!?)]}'’…"
#: the same path on each of them is the same file; what follows its ``?`` expires
_FILE_HOST = re.compile(r"cdn\d*\.(?:telesco\.pe|cdn-telegram\.org|telegram-cdn\.org)", re.ASCII | re.IGNORECASE)
_ONE_FILE_HOST = "cdn.telesco.pe"


def plain_addresses(text: str) -> str:
    """Return `text` with each ``http`` address as it is compared; doing it twice changes nothing more."""
    return _ADDRESS.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    before, plain = found[0], _plainer(found[0])
    # what was left out may have hidden punctuation, and that an end
    while plain != before:
        before, plain = plain, _plainer(plain)
    return plain


def _plainer(written: str) -> str:
    address = written.rstrip(_SENTENCE_ENDS)
    parts = _PARTS.fullmatch(address)
    if parts is None:
        return written  # nothing but punctuation behind the scheme
    host, path, rest = parts.groups()
    end = written[len(address) :]
    if _FILE_HOST.fullmatch(host):
        return f"https://{_ONE_FILE_HOST}{path}{end}"
    if "=" in rest or "&" in rest:
        rest = _without_tracking(rest)
    return f"https://{host}{'' if path == '/' and not rest else path}{rest}{end}"


def _without_tracking(rest: str) -> str:
    query, hash_, fragment = rest.partition("#")
    kept = "&".join(part for part in query.removeprefix("?").split("&") if not _TRACKING.fullmatch(part))
    return (f"?{kept}" if kept else "") + hash_ + fragment
