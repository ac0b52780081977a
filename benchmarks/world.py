"""The bench's own ground: reference data, the demo's units and people, one thousand square sectors."""

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import call_command

from incidents.demo import ground, people
from units.models import Sector, Unit

GRID = "bench-"


def prepare() -> None:
    """Migrate and fill once; nothing to do when the database was kept."""
    call_command("migrate", verbosity=0)
    if Unit.objects.filter(code="province-16").exists():
        return
    call_command("load_reference")
    ground.build()
    people.cast()


def thousand_sectors() -> int:
    """A grid of sectors of some 60 corners each over the eastern border, held by the posts there are."""
    posts = list(Unit.objects.filter(kind="border_police_post"))
    missing = 1000 - Sector.objects.count()
    rows = []
    for number in range(max(missing, 0)):
        west, south = 104.0 + (number % 40) * 0.1, 11.0 + (number // 40) * 0.1
        side = [i / 15 * 0.1 for i in range(15)]
        ring = (
            [(west + s, south) for s in side]
            + [(west + 0.1, south + s) for s in side]
            + [(west + 0.1 - s, south + 0.1) for s in side]
            + [(west, south + 0.1 - s) for s in side]
        )
        rows.append(
            Sector(
                code=f"{GRID}{number}",
                unit=posts[number % len(posts)],
                area=MultiPolygon(Polygon([*ring, ring[0]]), srid=4326),
                period=(ground.SINCE, None),
            )
        )
    Sector.objects.bulk_create(rows)
    return Sector.objects.count()
