"""Whether everybody was told everything once: what arrived, against the oracle and against the database."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlalchemy import Engine, func, select

from tests.simulation.receivers import Received
from worker.adapters.store.schema import alerted, attempt, delivery, digest, wanted

#: recipient, way, kind of change, address of the post
Told = tuple[str, str, str, str]


def told_in(received: Iterable[Received]) -> dict[Told, set[str]]:
    """Return the ids of the messages in which each thing was told."""
    found: dict[Told, set[str]] = defaultdict(set)
    for one in received:
        for kind, url in one.tells:
            found[one.recipient, one.kind, kind, url].add(one.id)
    return found


def losses(expected: set[Told], told: dict[Told, set[str]]) -> list[str]:
    """Return a line for everything that was lost, told twice under different ids, or told to someone unasked."""
    lost = [f"lost: {one}" for one in sorted(expected - told.keys())]
    unasked = [f"unasked: {one}" for one in sorted(told.keys() - expected)]
    return lost + unasked + [f"told twice: {one} in {sorted(ids)}" for one, ids in told.items() if len(ids) > 1]


def contradictions(engine: Engine, received: Iterable[Received]) -> list[str]:
    """Return a line for everything in which the ledger, the outbox and what arrived do not agree."""
    arrived = {one.id for one in received}
    with engine.connect() as connection:
        states = dict(connection.execute(select(delivery.c.delivery_id, delivery.c.state)).all())
        sent = set(connection.execute(select(attempt.c.delivery_id).where(attempt.c.result == "sent")).scalars())
        lines = connection.execute(select(digest)).all()
        counted = select(wanted.c.digest_id, func.count()).group_by(wanted.c.digest_id)
        told: dict[int | None, int] = dict(connection.execute(counted).all())
        of_alerts = set(connection.execute(select(alerted.c.delivery_id)).scalars())
        kinds = dict(connection.execute(select(delivery.c.delivery_id, delivery.c.kind)).all())
    found = [f"{number} is {state}" for number, state in states.items() if state != "sent"]
    found += [f"{number} is sent and did not arrive" for number in states.keys() - arrived]
    found += [f"{number} arrived and is not known" for number in arrived - states.keys()]
    found += [f"{number} is sent without an attempt that did it" for number in states.keys() - sent]
    found += [
        f"digest {one.digest_id} counts {one.changes}" for one in lines if told.get(one.digest_id, 0) != one.changes
    ]
    found += [f"{told[None]} changes are in no digest"] if None in told else []
    made = [one.delivery_id for one in lines if one.delivery_id]
    found += [f"{number} is the message of two digests" for number, count in Counter(made).items() if count > 1]
    digests = {number for number, kind in kinds.items() if kind == "digest"}
    found += [f"{number} is in the outbox or in the ledger only" for number in digests ^ set(made)]
    return found + [f"{number} tells nothing" for number in states.keys() - digests - of_alerts]
