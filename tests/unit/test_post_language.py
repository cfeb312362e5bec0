"""The language of a post: known where the text shows it, None where it does not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.post_language import detect

TEXTS = [
    ("en", "The harbour office of Selmouth has opened a new pier for the grain ships."),
    ("en", "Minister: we will not raise the fees at the port."),
    ("en", "BRICS: the statement of the ministers is here https://example.org/les-des-une"),
    ("fr", "Le ministère des ports a annoncé une réunion avec les capitaines."),
    ("fr", "La ministre est arrivée à Selmouth pour l’ouverture du quai."),
    ("ru", "Министерство портов сообщило, что новый причал будет открыт в марте."),
    ("ru", "Объявлены даты съезда"),
    ("ru", "Новый причал уже открыт"),
    ("kk", "Порт министрлігі жаңа айлақтың наурызда ашылатынын хабарлады."),
    ("uk", "Міністерство портів повідомило, що новий причал відкриють у березні."),
    ("be", "Міністэрства партоў паведаміла, што новы прычал будзе адкрыты ў сакавіку."),
    ("es", "El ministerio de los puertos ha anunciado una reunión con los capitanes."),
    ("de", "Das Hafenamt hat den neuen Kai für die Getreideschiffe eröffnet."),
    ("it", "Il ministero dei porti ha annunciato una riunione con i capitani della flotta."),
    ("pt", "O ministério dos portos anunciou uma reunião com os capitães da frota."),
    ("ar", "أعلنت وزارة الموانئ عن افتتاح رصيف جديد في المدينة."),
    ("fa", "وزارت بنادر اعلام کرد که این اسکله برای کشتی‌ها است."),
    ("zh", "港口部宣布新码头将于三月开放。"),
    ("ja", "港湾省は新しい埠頭を三月に開くと発表した。"),
    ("ko", "항만부는 새 부두를 삼월에 연다고 발표했다."),
    ("el", "Το υπουργείο λιμένων ανακοίνωσε τη νέα προβλήτα."),
]
SENTENCES = [
    tuple(line.split(" | ", 1))
    for line in (Path(__file__).parents[1] / "data" / "languages.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
UNKNOWN = ["", "   ", "12.03.2026", "🚢🚢", "#BRICS", "https://example.org/the-of-and", "Selmouth", "Порт"]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_the_language_is_known(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", UNKNOWN)
def test_too_little_proves_nothing(text: str) -> None:
    assert detect(text) is None


def test_a_text_in_two_scripts_has_no_language() -> None:
    assert detect("Новый причал открыт для всех. The new pier is open to all of the ships.") is None


def test_of_many_sentences_none_is_taken_for_another_language() -> None:
    assert len(SENTENCES) > 250
    assert [
        (language, detect(text), text) for language, text in SENTENCES if detect(text) not in (None, language)
    ] == []


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_sentences_that_are_not_short_are_known(language: str) -> None:
    answers = [detect(text) for code, text in SENTENCES if code == language and len(text) > 60]
    assert answers.count(language) >= 0.95 * len(answers) >= 19


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_a_long_post_is_known_by_a_part_of_it(language: str) -> None:
    post = "\n".join(text for code, text in SENTENCES if code == language)
    assert detect(post) == language
    assert detect("https://example.org/le-la-les @le_la #или\n" * 2 + post) == language


def test_a_long_post_in_two_languages_has_none() -> None:
    english, russian = ("\n".join(text for code, text in SENTENCES if code == one)[:900] for one in ("en", "ru"))
    assert detect(english + "\n" + russian) is None
    assert detect(russian + "\n" + english) is None


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert detect(text) is None or len(detect(text) or "") == 2
