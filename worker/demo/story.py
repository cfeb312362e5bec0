"""The invented channels of the demonstration, and what happens in them round by round. Nothing here is a real place."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One post of a made-up channel, in the round `since` and every later one."""

    id: int
    since: int
    #: after the story's first midnight, UTC
    at: timedelta
    text: str
    forwarded_from: str | None = None
    #: the text from `edited_in` on; None: it is never edited
    edited_text: str | None = None
    edited_in: int = 0

    def text_in(self, number: int) -> str:
        """Return the text as round `number` shows it."""
        return self.edited_text if self.edited_text is not None and number >= self.edited_in else self.text


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A made-up channel."""

    username: str
    title: str
    posts: tuple[DemoPost, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One moment at which Watchword looks."""

    #: after the story's first midnight, UTC
    at: timedelta
    what_happened: str
    #: text dumps that another tool drops: name and content
    dumps: tuple[tuple[str, str], ...] = ()


def _at(day: int, hour: int, minute: int = 0) -> timedelta:
    return timedelta(days=day, hours=hour, minutes=minute)


CHANNELS = (
    DemoChannel(
        "norvania_fo",
        "Norvania Foreign Office",
        (
            DemoPost(101, 1, _at(0, 9), "The embassy library is open again on weekdays."),
            DemoPost(
                102,
                1,
                _at(0, 15),
                "🤝 Norvania will attend the #BRICS outreach meeting as a guest.\n\nThe agenda follows.",
            ),
            DemoPost(
                103,
                2,
                _at(0, 20, 40),
                "🎙 The Foreign Minister received the ambassadors accredited to Norvania.\n\n"
                "They spoke about the coming BRICS meeting on railways. The minister proposed a working group of "
                "twelve members.\n\nThe next talks are planned for the spring.",
                edited_text="🎙 The Foreign Minister received the ambassadors accredited to Norvania.\n\n"
                "They spoke about the coming meeting on railways. The minister proposed a working group of nine "
                "members.\n\nThe next talks are planned for the spring.",
                edited_in=3,
            ),
            DemoPost(
                104,
                2,
                _at(1, 3, 15),
                "The statistics offices of the CIS countries have agreed on common tables for foreign trade.\n\n"
                "#CIS #Statistics",
                forwarded_from="Norvania Statistics Office",
            ),
            DemoPost(105, 2, _at(1, 3, 50), "The consular section is closed on Thursday afternoon."),
        ),
    ),
    DemoChannel(
        "belmarie_commerce",
        "Ministère du Commerce de Belmarie",
        (
            DemoPost(57, 1, _at(0, 8), "Le salon du livre ouvre samedi à 10 h."),
            DemoPost(
                58,
                2,
                _at(0, 21, 5),
                "🔹 La délégation de Belmarie participera au forum économique des BRICS.\n\n"
                "Elle présentera un projet d’étiquetage commun pour le thé et le café.",
            ),
            DemoPost(
                59,
                2,
                _at(1, 4, 10),
                "🔹 Les exportateurs d’huile de tournesol ukrainiens et belmariens ont signé un accord de qualité.\n\n"
                "L’accord vaut pour trois ans.",
            ),
        ),
    ),
    DemoChannel(
        "zarechye_press",
        "Пресс-служба Заречья",
        (
            DemoPost(880, 1, _at(0, 11), "Сегодня в Заречье открылась выставка народных ремёсел."),
            DemoPost(
                881,
                2,
                _at(0, 22, 30),
                "📍 В Заречье прошла встреча библиотекарей стран Содружества Независимых Государств.\n\n"
                "Участники обсудили обмен редкими книгами. Следующая встреча СНГ по этой теме пройдёт через год.",
            ),
            DemoPost(882, 2, _at(1, 2, 20), "Завтра в городе ожидается снег, автобусы пойдут по зимнему расписанию."),
        ),
    ),
)

#: one extractor that prints each body twice, as some do
_DUMP_BEFORE = """\
Port of Selmouth opens its winter season
The harbour office expects forty ships before the end of the month.
The pilots have new radios.
The harbour office expects forty ships before the end of the month.
The pilots have new radios.
🚢 Timetable of the coastal ferry
Two departures a day, at eight and at five.
Tickets are sold on board.
Two departures a day, at eight and at five.
Tickets are sold on board.
"""
_DUMP_AFTER = """\
🚢 Timetable of the coastal ferry
Two departures a day, at eight and at five.
Tickets are sold on board.
Two departures a day, at eight and at five.
Tickets are sold on board.
⚓ A grain ship from Ukraine has berthed at pier four
The ship carries twelve thousand tonnes of wheat for the mills of Selmouth.
Unloading takes three days.
#HarbourNews
The ship carries twelve thousand tonnes of wheat for the mills of Selmouth.
Unloading takes three days.
#HarbourNews
"""

ROUNDS = (
    Round(
        _at(0, 18),
        "the first look: all posts are stored and tagged, nobody is told",
        (("selmouth-1.txt", _DUMP_BEFORE),),
    ),
    Round(
        _at(1, 4, 30),
        "the night: new posts in three languages, a forward, and a text dump that another tool has dropped",
        (("selmouth-2.txt", _DUMP_AFTER),),
    ),
    Round(_at(1, 6, 45), "the morning: one ministry edits quietly what it wrote in the night; the digest is due"),
)
