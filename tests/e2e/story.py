"""Made-up channels for the end-to-end tests, as they look in one round and in the next."""

from datetime import UTC, datetime, timedelta

from worker.demo.pages import preview_page
from worker.demo.story import DemoChannel, DemoPost

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)

FISHERIES = DemoChannel(
    "estria_fisheries",
    "Ministry of Fisheries of Estria",
    (
        DemoPost(11, 1, timedelta(hours=8), "The herring fleet has left port."),
        DemoPost(
            12,
            1,
            timedelta(hours=9),
            "A delegation will travel in May. The minister leads it, the harbour master too.",
            edited_text="A delegation will travel to Ukraine in May. The minister leads it, the harbour master too.",
            edited_in=2,
        ),
        DemoPost(13, 2, timedelta(hours=10), "Estria will host the BRICS forum on deep sea fishing."),
        DemoPost(
            14, 2, timedelta(hours=11), "The CIS has new rules for nets.\n\n#CIS", forwarded_from="Estria Net Office"
        ),
        DemoPost(15, 2, timedelta(hours=12), "The fish market opens at six."),
    ),
)
PORT = DemoChannel(
    "vallonne_port",
    "Autorité du port de Vallonne",
    (
        DemoPost(5, 1, timedelta(hours=8), "Le quai nord est fermé pour travaux."),
        DemoPost(6, 2, timedelta(hours=9), "Un cargo chargé de blé ukrainien est arrivé au quai sud."),
    ),
)
PRESS = DemoChannel(
    "polesye_press",
    "Пресс-служба Полесья",
    (
        DemoPost(70, 1, timedelta(hours=8), "В парке посадили двести лип."),
        DemoPost(71, 2, timedelta(hours=9), "В Полесье обсудили правила торговли стран СНГ и Брикс."),
    ),
)
CHANNELS = (FISHERIES, PORT, PRESS)


def page(channel: DemoChannel, number: int) -> bytes:
    """Return a channel's preview page in round `number`."""
    return preview_page(channel, number, MIDNIGHT)


def pages(number: int, *channels: DemoChannel) -> dict[str, bytes]:
    """Return the web site of round `number`."""
    return {f"/s/{channel.username}": page(channel, number) for channel in channels or CHANNELS}


def tables(*channels: DemoChannel, every: str = "1ms") -> str:
    """Return the configuration of the channels; with the shortest interval each of them is always due."""
    return "".join(
        f'[[channel]]\nname = "{channel.username}"\nurl = "SITE/s/{channel.username}"\nevery = "{every}"\n'
        for channel in channels or CHANNELS
    )


def folder_table(every: str = "1ms") -> str:
    """Return the configuration of a channel of dropped files."""
    return f'[[channel]]\nname = "quay"\ntitle = "Quay Gazette"\npath = "dumps/*.txt"\nevery = "{every}"\n'


_ARTICLES = (
    (
        "🚢 Timetable of the island ferry",
        "Two departures a day, at eight and at five.",
        "Tickets are sold on board only.",
    ),
    (
        "⚓ The pilots have a new boat",
        "It is painted yellow, the old one was white.",
        "That one goes to the museum.",
    ),
    ("🐟 Prices at the fish hall", "Cod costs as much as in March.", "Mussels are scarce this week."),
    (
        "📦 A grain ship from Ukraine has berthed",
        "It carries nine thousand tonnes of wheat.",
        "Unloading takes three days.",
    ),
)


def dump(*numbers: int, changed: tuple[str, str] = ("", "")) -> str:
    """Return a text dump with these articles, each body twice, as some extractors print them."""
    lines: list[str] = []
    for number in numbers:
        title, *body = _ARTICLES[number]
        lines += [title, *body, *body]
    return "\n".join(lines).replace(*changed) + "\n" if changed[0] else "\n".join(lines) + "\n"
