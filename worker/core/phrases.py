"""The fixed texts of messages in English, French and Russian, with their plural and date rules.

A phrase is a string, or a tuple of plural forms. Knows nothing of layout and escapes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

Forms = str | tuple[str, ...]

_PLURALS: Mapping[str, Callable[[int], int]] = {
    # Unicode CLDR plural rules, for whole numbers
    "en": lambda n: int(n != 1),
    "fr": lambda n: int(n >= 2),
    "ru": lambda n: 0 if n % 10 == 1 and n % 100 != 11 else 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2,
}

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "ru": ("янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."),
}

_ENGLISH: Mapping[str, Forms] = {
    "subject": "Watchword: {found} - {day}",
    "nothing": "nothing found",
    "nothing_long": "Nothing was found for your watchlists in this period.",
    "blind": "no channel checked",
    "blind_long": "None of your channels could be read in this period, so it is not known what they published.",
    "title": ("{n} change", "{n} changes"),
    "period": "{since} – {until}",
    "coverage": ("{checked} of {n} channel checked", "{checked} of {n} channels checked"),
    "failing": "Not checked: {names}",
    "gap": "{channel}: posts between {since} and {until} may have been missed",
    "gap_at_most": (
        "{channel}: at most {n} post between {since} and {until} may have been missed",
        "{channel}: up to {n} posts between {since} and {until} may have been missed",
    ),
    "count_new": ("{n} new", "{n} new"),
    "count_edited": ("{n} edit", "{n} edits"),
    "count_deleted": ("{n} deletion", "{n} deletions"),
    "count_restored": ("{n} restored", "{n} restored"),
    "new": "new",
    "edited": "edited",
    "deleted": "deleted",
    "restored": "restored",
    "seen": "seen {when}",
    "gained": "now mentions {names}",
    "lost": "no longer mentions {names}",
    "between": "between {since} and {until}",
    "reverted": "The text before this edit is back.",
    "grade_cosmetic": "appearance only",
    "grade_minor": "minor",
    "forwarded": "Forwarded from {name}",
    "also": "Also in",
    "also_more": ("and in {n} more channel", "and in {n} more channels"),
    "original": "Open the post",
    "cut": "shortened here",
    "shown_under": "under {watchlist}",
    "references": "Shown above",
    "other": "Other changes",
    "omitted": ("and {n} earlier change, not shown here", "and {n} earlier changes, not shown here"),
    "shortened": "This digest was shortened to fit a mail. The attached text file says more.",
    "no_text": "no text",
    "times": "All times are {timezone} time.",
    "why": "Sent to {recipient} by Watchword.",
    "state_ok": "{title} works again",
    "state_quiet": "{title} has gone quiet",
    "state_failing": "{title} cannot be read",
    "state_changed_layout": "{title} has changed its layout",
    "state_no_preview": "{title} has no public preview",
    "state_gone": "{title} is gone",
    "state_last_good": "The last good check was at {when}.",
    "state_good_before": "The good check before was at {when}.",
    "state_no_good": "There has been no good check yet.",
    "state_error": "This is what happened:",
    "state_goes_on": "It is asked again, less and less often. There will be one message when it works again.",
    "held": "{title}: changes wait for you",
    "held_found": "One check found {new} new and {edited} edited posts, far more than is usual here. They are "
    "stored, but nobody has been told.",
    "held_deleted": ("{n} post has vanished.", "{n} posts have vanished at once: perhaps the source is broken."),
    "held_approve": "To tell them after all:",
    "held_rebaseline": "To take them for the new normal and tell nobody:",
    "moved": "{title} has moved",
    "moved_to": "The server says that {old} has moved for good. It is now:",
    "moved_correct": "Change the address in the configuration. Until then it is read there all the same.",
}

_FRENCH: Mapping[str, Forms] = {
    "subject": "Watchword : {found} - {day}",
    "nothing": "rien trouvé",
    "nothing_long": "Rien n’a été trouvé pour vos listes de veille pendant cette période.",
    "blind": "aucun canal vérifié",
    "blind_long": "Aucun de vos canaux n’a pu être lu pendant cette période : on ignore ce qu’ils ont publié.",
    "title": ("{n} changement", "{n} changements"),
    "period": "{since} – {until}",
    "coverage": ("{checked} canal sur {n} vérifié", "{checked} canaux sur {n} vérifiés"),
    "failing": "Non vérifiés : {names}",
    "gap": "{channel} : des publications entre le {since} et le {until} ont pu être manquées",
    "gap_at_most": (
        "{channel} : au plus {n} publication entre le {since} et le {until} a pu être manquée",
        "{channel} : jusqu’à {n} publications entre le {since} et le {until} ont pu être manquées",
    ),
    "count_new": ("{n} nouveau", "{n} nouveaux"),
    "count_edited": ("{n} modification", "{n} modifications"),
    "count_deleted": ("{n} suppression", "{n} suppressions"),
    "count_restored": ("{n} rétabli", "{n} rétablis"),
    "new": "nouveau",
    "edited": "modifié",
    "deleted": "supprimé",
    "restored": "rétabli",
    "seen": "vu le {when}",
    "gained": "mentionne désormais {names}",
    "lost": "ne mentionne plus {names}",
    "between": "entre {since} et {until}",
    "reverted": "Le texte d’avant cette modification est revenu.",
    "grade_cosmetic": "forme seule",
    "grade_minor": "mineure",
    "forwarded": "Transféré de {name}",
    "also": "Aussi dans",
    "also_more": ("et dans {n} autre canal", "et dans {n} autres canaux"),
    "original": "Ouvrir la publication",
    "cut": "abrégé ici",
    "shown_under": "sous {watchlist}",
    "references": "Affichés plus haut",
    "other": "Autres changements",
    "omitted": (
        "et {n} changement antérieur, non affiché ici",
        "et {n} changements antérieurs, non affichés ici",
    ),
    "shortened": "Ce bulletin a été abrégé pour tenir dans un message. Le fichier texte joint en dit plus.",
    "no_text": "sans texte",
    "times": "Toutes les heures sont à l’heure de {timezone}.",
    "why": "Envoyé à {recipient} par Watchword.",
    "state_ok": "{title} répond de nouveau",
    "state_quiet": "{title} est devenu silencieux",
    "state_failing": "{title} ne peut pas être lu",
    "state_changed_layout": "{title} a changé de mise en page",
    "state_no_preview": "{title} n’a pas d’aperçu public",
    "state_gone": "{title} a disparu",
    "state_last_good": "Le dernier contrôle réussi date du {when}.",
    "state_good_before": "Le contrôle réussi précédent date du {when}.",
    "state_no_good": "Aucun contrôle n’a encore réussi.",
    "state_error": "Voici ce qui s’est passé :",
    "state_goes_on": "Il est consulté de moins en moins souvent. Un message suivra quand il répondra de nouveau.",
    "held": "{title} : des changements vous attendent",
    "held_found": "Un contrôle a trouvé {new} nouvelles publications et {edited} modifiées, bien plus que d’habitude. "
    "Elles sont enregistrées, mais personne n’a été prévenu.",
    "held_deleted": (
        "{n} publication a disparu.",
        "{n} publications ont disparu d’un coup : la source est peut-être en panne.",
    ),
    "held_approve": "Pour les annoncer quand même :",
    "held_rebaseline": "Pour en faire le nouvel état normal sans prévenir personne :",
    "moved": "{title} a déménagé",
    "moved_to": "Le serveur indique que {old} a changé d’adresse pour de bon. La nouvelle est :",
    "moved_correct": "Corrigez l’adresse dans la configuration. D’ici là, le canal est lu quand même.",
}

_RUSSIAN: Mapping[str, Forms] = {
    "subject": "Watchword: {found} - {day}",
    "nothing": "ничего не найдено",
    "nothing_long": "За этот период по вашим спискам ничего не найдено.",
    "blind": "каналы не проверены",
    "blind_long": "За этот период не удалось прочитать ни один из ваших каналов: что в них вышло, неизвестно.",
    "title": ("{n} изменение", "{n} изменения", "{n} изменений"),
    "period": "{since} – {until}",
    "coverage": (
        "Проверено каналов: {checked} из {n}",
        "Проверено каналов: {checked} из {n}",
        "Проверено каналов: {checked} из {n}",
    ),
    "failing": "Не проверены: {names}",
    "gap": "{channel}: сообщения между {since} и {until} могли быть пропущены",
    "gap_at_most": (
        "{channel}: между {since} и {until} могло быть пропущено до {n} сообщения",
        "{channel}: между {since} и {until} могло быть пропущено до {n} сообщений",
        "{channel}: между {since} и {until} могло быть пропущено до {n} сообщений",
    ),
    "count_new": ("{n} новое", "{n} новых", "{n} новых"),
    "count_edited": ("{n} правка", "{n} правки", "{n} правок"),
    "count_deleted": ("{n} удаление", "{n} удаления", "{n} удалений"),
    "count_restored": ("{n} восстановлено", "{n} восстановлено", "{n} восстановлено"),
    "new": "новое",
    "edited": "изменено",
    "deleted": "удалено",
    "restored": "восстановлено",
    "seen": "замечено {when}",
    "gained": "теперь упоминает {names}",
    "lost": "больше не упоминает {names}",
    "between": "между {since} и {until}",
    "reverted": "Текст до этой правки вернулся.",
    "grade_cosmetic": "только оформление",
    "grade_minor": "небольшая правка",
    "forwarded": "Переслано из {name}",
    "also": "Также в",
    "also_more": ("и ещё в {n} канале", "и ещё в {n} каналах", "и ещё в {n} каналах"),
    "original": "Открыть сообщение",
    "cut": "сокращено",
    "shown_under": "в разделе {watchlist}",
    "references": "Показаны выше",
    "other": "Другие изменения",
    "omitted": (
        "и ещё {n} более раннее изменение, здесь не показано",
        "и ещё {n} более ранних изменения, здесь не показаны",
        "и ещё {n} более ранних изменений, здесь не показаны",
    ),
    "shortened": "Дайджест сокращён, чтобы уместиться в письмо. Подробнее – в приложенном текстовом файле.",
    "no_text": "без текста",
    "times": "Время указано по часовому поясу {timezone}.",
    "why": "Отправлено для {recipient} программой Watchword.",
    "state_ok": "{title}: снова работает",
    "state_quiet": "{title}: давно нет новых публикаций",
    "state_failing": "{title}: не удаётся прочитать",
    "state_changed_layout": "{title}: изменилась разметка страницы",
    "state_no_preview": "{title}: нет открытого просмотра",
    "state_gone": "{title}: больше не существует",
    "state_last_good": "Последняя удачная проверка: {when}.",
    "state_good_before": "Предыдущая удачная проверка: {when}.",
    "state_no_good": "Удачных проверок ещё не было.",
    "state_error": "Что произошло:",
    "state_goes_on": "Проверки продолжаются, но всё реже. Когда канал заработает, придёт одно сообщение.",
    "held": "{title}: изменения ждут вашего решения",
    "held_found": "За одну проверку найдено новых публикаций: {new}, изменённых: {edited}. Это намного больше "
    "обычного. Они сохранены, но никому не отправлены.",
    "held_deleted": (
        "Исчезла {n} публикация.",
        "Сразу исчезли {n} публикации: возможно, источник неисправен.",
        "Сразу исчезло {n} публикаций: возможно, источник неисправен.",
    ),
    "held_approve": "Всё же отправить:",
    "held_rebaseline": "Считать новой нормой и никому не отправлять:",
    "moved": "{title}: новый адрес",
    "moved_to": "Сервер сообщает, что {old} навсегда сменил адрес. Новый адрес:",
    "moved_correct": "Исправьте адрес в конфигурации. До тех пор канал всё равно читается.",
}

#: kinds of `worker.core.models.Media`; other kinds are shown as they are called there
_MEDIA: Mapping[str, tuple[str, str, str]] = {
    "photo": ("photo", "photo", "фото"),
    "video": ("video", "vidéo", "видео"),
    "video_too_big": ("video", "vidéo", "видео"),
    "animation": ("animation", "animation", "анимация"),
    "round_video": ("video message", "message vidéo", "видеосообщение"),
    "voice": ("voice message", "message vocal", "голосовое сообщение"),
    "audio": ("audio", "audio", "аудио"),
    "document": ("document", "document", "документ"),
    "sticker": ("sticker", "autocollant", "стикер"),
    "poll": ("poll", "sondage", "опрос"),
    "location": ("place", "lieu", "место"),
    "contact": ("contact", "contact", "контакт"),
}

_PHRASES = {"en": _ENGLISH, "fr": _FRENCH, "ru": _RUSSIAN}
#: the languages of the fixed texts; others are answered in English
LANGUAGES = tuple(_PHRASES)


class Phrases:
    """The fixed texts in one language; English if there are none in `language`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in _PHRASES else "en"
        self._forms = _PHRASES[self.language]

    def __call__(self, key: str, /, n: int | None = None, **names: object) -> str:
        """Return a phrase with its gaps filled; `n` chooses the plural form.

        Raises:
            KeyError: there is no such phrase, or a gap is left open.
        """
        forms = self._forms[key]
        if not isinstance(forms, str):
            forms = forms[_PLURALS[self.language](n or 0)]
        return forms.format(n=n, **names)

    def media(self, kind: str) -> str:
        """Return the name of a kind of attachment."""
        known = _MEDIA.get(kind)
        return kind.replace("_", " ") if known is None else known[LANGUAGES.index(self.language)]

    def day(self, at: datetime) -> str:
        """Return the day, as in ``21 Nov``."""
        return f"{at.day} {_MONTHS[self.language][at.month - 1]}"

    def moment(self, at: datetime) -> str:
        """Return day and time, as in ``21 Nov 2026, 07:30``."""
        return f"{self.day(at)} {at.year}, {at:%H:%M}"
