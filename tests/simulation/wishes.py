"""What made-up recipients want, as a configuration, and the oracle: what each must have been told in the end.

The oracle is written anew, from the pages for users, and knows nothing of the code that decides.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.simulation.world import EVERY, WATCHLISTS, Event, SimulatedChannel

_ZONES = ("Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe", "UTC")
_KINDS = ("new", "edited", "deleted")


@dataclass(frozen=True)
class Wish:
    """What one recipient wants."""

    name: str
    is_mail: bool
    watchlists: tuple[str, ...]
    channels: tuple[str, ...]
    changes: tuple[str, ...]
    edits: str
    #: None: nothing is told at once
    alert_on: tuple[str, ...] | None
    has_digest: bool
    #: the digest tells what was told at once, too
    whole: bool
    table: str

    def ways(self, event: Event) -> list[str]:
        """Return how this must be told: by ``alert``, ``digest``, both, or not at all."""
        mine = set(self.watchlists)
        turned = {"gained"} if mine & (event.after - event.before) and event.kind == "edited" else set()
        if mine & (event.before - event.after) and event.kind == "edited":
            turned.add("lost")
        order = ("cosmetic", "minor", "substantive")
        is_small = event.grade is not None and order.index(event.grade) < order.index(self.edits) and not turned
        is_mine = event.channel in self.channels and event.kind in self.changes and mine & (event.before | event.after)
        if not is_mine or is_small:
            return []
        at_once = self.alert_on is not None and bool({event.kind, *turned} & set(self.alert_on))
        told = ["alert"] if at_once else []
        return [*told, "digest"] if self.has_digest and (self.whole or not at_once) else told


def make_wishes(seed: int, recipients: int, channels: Sequence[SimulatedChannel]) -> list[Wish]:
    """Return recipients that differ in everything that can be asked for."""
    draw = random.Random(f"{seed}-wishes")
    return [_wish(draw, f"reader{n}", [channel.name for channel in channels]) for n in range(recipients)]


def _wish(draw: random.Random, name: str, channels: Sequence[str]) -> Wish:
    is_mail = draw.random() < 0.6
    has_digest, has_alerts = draw.choice([(True, False), (False, True), (True, True)])
    watchlists = _some(draw, tuple(WATCHLISTS))
    theirs = tuple(channels) if draw.random() < 0.5 else _some(draw, channels)
    changes = _KINDS if draw.random() < 0.6 else _some(draw, _KINDS)
    alert_on: tuple[str, ...] = (*_KINDS, "gained", "lost")
    if has_digest and draw.random() < 0.6:
        alert_on = _some(draw, alert_on)
    edits = draw.choice(["cosmetic", "minor", "minor", "substantive"])
    whole = has_digest and draw.random() < 0.3
    lines = ["[[recipient]]", f'name = "{name}"']
    lines += [f'email = "{name}@example.org"'] if is_mail else [f'webhook = "https://hooks.example/{name}"', _SECRET]
    lines += [f"watchlists = {list(watchlists)}", f"channels = {list(theirs)}", f"changes = {list(changes)}"]
    lines += [f'edits = "{edits}"', f'timezone = "{draw.choice(_ZONES)}"']
    if has_alerts:
        lines += ["alerts = true", f"alert_on = {list(alert_on)}"]
    if has_alerts and is_mail:
        lines += ["alerts_per_hour = 2"] if draw.random() < 0.4 else []
        lines += ['quiet = { from = "22:00", to = "07:00" }'] if draw.random() < 0.4 else []
    if has_digest:
        at = draw.choice(['"07:30"', '["00:00", "12:00"]', '"02:30"', '["06:00", "14:00", "22:00"]'])
        days = draw.choice(['"daily"', '"daily"', '"weekdays"', '["mon", "thu"]'])
        empty = draw.choice(["skip", "send"])
        lines.append(f'digest = {{ at = {at}, days = {days}, empty = "{empty}", all = {str(whole).lower()} }}')
    return Wish(
        name,
        is_mail,
        watchlists,
        theirs,
        changes,
        edits,
        alert_on if has_alerts else None,
        has_digest,
        whole,
        "\n".join(lines),
    )


def _some(draw: random.Random, names: Sequence[str]) -> tuple[str, ...]:
    chosen = draw.sample(range(len(names)), draw.randint(1, len(names)))
    return tuple(names[number] for number in sorted(chosen))


_SECRET = 'secret = { file = "hook-secret" }'


def configuration(url: str, channels: Iterable[SimulatedChannel], wishes: Iterable[Wish]) -> str:
    """Return all of it as the configuration of one house."""
    minutes = f"{EVERY.seconds // 60}m"
    tables = [f'[storage]\nurl = "{url}"\nevidence = false', "[limits]\nhold_above = 100000\ndigest_posts = 100000"]
    tables.append('[fetch]\ncontact = "ops@example.org"')
    tables.append('[mail]\nhost = "mail.example.org"\nsecurity = "none"\nfrom = "watchword@example.org"')
    tables += [
        f'[[channel]]\nname = "{channel.name}"\nurl = "{channel.url}"\nevery = "{minutes}"\nslowest = "{minutes}"'
        for channel in channels
    ]
    tables += [f'[[watchlist]]\nname = "{name}"\nterms = ["{word}"]' for name, word in WATCHLISTS.items()]
    return "\n\n".join([*tables, *(wish.table for wish in wishes)])


def expected(channels: Iterable[SimulatedChannel], wishes: Iterable[Wish]) -> set[tuple[str, str, str, str]]:
    """Return (recipient, way, kind, address) of everything that must have been told in the end."""
    events = [event for channel in channels for event in channel.events()]
    return {(wish.name, way, event.kind, event.url) for wish in wishes for event in events for way in wish.ways(event)}
