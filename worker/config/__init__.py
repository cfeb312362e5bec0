"""The configuration: TOML files to frozen settings, every problem at once, each with its place.

Stands above the jobs: nothing below bootstrap ever sees a settings object.
"""

from worker.config.durations import parse_duration
from worker.config.initial import json_schema, write_initial
from worker.config.loading import check_examples, load, load_watchlists, watchlist_places
from worker.config.models import (
    Channel,
    Fetch,
    HostFetch,
    Limits,
    Mail,
    Recipient,
    Settings,
    Storage,
)
from worker.config.secrets import Secret
from worker.config.times import Digest

__all__ = [
    "Channel",
    "Digest",
    "Fetch",
    "HostFetch",
    "Limits",
    "Mail",
    "Recipient",
    "Secret",
    "Settings",
    "Storage",
    "check_examples",
    "json_schema",
    "load",
    "load_watchlists",
    "parse_duration",
    "watchlist_places",
    "write_initial",
]
