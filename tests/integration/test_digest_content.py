"""What a digest draws from the store and the settings: edits too small to be listed, and the weight of finds."""

from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine

from tests.builders import NOON
from tests.checking import Checks
from worker.adapters.store import Store
from worker.bootstrap.recipients import plan_of
from worker.config import load
from worker.core.announce import Subscription
from worker.core.digest import from_payload
from worker.core.digest_parts import Digest
from worker.core.models import Term, Watchlist
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check import Rules
from worker.jobs.digest import DigestPlan, enqueue_digests

_LOCKS = Watchlist("Locks", (Term("lock"), Term("weir", weight=3.0)))
_RULES = Rules(Matcher([_LOCKS]), (Subscription("desk", frozenset({"Locks"})),), hold_above=100)
_PLAN = DigestPlan(
    "desk",
    (time(12),),
    "UTC",
    "en",
    ("Locks",),
    ("canals",),
    weights={("Locks", "weir"): 3.0},
    unlisted=("cosmetic",),
)


def _feed(*texts: str) -> bytes:
    entries = (
        f"<item><guid>{number}</guid><description>{text}</description></item>" for number, text in enumerate(texts)
    )
    return f'<rss version="2.0"><channel><title>x</title>{"".join(entries)}</channel></rss>'.encode()


def _digest(store: Store, plan: DigestPlan, now: datetime) -> Digest:
    assert list(enqueue_digests([plan], store=store, now=now))
    claimed = store.claim_delivery(now, recipient="desk")
    assert claimed is not None
    return from_payload(claimed.payload)


def test_edits_of_appearance_are_counted_and_those_of_other_channels_are_not(engine: Engine) -> None:
    store = Store(engine)
    canals = Checks(store, rules=_RULES)
    canals.fetched(_feed("a lock is open", "the lock keeper sings", "a barge passed", "the lock is shut"))
    canals.fetched(_feed("a lock is open!", "the lock keeper sings.", "a barge passed!", "the lock is flooded"))
    at = NOON + timedelta(days=1)
    assert store.count_edits(["cosmetic"], ["Locks"], ["others"], after=NOON, until=at) == {"cosmetic": 0}
    assert store.count_edits(["cosmetic"], ["Locks"], ["canals"], after=at, until=at) == {"cosmetic": 0}
    assert store.count_edits([], ["Locks"], ["canals"], after=NOON, until=at) == {}
    digest = _digest(store, _PLAN, at)
    assert [post.kind.value for section in digest.sections for post in section.posts] == ["edited"]
    assert digest.unlisted == (("cosmetic", 2),)


def test_the_post_with_the_weightier_term_comes_first(engine: Engine) -> None:
    store = Store(engine)
    canals = Checks(store, rules=_RULES)
    canals.fetched(_feed("old"))
    canals.fetched(_feed("old", "a lock is open again", "the weir above the town has been mended"))
    [section] = _digest(store, _PLAN, NOON + timedelta(days=1)).sections
    assert [(post.weight, post.excerpts[0].text[:3]) for post in section.posts] == [(3.0, "the"), (1.0, "a ")]


def test_a_plan_knows_the_weights_and_what_is_too_small(tmp_path: Path) -> None:
    path = tmp_path / "watchword.toml"
    path.write_text(
        """
        [mail]
        host = "mail.example.org"
        from = "watchword@example.org"
        [[watchlist]]
        name = "Locks"
        terms = ["lock", { term = "weir", weight = 3.0 }]
        [[recipient]]
        name = "desk"
        email = "desk@example.org"
        edits = "substantive"
        digest = { at = "07:30" }
        """
    )
    settings = load(path)
    plan = plan_of(settings.recipients[0], settings)
    assert plan.weights == {("Locks", "weir"): 3.0}
    assert plan.unlisted == ("cosmetic", "minor")
    silent = settings.recipients[0].model_copy(update={"changes": ("new",)})
    assert plan_of(silent, settings).unlisted == ()
