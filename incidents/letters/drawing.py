"""PDF by WeasyPrint: one set of fonts and styles a process, no network, one drawing at a time.

The faces are handed in from the packages the pages use (Battambang for text, Moul for headings, both OFL); nothing else
is ever fetched: neither addresses in a text nor files of the machine. The styles are read once and kept, since reading
the faces takes longer than a letter.
"""

import atexit
import hashlib
import logging
import threading
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

# Family, weight, file within the package.
FACES = (
    ("Battambang", 400, "battambang/files/battambang-khmer-400-normal.woff2"),
    ("Battambang", 700, "battambang/files/battambang-khmer-700-normal.woff2"),
    ("Battambang Latin", 400, "battambang/files/battambang-latin-400-normal.woff2"),
    ("Battambang Latin", 700, "battambang/files/battambang-latin-700-normal.woff2"),
    ("Moul", 400, "moul/files/moul-khmer-400-normal.woff2"),
    ("Moul Latin", 400, "moul/files/moul-latin-400-normal.woff2"),
)
_SCHEME = "face:"
# Pango and fontconfig are not made for several threads at once.
_one_at_a_time = threading.Lock()


@cache
def _fetcher() -> Any:
    """Hands out the faces and images written into the page itself; refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(_SCHEME):
                return URLFetcherResponse(url, _face(url.removeprefix(_SCHEME)), {"Content-Type": "font/woff2"})
            if url.startswith(("data:image/svg+xml", "data:image/png")):
                return super().fetch(url, headers)
            raise ValueError(f"nothing is fetched for a letter: {url[:60]}")

    return Closed(allowed_protocols={"data"})


def _face(name: str) -> bytes:
    if name not in {file for _family, _weight, file in FACES}:
        raise ValueError(f"no face of letters: {name}")
    return (settings.NODE / "@fontsource" / name).read_bytes()


@cache
def _styles() -> tuple[Any, Any]:
    """(fonts, style sheet) of every letter this process draws."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    # It tells every step of every letter.
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    # Its fonts are given back while there is still an interpreter to do so.
    atexit.register(_styles.cache_clear)
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{_SCHEME}{file}"); }}\n'
        for family, weight, file in FACES
    )
    sheet = (Path(settings.BASE_DIR) / "static" / "css" / "paper.css").read_text(encoding="utf-8")
    return fonts, CSS(string=faces + sheet, font_config=fonts, url_fetcher=_fetcher())


def document(html: str) -> Any:
    """WeasyPrint's laid-out document of a page of HTML; for tests that look at its lines, too."""
    from weasyprint import HTML

    fonts, sheet = _styles()
    page = HTML(string=html, url_fetcher=_fetcher(), base_url="letter:/")
    return page.render(font_config=fonts, stylesheets=[sheet])


def pdf(html: str) -> bytes:
    """The PDF of a page of HTML. The same HTML gives the same bytes: its identifier is taken from what it says."""
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    with _one_at_a_time:
        drawn: bytes = document(html).write_pdf(pdf_identifier=identifier)
    return drawn
