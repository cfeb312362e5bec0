"""Archives that WordPress made, whatever the theme: their posts, and nothing of what stands around them."""

from datetime import UTC, datetime

import pytest

from worker.core.models import Post, Refusal, RefusalReason, Snapshot
from worker.core.parse import detect, parse

HERE = "https://estria.example/category/news/"


def page(
    *posts: str, body: str = "archive category category-news category-3", head: str = "", after: str = ""
) -> bytes:
    """Return a page of a made-up ministry with these posts on it."""
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Nouvelles – Estria</title>{head}</head>'
        f'<body class="{body}"><header><h1>Estria</h1><nav><a href="/">Accueil</a></nav></header>'
        f"<main>{''.join(posts)}</main>{after}"
        '<aside class="widget-area"><ul><li class="post-9 hentry"><h3>Dans la marge</h3></li></ul></aside>'
        '<footer><article class="post-8 hentry"><h2>En bas</h2></article></footer></body></html>'
    ).encode()


CLASSIC = """
<article id="post-308" class="post-308 post type-post status-publish format-standard hentry category-news">
  <header class="entry-header">
    <h2 class="entry-title"><a href="/2026/03/quota/?utm_source=rss" rel="bookmark">Le quota est fixé</a></h2>
    <div class="entry-meta">Publié le <time class="entry-date published" datetime="2026-03-02T11:00:00+01:00">2 mars
      2026</time><time class="updated" datetime="2026-03-04T11:00:00+01:00">4 mars 2026</time> par
      <span class="author vcard"><a class="url fn n" href="/author/noe/">Noé</a></span></div>
  </header>
  <div class="entry-summary"><p>La Commission a fixé le <a href="/quota.pdf">quota</a>.
    <a class="more-link" href="/2026/03/quota/">Lire la suite</a></p></div>
  <footer class="entry-footer"><span class="cat-links">Nouvelles</span> 12 commentaires</footer>
</article>"""

BLOCK = """
<ul class="wp-block-post-template"><li class="wp-block-post post-309 post type-post status-publish hentry">
  <h2 class="wp-block-post-title"><a href="https://estria.example/tide/">Tide tables</a></h2>
  <div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">New tables are out.</p></div>
  <div class="wp-block-post-date"><time datetime="2026-03-03">March 3, 2026</time></div>
</li></ul>"""

UNKNOWN_THEME = """
<div class="card post-310 post type-post hentry"><h3>Порт закрыт</h3><span class="date">3 марта 2026 г.</span>
  <div class="inner"><span class="label">Новости</span><p>Порт закрыт до <b>утра</b>.</p><p>Паромы стоят.</p></div>
  <div class="related-posts"><article class="post-5 hentry"><h4>Другое</h4><p>Не это.</p></article></div></div>"""

TITLE_ONLY = (
    '<article class="post-311 post type-post hentry"><h2><a href="https://other.example/x">Ebb</a></h2></article>'
)

NO_NUMBER = '<div class="hentry"><a class="entry-title" rel="bookmark" href="/ebb?fbclid=1&amp;n=2">Ebb</a></div>'


def read(body: bytes, url: str | None = HERE) -> Snapshot:
    snapshot = parse(body, url=url)
    assert isinstance(snapshot, Snapshot), snapshot
    assert snapshot.format == "webpage"
    return snapshot


def test_reads_a_classic_theme() -> None:
    assert read(page(CLASSIC)) == Snapshot(
        format="webpage",
        posts=(
            Post(
                text="Le quota est fixé\n\nLa Commission a fixé le quota.",
                id="308",
                url="https://estria.example/2026/03/quota/",
                published_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
                author="Noé",
                links=("https://estria.example/quota.pdf",),
            ),
        ),
        title="Nouvelles – Estria",
    )


def test_reads_a_theme_of_blocks() -> None:
    (post,) = read(page(BLOCK)).posts
    assert (post.id, post.text) == ("309", "Tide tables\n\nNew tables are out.")
    assert post.published_at == datetime(2026, 3, 3, tzinfo=UTC)


def test_reads_the_paragraphs_where_a_theme_names_no_text() -> None:
    (post,) = read(page(UNKNOWN_THEME)).posts
    assert (post.id, post.text) == ("310", "Порт закрыт\n\nПорт закрыт до утра.\n\nПаромы стоят.")
    assert post.published_at == datetime(2026, 3, 3, tzinfo=UTC)


def test_a_list_of_titles_has_titles_for_texts_and_may_lead_elsewhere() -> None:
    (post,) = read(page(TITLE_ONLY)).posts
    assert (post.id, post.text, post.url, post.published_at) == ("311", "Ebb", "https://other.example/x", None)


def test_a_post_without_a_number_is_known_by_its_address() -> None:
    (post,) = read(page(NO_NUMBER)).posts
    assert (post.id, post.url) == ("https://estria.example/ebb?n=2", "https://estria.example/ebb?n=2")
    (post,) = read(page(NO_NUMBER), url=None).posts
    assert (post.id, post.text) == (None, "Ebb")


def test_a_post_that_stands_there_twice_is_one_with_its_fuller_text() -> None:
    slider = '<article class="post-308 post hentry"><h2>Le quota est fixé</h2></article>'
    posts = read(page(slider, BLOCK, CLASSIC)).posts
    assert [post.id for post in posts] == ["308", "309"]
    assert posts[0].text.endswith("le quota.")


def test_lists_of_elementor_beside_its_archive_are_passed_over() -> None:
    archive = f'<div class="elementor-widget elementor-widget-archive-posts">{CLASSIC}</div>'
    beside = f'<div class="elementor-widget elementor-widget-posts">{TITLE_ONLY}</div>'
    assert [post.id for post in read(page(archive, beside)).posts] == ["308"]
    assert [post.id for post in read(page(beside)).posts] == ["311"]


def test_the_page_of_one_post_has_one_post() -> None:
    assert [post.id for post in read(page(CLASSIC, TITLE_ONLY, body="single single-post postid-308")).posts] == ["308"]


def test_addresses_start_where_the_page_says() -> None:
    canonical = '<link rel="canonical" href="https://estria.example/category/news/">'
    assert read(page(CLASSIC, head=canonical), url=None).posts[0].url == "https://estria.example/2026/03/quota/"
    moved = '<base href="https://mirror.example/">'
    assert read(page(CLASSIC, head=moved)).posts[0].url == "https://mirror.example/2026/03/quota/"
    assert read(page(CLASSIC), url=None).posts[0].url is None


NAVIGATION = (
    '<div class="nav-links"><a class="page-numbers" href="/category/news/">1</a><span class="current">2</span>'
    '<a class="page-numbers" href="/category/news/page/3/">3</a><a class="next page-numbers" '
    'href="/category/news/page/3/">Suivant</a></div>'
)
OLDER_IS_PREVIOUS = (
    '<nav class="navigation"><div class="nav-previous"><a href="/page/3/">Older</a></div>'
    '<div class="nav-next"><a href="/page/1/">Newer</a></div></nav>'
)
PAGED = "archive category paged category-news paged-2"


@pytest.mark.parametrize(
    ("body", "after", "older"),
    [
        (PAGED, NAVIGATION, f"{HERE}page/3/"),
        ("archive", NAVIGATION.replace("/page/3/", "/page/2/"), f"{HERE}page/2/"),
        # the themes that call the older page the previous one, and those that call it the next
        (
            PAGED,
            OLDER_IS_PREVIOUS,
            "https://estria.example/page/3/",
        ),
        (
            PAGED,
            '<div class="navigation"><a class="prev" href="../../">Newer</a><a href="../3/index.html">Older</a></div>',
            "https://estria.example/category/3/index.html",
        ),
        # the last page
        (PAGED, '<div class="nav-links"><a href="/category/news/page/1/">1</a></div>', None),
        (PAGED, '<i class="e-load-more-anchor" data-page="2" data-max-page="2" data-next-page="/page/3/"></i>', None),
        (PAGED, '<i class="e-load-more-anchor" data-page="2" data-max-page="3" data-next-page="/page/3/"></i>',
         "https://estria.example/page/3/"),
        ("archive", '<a rel="next" href="/news?from=20">Suite</a>', "https://estria.example/news?from=20"),
        ("archive", "", None),
    ],
)  # fmt: skip
def test_names_the_next_older_page_by_its_number(body: str, after: str, older: str | None) -> None:
    assert read(page(CLASSIC, body=body, after=after)).older == older


def test_the_number_of_the_page_stands_in_its_address_too() -> None:
    body = page(CLASSIC, body="archive", after=NAVIGATION)
    assert read(body, f"{HERE}page/2/").older == f"{HERE}page/3/"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("News &#8211; Page 2 &#8211; Estria", "News – Estria"),
        ("News Archives - Page 2 of 4 - Estria", "News Archives - Estria"),
        ("Новости | Страница 3 из 7 | Эстрия", "Новости | Эстрия"),
        ("Page 4 – Estria", "Estria"),
        ("Page", "Page"),
    ],
)
def test_all_pages_of_an_archive_have_one_title(title: str, name: str) -> None:
    body = page(CLASSIC).replace("Nouvelles – Estria".encode(), title.encode())
    assert read(body).title == name


def test_names_where_the_posts_may_be_read_more_exactly() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
        '<link rel="alternate" type="application/rss+xml" href="/category/news/feed/">'
        '<link rel="alternate" type="application/json+oembed" href="/oembed">'
        '<link rel="https://api.w.org/" href="https://estria.example/wp-json/">'
    )
    assert read(page(CLASSIC, head=head)).better_sources == (
        "https://estria.example/wp-json/wp/v2/posts?per_page=50&_embed=author&categories=3",
        "https://estria.example/category/news/feed/",
        "https://estria.example/feed/",
    )


def test_absence_from_a_page_proves_nothing() -> None:
    assert read(page(CLASSIC)).coverage is None


def test_an_archive_that_says_it_is_empty_is_empty() -> None:
    assert read(page('<section class="no-results not-found"><h1>Rien</h1></section>')).posts == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (page("<div><h2>Le quota</h2></div>"), RefusalReason.CHANGED_LAYOUT),
        (page("<h1>Introuvable</h1>", body="error404"), RefusalReason.NOT_FOUND),
        (page(CLASSIC)[:-30], RefusalReason.TRUNCATED),
        (page(CLASSIC)[:900], RefusalReason.TRUNCATED),
    ],
)
def test_a_page_without_its_posts_is_no_empty_channel(body: bytes, reason: RefusalReason) -> None:
    assert detect(body) == "webpage"
    refusal = parse(body, url=HERE)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


def test_a_piece_of_a_page_is_read_too() -> None:
    assert [post.id for post in read((CLASSIC + BLOCK).encode()).posts] == ["308", "309"]
