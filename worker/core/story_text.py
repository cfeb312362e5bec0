"""The words of a text that tell its story: without forward lines, signatures, links, hashtags and "read more".

What is left out here is what one and the same text carries differently from channel to channel. Compares nothing
(`worker.core.doubles` does) and knows the customs of English, French and Russian channels only.
"""

import re
from dataclasses import dataclass

from worker.core.text import normalise, unstyle

#: scripts that put no blanks between words: a character stands in for a word
_UNSPACED = "\u0e01-\u0e4e\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|\d+(?:[.,:]\d+)*|[^\W_{_UNSPACED}]+")
#: 1 200, 1,200 and 1.200 are one number
_THOUSANDS = re.compile(r"(?<![\d.,:])\d{1,3}(?:[ \u00a0\u202f,.'’]\d{3})+(?!\d)")
_LINK = re.compile(r"https?://\S+|www\.\S+|\bt\.me/\S+|(?<!\S)\S+@\w[\w.-]*\.\w+|@\w{3,}", re.IGNORECASE)
_HASHTAGS_ONLY = re.compile(r"(?:[^\w#]*#\w+)+\W*")
_LEADING_HASHTAGS = re.compile(r"\W*#\w+(?:[^\w#]*#\w+)+(?=\W)|\W*#\w+\s*[:|–—]")
_TRAILING_HASHTAGS = re.compile(r"(?:(?<=[.!?…»”\")])|(?=\s#\w+[^\w#]*\s#))(?:\s*[^\w#.!?]*#\w+)+\W*$")
_SENTENCE_END = re.compile(r"[.!?…]['\"”»)\]]*\s")
_ELLIPSIS = re.compile(r"(?:…|\.{3})[\s»”\"')\]]*$|[\[(](?:…|\.{3})[\])]\W*$")

#: a line that says where a post was forwarded from
_FORWARD = re.compile(
    r"\W*(?:forwarded (?:from|message)|reposted? (?:from|by)|repost\b|transféré (?:de|depuis)|"
    r"message transféré|partagé (?:de|depuis)|пересла[нл]\w*|репост|переслать)",
    re.IGNORECASE,
)
#: what is called out before a text
_CALL = re.compile(
    r"\W*(?:rt|breaking(?: news)?|urgent|just in|update|important|flash|dernière minute|à la une|alerte|"
    r"срочно|молния|важно|внимание)\b\s*[:!|–—.-]+\s*|\W*\d{1,2}[:.]\d{2}\b(?:\s*[|–—-])?\s+(?=\w)",
    re.IGNORECASE,
)
#: how a line begins that only leads elsewhere or says who shows the text
_ELSEWHERE = (
    r"subscribe|follow (?:us|our|the channel)|join (?:us|our|the channel)|read (?:more|on|the|in full|also)|"
    r"continue reading|more (?:on|at|here|details|in|information)|full (?:text|story|version|statement|article|post)|"
    r"details\b|source|sources|photos?\b|video\b|watch (?:here|the video|on)|share\b|our channel|our other|"
    r"(?:the )?post .{0,80}\bappeared first on|learn more|see more|find out more|click|link in|©|\(c\)|"
    r"abonnez|suivez|rejoignez|lire (?:la suite|plus|aussi|l'article|l’article)|en savoir plus|"
    r"(?:pour )?plus d['’ ]infos?|plus d['’]informations|texte (?:intégral|complet)|à lire|crédits?\b|partagez|"
    r"l['’]article .{0,80}\best apparu en premier|voir (?:plus|aussi)|retrouvez|notre canal|la suite|"
    r"подпи[сш]\w*|читать|читайте|подробн\w*|далее|источник\w*|фото|видео|полн(?:ый текст|ая версия|остью)|"
    r"присоединя\w*|наш(?:и|а)? (?:канал|сайт|группа|телеграм|telegram)\w*|мы (?:в|на) |ссылка|смотр(?:еть|ите)|"
    r"поделиться|больше (?:новостей|информации)|прислать новость|сообщение .{0,80}появились? сначала"
)
_ELSEWHERE_LINE = re.compile(rf"\W*(?:{_ELSEWHERE})", re.IGNORECASE)
#: the same behind a text, in its last line
_READ_ON = re.compile(
    r"\W*(?:read more|continue reading|read the full \w+|see more|show more|"
    r"more here|lire la suite|en savoir plus|voir plus|lire plus|afficher la suite|читать далее|читать дальше|"
    r"читать полностью|читать подробнее|подробнее|показать полностью|далее)\W*$",
    re.IGNORECASE,
)
#: characters at the end of a text in which "read more" and hashtags are looked for
_END = 300
#: longer lines are told, however they begin
_MOST_CHROME_WORDS = 14

_MONTHS_AND_DAYS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays "
    "thursdays fridays saturdays sundays today tomorrow yesterday tonight "
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi "
    "vendredi samedi dimanche hier demain май мая мае маю сегодня завтра вчера"
)
_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty hundred "
    "hundreds thousand thousands million millions billion billions first second third fourth fifth half double dozen "
    "deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente cent cents mille milliard milliards "
    "premier première deuxième troisième moitié douzaine один одна одно два две двое три трое четыре сто тысяча тысячи "
    "тысяч миллион миллиона миллионов миллиард миллиарда миллиардов первый первая второй вторая третий третья половина"
)
_DENIALS = (
    "not no never neither nor without cannot ne pas non jamais sans aucun aucune ni не нет ни без никогда никто ничего "
    "нельзя"
)
_FIGURES = frozenset(f"{_MONTHS_AND_DAYS} {_NUMBERS} {_DENIALS}".split())
_FIGURE_FORMS = re.compile(
    r"(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр|понедельник|вторник|четверг|пятниц|суббот|"
    r"воскресень)\w{0,3}|сред[ауые]|(?:двух|трех|четырех|пят|шест|восем|восьм|девят|десят)\w{0,7}|сем(?:ь|и|ью|еро)"
)


@dataclass(frozen=True, slots=True)
class StoryText:
    """What is left of a text: the words that tell its story, folded, in order."""

    words: tuple[str, ...]
    #: what they were taken from
    told: tuple[str, ...]
    #: the text breaks off
    cut: bool
    #: a text without such words, normalised; "" for all others
    bare: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the words of a story stand."""

    #: the line of each word
    lines: tuple[int, ...]
    #: the sentence of each word; a line ends one
    sentences: tuple[int, ...]
    #: places of words with a capital letter inside a sentence
    names: frozenset[int]
    #: lines that end with a colon
    leading_on: frozenset[int]


def is_figure(word: str) -> bool:
    """Tell whether a folded word is a number, a day, a month or a denial: another one makes another story."""
    return word[0].isdigit() or word in _FIGURES or _FIGURE_FORMS.fullmatch(word) is not None


def read_story(text: str) -> StoryText:
    """Return the words of `text` that tell its story; none if it has nothing but links, hashtags and the like."""
    plain = unstyle(text).replace("ё", "е").replace("Ё", "Е")
    if "@" in plain or "/" in plain or "www" in plain:
        plain = _LINK.sub(" ", plain)
    lines = [line for line in map(str.strip, plain.split("\n")) if _tells(line)]
    lines = _without_head(lines)
    lines, cut = _without_tail(lines)
    told = tuple(_THOUSANDS.sub(_joined_number, line) for line in lines)
    words = tuple([_plain_word(word) for line in told for word in _TOKEN.findall(line)])
    return StoryText(words, told, cut, "" if words else normalise(text))


def places_of(story: StoryText) -> Places:
    """Return where the words of a story stand."""
    lines: list[int] = []
    sentences: list[int] = []
    names: set[int] = set()
    sentence = 0
    for number, line in enumerate(story.told):
        end = 0
        for found in _TOKEN.finditer(line):
            starts = end == 0 or _SENTENCE_END.search(f"{line[end : found.start()]} ") is not None
            sentence += starts
            if found[0][0].isupper() and not starts:
                names.add(len(lines))
            lines.append(number)
            sentences.append(sentence)
            end = found.end()
    leading_on = {number for number, line in enumerate(story.told) if line.rstrip().endswith(":")}
    return Places(tuple(lines), tuple(sentences), frozenset(names), frozenset(leading_on))


def _tells(line: str) -> bool:
    """Tell whether a line has words that are no hashtags."""
    return _TOKEN.search(line) is not None and not ("#" in line and _HASHTAGS_ONLY.fullmatch(line))


def _without_head(lines: list[str]) -> list[str]:
    start = 0
    while start < len(lines) - 1 and _FORWARD.match(lines[start]) and _length(lines[start]) <= _MOST_CHROME_WORDS:
        start += 1
    kept = lines[start:]
    if kept:
        first = kept[0]
        for lead in (_LEADING_HASHTAGS, _CALL, _CALL):
            found = lead.match(first)
            if found and _TOKEN.search(first, found.end()):
                first = first[found.end() :]
        kept[0] = first
        if len(kept) > 1 and _CALL.fullmatch(f"{first} : "):
            kept = kept[1:]
    return kept


def _without_tail(lines: list[str]) -> tuple[list[str], bool]:
    """Drop what follows the text; tell whether the text breaks off before it."""
    kept = list(lines)
    while len(kept) > 1 and _is_chrome(kept[-1]):
        kept.pop()
    if not kept:
        return kept, False
    # the end alone is searched: hostile text would make it take long
    start, end = kept[-1][:-_END], kept[-1][-_END:]
    read_on = _READ_ON.search(end)
    cut = read_on is not None and _TOKEN.search(start + end[: read_on.start()]) is not None
    if read_on and cut:
        # the last sentence may be whole all the same: the words decide
        end = end[: read_on.start()]
    if "#" in end:
        end = _TRAILING_HASHTAGS.sub("", end)
    ellipsis = _ELLIPSIS.search(end)
    if ellipsis:
        end = end[: ellipsis.start()]
    return [*kept[:-1], start + end], cut or ellipsis is not None


def _is_chrome(line: str) -> bool:
    if _ELSEWHERE_LINE.match(line) is None:
        return False
    words = [word.casefold() for word in _TOKEN.findall(line)]
    return len(words) <= _MOST_CHROME_WORDS and not any(is_figure(word) for word in words)


def _length(line: str) -> int:
    return len(_TOKEN.findall(line))


def _joined_number(found: re.Match[str]) -> str:
    return re.sub(r"\D", "", found[0])


def _plain_word(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", ".").replace(":", ".")
    return word.casefold()
