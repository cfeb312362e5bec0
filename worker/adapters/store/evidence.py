"""Exports that are kept as evidence: what is known of them beside their bytes, which lie in the evidence folder."""

from collections.abc import Sequence

from sqlalchemy import Connection

from worker.adapters.store.schema import export
from worker.core.record import KeptExport


def keep_exports(connection: Connection, channel: str, kept: Sequence[KeptExport], numbers: Sequence[int]) -> None:
    """Write the exports of a check under the `numbers` given."""
    rows = [
        {
            "export_id": number,
            "channel": channel,
            "url": one.url,
            "fetched_at": one.fetched_at,
            "status": one.status,
            "headers": [list(header) for header in one.headers] or None,
            "sha256": one.sha256,
            "size": one.size,
        }
        for number, one in zip(numbers, kept, strict=True)
    ]
    connection.execute(export.insert(), rows)
