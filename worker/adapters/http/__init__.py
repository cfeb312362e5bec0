"""Fetching exports by HTTP: completely, within bounds, and politely.

Does not parse what it fetches, stores nothing and does not retry, but for a connection that the server had given up:
the next check does. Which addresses may be reached is decided below, in the client's transport
(`worker.adapters.guard`).
"""

from worker.adapters.http.addresses import host_name
from worker.adapters.http.fetcher import HttpFetcher

__all__ = ["HttpFetcher", "host_name"]
