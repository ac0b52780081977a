"""Questions about the ground itself: whose register it is kept in, which border runs beside it."""

from django.contrib.gis.geos import GEOSGeometry, MultiLineString, MultiPolygon
from django.db import connection

from units.choices import UnitKind
from units.models import METRIC, Unit

# A border line within so many metres of a sector is the sector's stretch of the border.
BESIDE_M = 500

_BESIDE = """
    WITH near AS (SELECT ST_Buffer(ST_Transform(%(area)s::geometry, %(srid)s), %(metres)s) AS reach)
    SELECT ST_AsEWKB(ST_Multi(ST_CollectionExtract(ST_Transform(
        ST_Intersection(ST_UnaryUnion(ST_Collect(ST_Transform(section.line, %(srid)s))), near.reach), 4326), 2)))
    FROM units_bordersection AS section, near
    WHERE section.line && ST_Transform(near.reach, 4326)
    GROUP BY near.reach
"""


def border_beside(area: MultiPolygon) -> MultiLineString | None:
    """The stretch of the border sections' lines within BESIDE_M of an area; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, {"area": area.hexewkb.decode(), "srid": METRIC, "metres": BESIDE_M})
        row = cursor.fetchone()
    line = GEOSGeometry(row[0]) if row and row[0] else None
    return line if isinstance(line, MultiLineString) and not line.empty else None


class Administrations:
    """Whose register the ground of a province is kept in: its administration, else the ministry above all of them."""

    def __init__(self) -> None:
        rows = Unit.objects.filter(kind=UnitKind.PROVINCE).select_related("parent").order_by("-code")
        self._by_province: dict[int, Unit] = {unit.province_id: unit for unit in rows if unit.province_id}
        parents = [unit.parent for unit in rows if unit.parent]
        self._national: Unit | None = parents[-1] if parents else None

    @property
    def national(self) -> list[Unit]:
        """The unit above the provinces; none in a register that has no tree yet."""
        return [self._national] if self._national else []

    def of(self, province_id: int) -> list[Unit]:
        """The administration of a province, as a list that may be empty."""
        found = self._by_province.get(province_id)
        return [found] if found else self.national
