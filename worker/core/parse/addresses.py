"""Addresses as identities: the same page has the same address, however its reader came to it."""

import re
from urllib.parse import urlsplit, urlunsplit

from worker.core.address import TRACKING_NAMES

_TRACKING = re.compile(rf"(?:{TRACKING_NAMES})(?:=.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)


def without_tracking(address: str) -> str:
    """Return `address` without the parameters of advertisers (``utm_*``, ``fbclid`` …), the others as written."""
    if "?" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    kept = [each for each in parts.query.split("&") if not _TRACKING.fullmatch(each)]
    return urlunsplit(parts._replace(query="&".join(kept)))
