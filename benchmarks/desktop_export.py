"""An invented export of Telegram Desktop of any size, in the exporter's own layout: about 700 bytes a message."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

_SENTENCES = (
    "The Ministry of Canals has published the timetable of the locks for the coming week.",
    "Water levels above the weir at Selmouth remain within the usual range for the season.",
    "Le ministère des canaux annonce la fermeture de l’écluse de Vieuxpont pour travaux.",
    "Les bateliers sont priés de s’adresser à la capitainerie avant leur départ.",
    "Министерство каналов опубликовало расписание шлюзов на следующую неделю.",
    "Уровень воды у плотины остаётся в пределах сезонной нормы.",
    "The delegation will present its report to the council of river towns on Thursday.",
    "Une délégation des villes fluviales sera reçue jeudi par le conseil.",
)
#: one message in a dozen names one of the shipped watchlists
_NAMING = (
    "BRICS ministers met in the harbour.",
    "Le sommet de la CEI s’ouvre demain.",
    "Послы Украины прибыли в порт.",
)
_CHANNEL = 1_000_000_042
_BEGUN = 1_600_000_000


def write_export(path: Path, count: int, *, seed: int = 7) -> None:
    """Write an export of `count` messages; the same seed gives the same bytes."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f'{{\n "name": "Ministry of Canals",\n "type": "public_channel",\n "id": {_CHANNEL},\n "messages": ['
        )
        for number, message in enumerate(_messages(count, random.Random(seed))):
            text = json.dumps(message, ensure_ascii=False, indent=1)
            file.write(",\n  " if number else "\n  ")
            file.write(text.replace("\n", "\n  "))
        file.write("\n ]\n}")


def _messages(count: int, chance: random.Random) -> Iterator[dict[str, object]]:
    for number in range(1, count + 1):
        sentences = chance.choices(_SENTENCES, k=chance.randint(1, 3))
        if number % 12 == 0:
            sentences.append(chance.choice(_NAMING))
        text = f"{' '.join(sentences)} № {number}"
        at = _BEGUN + 60 * number
        message: dict[str, object] = {
            "id": number,
            "type": "message",
            "date": "2024-01-01T12:00:00",
            "date_unixtime": str(at),
            "from": "Ministry of Canals",
            "from_id": f"channel{_CHANNEL}",
        }
        if number % 9 == 0:
            message |= {"edited": "2024-01-01T12:30:00", "edited_unixtime": str(at + 1800)}
        if number % 4 == 0:
            message |= {"photo": f"photos/photo_{number}.jpg", "photo_file_size": 90_000, "width": 1280, "height": 720}
        plain = {"type": "plain", "text": text}
        if number % 5 == 0:
            link = {"type": "link", "text": f"https://canals.example/news/{number}"}
            message |= {"text": [f"{text} ", link], "text_entities": [plain, link]}
        else:
            message |= {"text": text, "text_entities": [plain]}
        message["reactions"] = [{"type": "emoji", "count": number % 90, "emoji": "👍"}]
        yield message
