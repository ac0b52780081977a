"""A map extract on paper: WeasyPrint sets the text of an SVG letter by letter, which breaks Khmer apart.

So for the PDF the words are taken out of the drawing and laid over it as ordinary text, which is shaped as it should
be. On screen the drawing stays whole: browsers shape it themselves.
"""

import base64
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

SVG = "http://www.w3.org/2000/svg"
# The most room a map takes on paper, in mm.
WIDE, HIGH = 160.0, 105.0
USUAL_SIZE = 13.0
_SHIFT = {"middle": -50, "end": -100}


@dataclass(frozen=True)
class Label:
    """A word on the map: where it begins and how large it is, in mm; `shift` per cent of its own width."""

    text: str
    left: str
    top: str
    size: str
    shift: int
    colour: str


@dataclass(frozen=True)
class Map:
    """A drawing as an image written into the page, its size in mm, and the words over it."""

    address: str
    width: str = ""
    height: str = ""
    labels: tuple[Label, ...] = ()


def address(svg: str) -> str:
    """The drawing as an image: so it can neither run anything nor reach into the page."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def for_screen(svg: str) -> Map:
    """The drawing as it is."""
    return Map(address(svg))


def for_paper(svg: str) -> Map:
    """The drawing without its words, and the words; a drawing that cannot be read stays as it is."""
    try:
        root: Element = fromstring(svg)
        width, height = (float(part) for part in root.get("viewBox", "").split()[2:4])
    except (SyntaxError, ValueError):
        return for_screen(svg)
    scale = min(WIDE / width, HIGH / height)
    labels: list[Label] = []
    _take_out(root, scale, _number(root.get("font-size"), USUAL_SIZE), labels)
    drawn = tostring(root, encoding="unicode", default_namespace=None)
    return Map(address(drawn), _mm(width * scale), _mm(height * scale), tuple(labels))


def _take_out(parent: Element, scale: float, size: float, labels: list[Label]) -> None:
    """Remove every `text` below an element and note it; sizes are inherited."""
    for child in list(parent):
        own = _number(child.get("font-size"), size)
        if child.tag != f"{{{SVG}}}text":
            _take_out(child, scale, own, labels)
            continue
        parent.remove(child)
        words = "".join(child.itertext()).strip()
        if words:
            labels.append(_label(child, words, own, scale))


def _label(element: Element, words: str, size: float, scale: float) -> Label:
    x, y = _number(element.get("x"), 0.0), _number(element.get("y"), 0.0)
    # y is the line the letters stand on; the box of a text begins its own height above it.
    return Label(
        text=words,
        left=_mm(x * scale),
        top=_mm((y - size * 1.15) * scale),
        size=_mm(size * scale),
        shift=_SHIFT.get(element.get("text-anchor", ""), 0),
        colour=_colour(element.get("fill", "")),
    )


def _colour(text: str) -> str:
    """A colour of six figures; anything else is black."""
    plain = len(text) == 7 and text[0] == "#" and all(one in "0123456789abcdefABCDEF" for one in text[1:])
    return text if plain else "#000000"


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text else otherwise
    except ValueError:
        return otherwise


def _mm(length: float) -> str:
    return f"{length:.2f}mm"
