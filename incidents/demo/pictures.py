"""Small drawings in place of photographs. Each says that it is one: nothing here was photographed."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from incidents import photos

SIZE = (960, 640)
SKY, GRASS, EARTH, WATER, CANVAS, STONE = "#bcd7e8", "#8fae6a", "#b98a5a", "#5b93b8", "#d8cfae", "#b9b9b4"


def ponds(pen: ImageDraw.ImageDraw) -> None:
    """Five ponds in a row, seen from above."""
    pen.rectangle((0, 0, *SIZE), fill=GRASS)
    for number in range(5):
        left = 70 + number * 170
        pen.rectangle((left - 14, 196, left + 134, 464), fill=EARTH)
        pen.rectangle((left, 210, left + 120, 450), fill=WATER)


def tents(pen: ImageDraw.ImageDraw) -> None:
    """Tents on a field."""
    pen.rectangle((0, 0, SIZE[0], 330), fill=SKY)
    pen.rectangle((0, 330, *SIZE), fill=GRASS)
    for left, foot in ((90, 460), (380, 430), (640, 480)):
        pen.polygon(((left, foot), (left + 110, foot - 150), (left + 220, foot)), fill=CANVAS, outline=EARTH)
        pen.polygon(((left + 80, foot), (left + 110, foot - 80), (left + 140, foot)), fill=EARTH)


def marker(pen: ImageDraw.ImageDraw) -> None:
    """A border marker with a broken corner."""
    pen.rectangle((0, 0, SIZE[0], 400), fill=SKY)
    pen.rectangle((0, 400, *SIZE), fill=GRASS)
    pen.polygon(((400, 540), (420, 170), (500, 150), (545, 215), (560, 540)), fill=STONE, outline="#666666")
    pen.line(((500, 150), (478, 260), (505, 330), (470, 420)), fill="#555555", width=5)


def fence(pen: ImageDraw.ImageDraw) -> None:
    """Wire on posts beside a track."""
    pen.rectangle((0, 0, SIZE[0], 300), fill=SKY)
    pen.rectangle((0, 300, *SIZE), fill=GRASS)
    pen.polygon(((0, 600), (960, 420), (960, 520), (0, 640)), fill=EARTH)
    for left in range(40, 960, 130):
        pen.rectangle((left, 250, left + 14, 470), fill="#6b5138")
    for height in (290, 345, 400):
        pen.line((0, height, 960, height), fill="#555555", width=3)


def barrier(pen: ImageDraw.ImageDraw) -> None:
    """A bar across a track, with a sign beside it."""
    pen.rectangle((0, 0, SIZE[0], 260), fill=SKY)
    pen.rectangle((0, 260, *SIZE), fill=GRASS)
    pen.polygon(((300, 640), (430, 260), (530, 260), (700, 640)), fill=EARTH)
    pen.rectangle((230, 300, 258, 480), fill="#6b5138")
    pen.rectangle((720, 300, 748, 480), fill="#6b5138")
    for left in range(230, 748, 74):
        pen.rectangle((left, 360, left + 37, 392), fill="#c8232c")
        pen.rectangle((left + 37, 360, left + 74, 392), fill="white")
    pen.rectangle((800, 270, 812, 480), fill="#6b5138")
    pen.rectangle((762, 200, 850, 282), fill="white", outline="#c8232c", width=6)


def broken_barrier(pen: ImageDraw.ImageDraw) -> None:
    """The same track, the bar thrown aside, wheel tracks running through."""
    pen.rectangle((0, 0, SIZE[0], 260), fill=SKY)
    pen.rectangle((0, 260, *SIZE), fill=GRASS)
    pen.polygon(((300, 640), (430, 260), (530, 260), (700, 640)), fill=EARTH)
    pen.rectangle((230, 300, 258, 480), fill="#6b5138")
    pen.rectangle((720, 300, 748, 480), fill="#6b5138")
    pen.line(((740, 470), (930, 560)), fill="#c8232c", width=26)
    for left in (430, 540):
        pen.line(((left, 640), (470 + (left - 430) // 4, 270)), fill="#8a6238", width=14)


DRAWINGS = {
    "ponds": ponds, "tents": tents, "marker": marker, "fence": fence, "barrier": barrier,
    "broken_barrier": broken_barrier,
}  # fmt: skip


def draw(name: str) -> photos.Photo:
    """Draw one of the pictures and take it in as an uploaded photograph would be."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    DRAWINGS[name](pen)
    pen.rectangle((0, SIZE[1] - 56, *SIZE), fill="#1f2d3a")
    label = "ILLUSTRATION - drawn for the demo, not a photograph"
    pen.text((20, SIZE[1] - 44), label, fill="white", font=ImageFont.load_default(26))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return photos.read(SimpleUploadedFile(f"illustration-{name}.png", out.getvalue(), "image/png"))
