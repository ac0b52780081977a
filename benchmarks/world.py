"""The bench's own ground: reference data, the demo's units and people, five thousand sectors."""

import math

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import call_command
from django.db import connection

from incidents.demo import ground, people
from units.models import Sector, Unit

GRID = "bench-"
# A cell of the grid of sectors in degrees, 100 of them side by side.
WIDE, HIGH = 0.036, 0.07


def prepare() -> None:
    """Migrate and fill once; nothing to do when the database was kept."""
    call_command("migrate", verbosity=0)
    if Unit.objects.filter(code="province-16").exists():
        return
    call_command("load_reference")
    ground.build()
    people.cast()


def many_sectors(count: int = 5000) -> int:
    """A grid of sectors of a thousand corners each over the eastern border, held by the posts there are.

    Their edges waver as drawn ones do, and neighbours share them corner by corner.
    """
    posts = list(Unit.objects.filter(kind="border_police_post"))
    have = Sector.objects.filter(code__startswith=GRID).count()
    rows = [
        Sector(
            code=f"{GRID}{number}",
            unit=posts[number % len(posts)],
            area=MultiPolygon(_cell(104.0 + number % 100 * WIDE, 11.0 + number // 100 * HIGH), srid=4326),
            period=(ground.SINCE, None),
        )
        for number in range(have, count)
    ]
    Sector.objects.bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE units_sector")
    return Sector.objects.count()


def _cell(west: float, south: float) -> Polygon:
    """One cell of the grid, 250 corners a side."""
    steps = [number / 250 for number in range(250)]
    side = [(step, math.sin(step * math.pi) * math.sin(step * 425) * 0.06) for step in steps]
    back = [(1.0, 0.0), *side[:0:-1]]
    ring = [(west + t * WIDE, south + off * HIGH) for t, off in side]
    ring += [(west + WIDE + off * WIDE, south + t * HIGH) for t, off in side]
    ring += [(west + t * WIDE, south + HIGH + off * HIGH) for t, off in back]
    ring += [(west + off * WIDE, south + t * HIGH) for t, off in back]
    return Polygon([*ring, ring[0]])
