"""Plain-text dumps: the posts that each maker's shape tells apart. Every dump here is invented."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.core.parse import plain_text


def texts(dump: str) -> list[str]:
    return [post.text for post in plain_text.parse(dump.encode()).posts]


def doubled(*lines: str) -> str:
    """Print a post as old extractors do: the first line once, the rest twice."""
    return "\n".join([lines[0], *lines[1:], *lines[1:]])


TIDE = ("🌊 The tide office has published its calendar.", "It runs to forty pages.", "#Tides")
GARE = ("La gare de Brume rouvre lundi", "Les trains du matin circulent.", "Les billets restent valables.")
PORT = ("⚓️ В порту открыли новый причал", "Первый паром пришёл в полдень.", "«Мы долго ждали», – сказал капитан.")

# --------------------------------------------------------------------------- bodies printed twice


def test_doubled_bodies_are_read_once() -> None:
    dump = "\n".join(doubled(*post) for post in (TIDE, GARE, PORT))
    assert texts(dump) == ["\n".join(post) for post in (TIDE, GARE, PORT)]


@pytest.mark.parametrize(
    ("dump", "expected"),
    [
        pytest.param(
            ["Title", "one", "three", "one", "“A quote.”", "three"],
            ["Title\none\n“A quote.”\nthree"],
            id="a quote only in the second copy",
        ),
        pytest.param(
            ["Title", "one", "two words", "three", "four", "one", "three", "four"],
            ["Title\none\ntwo words\nthree\nfour"],
            id="a line only in the first copy",
        ),
        pytest.param(
            ["Title", "two", "three", "“A quote.”", "two", "three"],
            ["Title\n“A quote.”\ntwo\nthree"],
            id="a quote that opens the second copy",
        ),
        pytest.param(
            ["Title", "one", "two", "#Tides", "one", "two"],
            ["Title\none\ntwo\n#Tides"],
            id="hashtags that close the first copy",
        ),
        pytest.param(
            ["Title", "The minister met the press", "two", "three", "The minister met  the press.", "two", "three"],
            ["Title\nThe minister met the press\ntwo\nthree"],
            id="copies that differ in punctuation",
        ),
        pytest.param(
            ["Title", "The minister met the press today", "two", "The minister met the pres today", "two"],
            ["Title\nThe minister met the pres today\ntwo"],
            id="copies that differ in a letter",
        ),
        pytest.param(
            ["Title", "#Tides", "one", "#Tides", "#Tides", "one", "#Tides"],
            ["Title\n#Tides\none\n#Tides"],
            id="smaller repeats inside the body",
        ),
        pytest.param(
            ["A lone post.", "Title", "one", "two", "one", "two", "Another lone post."],
            ["A lone post.", "Title\none\ntwo", "Another lone post."],
            id="the line above the first copy is the first line",
        ),
        pytest.param(
            [
                "Title",
                "one",
                "one",
                "🔵 Live: the council of the harbour meets",
                "🔵 Radio",
                "🔵 Site",
                "N",
                "two",
                "two",
            ],
            ["Title\none", "🔵 Live: the council of the harbour meets\n🔵 Radio\n🔵 Site", "N\ntwo"],
            id="a list of links is printed once",
        ),
        pytest.param(
            ["Title", "one", "Watch on:", "one", "Watch on:", "🔵 Radio", "🔵 Site", "Next", "two", "two"],
            ["Title\none\nWatch on:\n🔵 Radio\n🔵 Site", "Next\ntwo"],
            id="a list of links below a doubled body",
        ),
        pytest.param(
            ["🔵 Live: morning", "🔵 Radio", "🔵 Site", "🔵 Live: noon", "🔵 Radio", "🔵 Site", "Next", "two", "two"],
            ["🔵 Live: morning\n🔵 Radio\n🔵 Site\n🔵 Live: noon\n🔵 Radio\n🔵 Site", "Next\ntwo"],
            id="two equal lists are not two copies",
        ),
        pytest.param(
            ["Title", "one", "one", "YouTube", "A film of the tide", "Twenty minutes", "Next", "two", "two"],
            ["Title\none", "Next\ntwo"],
            id="a link preview is no text",
        ),
        pytest.param(
            ["Title", "He said:", "He said:", "“We waited.”", "Next", "two", "two"],
            ["Title\nHe said:\n“We waited.”", "Next\ntwo"],
            id="a quote that closes the second copy",
        ),
    ],
)
def test_copies_are_merged(dump: Sequence[str], expected: list[str]) -> None:
    assert texts("\n".join(dump)) == expected


def test_bodies_printed_once_are_cut_at_titles() -> None:
    dump = "\n".join(
        [
            *("The ferry to Brume is back", "It sails at noon.", "Tickets are cheap."),
            *("Порт открывает новый причал", "Паром пришёл в полдень.", "Все довольны."),
        ]
    )
    assert texts(dump) == [
        "The ferry to Brume is back\nIt sails at noon.\nTickets are cheap.",
        "Порт открывает новый причал\nПаром пришёл в полдень.\nВсе довольны.",
    ]


# --------------------------------------------------------------------------- the layout kept

HEADER = (
    "Harbour office ⚓️\n5.3K subscribers\n16 photos\n3 links\nNews from the quay\n\nрусский - @x\nDownload Telegram\n"
)


def test_the_header_is_dropped_and_names_the_channel() -> None:
    snapshot = plain_text.parse((HEADER + "The quay is wet.\n\nMind the step.\nThe quay is dry.\n\nRun.").encode())
    assert snapshot.title == "Harbour office ⚓️"
    assert [post.text for post in snapshot.posts] == ["The quay is wet.\nMind the step.", "The quay is dry.\nRun."]


@pytest.mark.parametrize(
    ("above", "below", "together"),
    [
        pytest.param("It rained.", "The sun is back.", False, id="two sentences"),
        pytest.param("It was agreed:", "To meet again.", True, id="a colon leads on"),
        pytest.param("to meet;", "To part.", True, id="a semicolon leads on"),
        pytest.param("The gate opens into a more", "modest yard.", True, id="a line in lower case goes on"),
        pytest.param("• Tea", "• Coffee", True, id="bullets"),
        pytest.param("1. Чай", "2. Кофе", True, id="numbers"),
        pytest.param("🟣 Le thé.", "🟣 Le café.", True, id="the same pictograph"),
        pytest.param("🟣 Le thé.", "⚓️ Le port.", False, id="different pictographs"),
        pytest.param("🇫🇷 France sends tea.", "🇮🇹 Italy sends coffee.", True, id="a list of countries"),
        pytest.param("🇫🇷 France sends tea.", "🇮🇹🇫🇷 The ministers of both met.", False, id="two flags open a post"),
        pytest.param("Tel.: 12 34", "Fax: 12 35", True, id="fields"),
        pytest.param("📅 12 May", "📍 Brume", True, id="date and place"),
        pytest.param("It rained.", "#Rain #Tides", False, id="hashtags above paragraphs open a post"),
    ],
)
def test_lines_without_a_blank_line_between(above: str, below: str, together: bool) -> None:
    first, last = "The opening paragraph ends here.", "The closing paragraph ends here."
    expected = [f"{first}\n{above}\n{below}\n{last}"] if together else [f"{first}\n{above}", f"{below}\n{last}"]
    assert texts(f"{first}\n\n{above}\n{below}\n\n{last}") == expected


def test_hashtags_at_the_end_belong_to_the_post_above() -> None:
    assert texts("One.\n\nTwo.\n#Rain #Tides\nThree.\n\nFour.") == ["One.\nTwo.\n#Rain #Tides", "Three.\nFour."]


def test_a_long_title_between_paragraphs_opens_a_post() -> None:
    title = "Le port de Brume et la gare du Nord : une alliance pour les voyageurs pressés"
    dump = f"Forwarded from Gare\nUn billet.\n\nIl finit ici.\n\n{title}\n\n👉 Les détails suivent.\n\n👉 Et la fin."
    assert texts(dump) == ["Un billet.\nIl finit ici.", f"{title}\n👉 Les détails suivent.\n👉 Et la fin."]


@pytest.mark.parametrize(
    "line", ["Key points of the day", "(From the weekly talk of the harbour master in Brume, 12 May)"]
)
def test_a_subheading_or_a_remark_opens_no_post(line: str) -> None:
    assert len(texts(f"One.\n\nTwo.\n\n{line}\n\nThree.\nFour.\n\nFive.")) == 2


def test_another_language_below_a_forward_opens_a_post() -> None:
    english = "The council of the harbour has met in the hall of the old quay and it was a long night for all of them."
    french = (
        "Le conseil du port est réuni dans la salle du vieux quai et la nuit est longue pour les membres du bureau."
    )
    dump = f"Forwarded from Quay\n{english}\n\n{english}\n\n{french}\n\n{french}\nFin.\n\nOui."
    assert texts(dump) == [f"{english}\n{english}", f"{french}\n{french}", "Fin.\nOui."]


def test_the_name_of_the_channel_starts_a_post() -> None:
    dump = HEADER + "Harbour office ⚓️\nOne.\n\nTwo.\n\nHarbour office ⚓️\nThree.\n\nFour."
    assert texts(dump) == ["One.\nTwo.", "Three.\nFour."]


# --------------------------------------------------------------------------- pages with footers


def test_footers_end_posts_whatever_stands_in_them() -> None:
    dump = (
        "Port\n@port\n1.2K members\n5 photos\nPort\n1.2K members\n"
        "  Port\n  One.\n  Two.\n\n  Three.\n   👍 10 ❤ 3\n    12.5K views 17:39\n"
        "  Port\n  Forwarded from Quay\n  2:02\n   Media is too big\n   VIEW IN TELEGRAM\n  Four.\n"
        "    1K views edited 17:40\n"
        "  Port\n  Port\n  One.\n  Five.\n  YouTube\n  A film\n  Its story\n    1K views 18:00"
    )
    snapshot = plain_text.parse(dump.encode())
    assert snapshot.title == "Port"
    assert [(post.text, post.forwarded_from) for post in snapshot.posts] == [
        ("One.\nTwo.\nThree.", None),
        ("Four.", "Quay"),
        ("Five.", None),
    ]


def test_runs_of_text_are_put_together_again() -> None:
    dump = "\n".join(
        [
            *("Port – Telegram", "Port", "@port", "1.2K", "members", "5", "photos", "Port", "1.2K members"),
            *("Port", "❗️", "Attention", ", dit", "le capitaine", ".", "Tel.:", "12 34", "👍", "10", "❤", "3"),
            *("505.9K", "views", "17:39"),
            *("Port", "Forwarded from", "Quay", "Четыре.", "1K", "views", "edited", "18:00"),
        ]
    )
    snapshot = plain_text.parse(dump.encode())
    assert snapshot.title == "Port"
    assert [(post.text, post.forwarded_from) for post in snapshot.posts] == [
        ("❗️ Attention, dit le capitaine.\nTel.: 12 34", None),
        ("Четыре.", "Quay"),
    ]


def test_without_a_header_the_author_is_what_stands_below_the_footers() -> None:
    dump = "One.\n1K views 10:00\nPort\nTwo.\n1K views 10:01\nPort\nThree.\n1K views 10:02"
    assert texts(dump) == ["One.", "Two.", "Three."]


# --------------------------------------------------------------------------- category archives

ARCHIVE = """Category Archive : Harbours

The new quay of Brume has opened after ten years, the mayor has said

The quay of Brume was opened on Monday.

“It took its time,” the mayor said.


READ MORE: Ferry to Brume is back

Nothing else happened.

Read more

FILE PHOTO: The mayor.
Mayor promises a second quay

The end of it.

Трамвай вернётся в Брюме к осени, сообщили в мэрии

Трамвай вернётся в сентябре.

ЧИТАЙТЕ ТАКЖЕ: Паром пришёл

Билеты не подорожают.
"""


def test_each_standfirst_opens_an_article_and_pointers_are_dropped() -> None:
    assert texts(ARCHIVE) == [
        "\n".join(
            (
                "The new quay of Brume has opened after ten years, the mayor has said",
                "The quay of Brume was opened on Monday.",
                "“It took its time,” the mayor said.",
                "Nothing else happened.",
                "The end of it.",
            )
        ),
        "Трамвай вернётся в Брюме к осени, сообщили в мэрии\nТрамвай вернётся в сентябре.\nБилеты не подорожают.",
    ]


def test_an_archive_is_known_without_its_heading() -> None:
    whole = texts(ARCHIVE)
    assert texts(ARCHIVE.partition("\n\n")[2]) == whole


@pytest.mark.parametrize(
    "paragraph",
    [
        "A short subheading",
        "The harbour will open again https://port.example/story and stay open",
        "The harbour will open again soon — Port (@port) 12 May 2025",
        "- a point of the list that has no full stop at its end",
        "It lists what the quay has and what the town needs:",
    ],
)
def test_a_paragraph_without_a_full_stop_need_not_be_a_standfirst(paragraph: str) -> None:
    dump = ARCHIVE.replace("Nothing else happened.", paragraph)
    assert len(texts(dump)) == 2


def test_a_byline_belongs_to_its_standfirst() -> None:
    byline = "By Anna Quay, who has written on harbours since her youth"
    dump = ARCHIVE.replace("The quay of Brume was", f"{byline}\n\nThe quay of Brume was")
    assert len(texts(dump)) == 2
    assert byline in texts(dump)[0]


@pytest.mark.parametrize("pointer", ["Read more", "Lire aussi", "Читать далее", "Подробнее:"])
def test_a_single_title_below_a_pointer_is_dropped(pointer: str) -> None:
    dump = ARCHIVE.replace("Nothing else happened.", f"{pointer}\n\nМэр обещает второй причал\n\nLast words.")
    assert "причал" not in "\n".join(texts(dump))
    assert "Last words." in texts(dump)[0]


# --------------------------------------------------------------------------- round trips

_WORDS = {
    "en": "harbour quay ferry council mayor tide gate winter market bridge lantern signal".split(),  # noqa: SIM905
    "fr": "port quai bac conseil maire marée portail hiver marché pont lanterne signal".split(),  # noqa: SIM905
    "ru": "порт причал паром совет мэр прилив ворота зима рынок мост фонарь сигнал".split(),  # noqa: SIM905
}
_MARKS = ("", "⚓️ ", "🎙 ", "❗️", "💬 ")


@st.composite
def _posts(draw: st.DrawFn) -> list[list[str]]:
    """Draw posts as channels write them: a title, paragraphs of their own, sometimes a list, sometimes hashtags."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    number = 0

    def sentence(lang: str, end: str) -> str:
        nonlocal number
        number += 1
        return f"{' '.join(dice.choices(_WORDS[lang], k=dice.randint(5, 14))).capitalize()} {number}{end}"

    posts: list[list[str]] = []
    for _ in range(draw(st.integers(1, 8))):
        lang = dice.choice(list(_WORDS))
        lines = [dice.choice(_MARKS) + sentence(lang, dice.choice(("", ".")))]
        lines += [dice.choice(_MARKS) + sentence(lang, ".") for _ in range(dice.randint(0, 5))]
        if dice.random() < 0.3:
            lines += [f"• {sentence(lang, ';')}" for _ in range(dice.randint(2, 4))] + [sentence(lang, ".")]
        if dice.random() < 0.5:
            lines.append(dice.choice(("#Tides", "#Порт #Été")))
        posts.append(lines)
    return posts


@settings(max_examples=60, deadline=None)
@given(_posts())
def test_posts_survive_being_printed_twice(posts: list[list[str]]) -> None:
    if not any(len(post) > 1 for post in posts):
        return
    dump = "\n".join(f"Forwarded from Port\n{doubled(*post)}" if len(post) == 1 else doubled(*post) for post in posts)
    assert texts(dump) == ["\n".join(post) for post in posts]


@settings(max_examples=60, deadline=None)
@given(_posts(), st.integers(0, 2**32))
def test_posts_survive_lines_lost_from_the_second_copy(posts: list[list[str]], seed: int) -> None:
    dice = random.Random(seed)
    long = [post for post in posts if len(post) >= 5]
    parts: list[str] = []
    for post in long:
        copy = post[1:]
        del copy[dice.randrange(1, len(copy) - 1)]
        parts += [*post, *copy]
    if parts:
        assert texts("\n".join(parts)) == ["\n".join(post) for post in long]


@settings(max_examples=60, deadline=None)
@given(_posts(), st.booleans())
def test_posts_survive_the_layout(posts: list[list[str]], with_header: bool) -> None:
    posts = [post for post in posts if len(post) > 1]
    if not posts:
        return
    # Which pictograph opens a post and which an entry of a list is a matter of meaning: all titles begin with a letter.
    posts = [[f"A {post[0].lstrip('⚓️🎙❗💬 ')}", *post[1:]] for post in posts]
    dump = (HEADER if with_header else "") + "\n".join("\n\n".join(post) for post in posts)
    assert texts(dump) == ["\n".join(post) for post in posts]
