"""Where posts, changes and deliveries are kept: SQLAlchemy Core on SQLite or PostgreSQL.

Each method of `Store` is one transaction and is named for what happened, not for its SQL.
"""

from worker.adapters.store.bench import Bench
from worker.adapters.store.deliveries import Deliveries
from worker.adapters.store.digests import Digests
from worker.adapters.store.evidence import Evidence
from worker.adapters.store.feeds import Feeds
from worker.adapters.store.finding import Finding
from worker.adapters.store.history import History
from worker.adapters.store.holds import Holds
from worker.adapters.store.imports import Imports
from worker.adapters.store.listing import Listing
from worker.adapters.store.lookup import Lookup
from worker.adapters.store.outbox import Outbox
from worker.adapters.store.pacing import Pacing
from worker.adapters.store.pruning import Pruning
from worker.adapters.store.stories import Stories
from worker.adapters.store.suspects import Suspects
from worker.adapters.store.tagging import Tagging
from worker.adapters.store.tellings import Tellings


class Store(
    Suspects,
    Imports,
    Holds,
    Outbox,
    Deliveries,
    Digests,
    Feeds,
    Pacing,
    Listing,
    Evidence,
    Lookup,
    Finding,
    Stories,
    History,
    Pruning,
    Bench,
    Tagging,
    Tellings,
):
    """All that Watchword remembers."""
