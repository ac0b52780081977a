"""Where things happen in the demo world: points inside sectors, on their edges, in open areas, at gates."""

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point

from crossings.models import Crossing
from incidents.choices import DEFAULT_ACCURACY_M, CoordinateSource, Side
from incidents.demo.texts import SPOTS
from units.choices import CommuneKind
from units.models import BorderMarker, Commune, District, Sector, UnresolvedArea

METRES_PER_DEGREE = 110_000
# Units cover the planned gap and the planned overlap of the illustrative sectors.
GAP_BETWEEN = ("S-1903-3", "S-1903-5")
OVERLAP = ("S-0107-1", "S-0107-2")


@dataclass(frozen=True)
class Spot:
    """A place as a reporter gives it: the report's fields, its district, and the words for the text."""

    district: District
    words: str
    fields: dict[str, Any] = field(default_factory=dict)


class Places:
    """The ground as it is in the register, cut once into what the reports need."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        rows = Sector.objects.select_related("unit__district__province").order_by("code")
        self.sectors = {row.code: row for row in rows}
        self._communes: dict[int, list[str]] = {}
        for commune in Commune.objects.order_by("code"):
            word = "សង្កាត់" if commune.kind == CommuneKind.SANGKAT else "ឃុំ"
            self._communes.setdefault(commune.district_id, []).append(word + commune.name_km)
        self._in_areas = list(self._inside_areas())
        self._edges = list(self._shared_edges())
        self._districts = {row.code: row for row in District.objects.select_related("province")}
        here = {_district(row).pk for row in rows}
        self._crossings = list(
            Crossing.objects.with_state()
            .filter(district__in=here)
            .exclude(name_km="")
            .select_related("district__province")
        )
        self._markers = list(BorderMarker.objects.select_related("section"))

    def _inside_areas(self) -> Any:
        for area in UnresolvedArea.objects.order_by("code"):
            for sector in self.sectors.values():
                part = area.area.intersection(sector.area)
                if part.area > 1e-6:
                    yield sector, part

    def _shared_edges(self) -> Any:
        every = list(self.sectors.values())
        for one, other in itertools.pairwise(every):
            edge = one.area.intersection(other.area)
            if one.unit.province_id == other.unit.province_id and edge.length > 0.01 and edge.area == 0:
                yield one, edge

    def anywhere(self) -> Spot:
        """Inside some sector, mostly far from its edges."""
        sector = self._chance.choice(list(self.sectors.values()))
        return self.inside(_district(sector), sector.area)

    def in_area(self) -> Spot:
        """In an unresolved area."""
        sector, part = self._chance.choice(self._in_areas)
        return self.inside(_district(sector), part, Side.UNDETERMINED)

    def on_edge(self, district: str = "") -> Spot:
        """So near to the next sector that two units may answer; of one district when its code is given."""
        edges = [row for row in self._edges if not district or _district(row[0]).code == district]
        sector, edge = self._chance.choice(edges)
        lines = [edge] if edge.geom_type == "LineString" else [p for p in edge if p.geom_type == "LineString"]
        longest = max(lines, key=lambda line: line.length)
        where = longest.interpolate_normalized(self._chance.uniform(0.1, 0.9))
        return self._spot(_district(sector), where, accuracy=self._chance.choice((80, 150, 250, 400)))

    def in_overlap(self) -> Spot | None:
        """Where two sectors of Thma Puok overlap; None in a world without them."""
        one, other = (self.sectors.get(code) for code in OVERLAP)
        if one is None or other is None:
            return None
        return self.inside(_district(one), one.area.intersection(other.area))

    def in_gap(self) -> Spot | None:
        """In the stretch of Siem Pang that no sector covers; None in a world without it."""
        one, other = (self.sectors.get(code) for code in GAP_BETWEEN)
        if one is None or other is None:
            return None
        empty: GEOSGeometry = one.area.union(other.area).convex_hull.difference(one.area).difference(other.area)
        middle = empty.centroid
        return self.inside(_district(one), empty.intersection(middle.buffer(0.03)))

    def at_crossing(self) -> Spot:
        """At a gate of the register."""
        crossing = self._chance.choice(self._crossings)
        word = "ច្រកទ្វារ" if crossing.category == "international" else "ច្រក"
        fields = {
            "point": crossing.point,
            "accuracy_m": DEFAULT_ACCURACY_M[CoordinateSource.CROSSING],
            "coordinate_source": CoordinateSource.CROSSING,
            "near_crossing": crossing,
            "place_name": f"{word}{crossing.name_km}",
            "side": Side.OWN,
        }
        return Spot(crossing.district, f"{word}{crossing.name_km}", fields)

    def at_marker(self) -> Spot:
        """Near a marker of the register; its own poor accuracy is the report's."""
        marker = self._chance.choice(self._markers)
        near = min(self.sectors.values(), key=lambda row: row.area.distance(marker.point))
        district = _district(near)
        words = f"{self.commune(district)} (លេខ {marker.label})"
        fields = {
            "point": marker.point,
            "accuracy_m": min(marker.accuracy_m, 3000),
            "coordinate_source": CoordinateSource.MARKER,
            "near_marker": marker,
            "place_name": words,
            "side": self._chance.choice((Side.ON_LINE, Side.UNDETERMINED)),
        }
        return Spot(district, words, fields)

    def by_name(self, district: District) -> Spot:
        """A place of which only the name is known yet."""
        words = self._words(district)
        fields = {
            "point": None,
            "coordinate_source": CoordinateSource.DESCRIPTION,
            "place_name": words,
            "district": district,
        }
        return Spot(district, words, fields)

    def inside(self, district: District, shape: GEOSGeometry, side: str = "") -> Spot:
        """A point by chance in a shape."""
        west, south, east, north = shape.extent
        for _try in range(2000):
            x, y = self._chance.uniform(west, east), self._chance.uniform(south, north)
            point = Point(round(x, 6), round(y, 6), srid=4326)
            if shape.contains(point):
                return self._spot(district, point, side=side)
        return self._spot(district, shape.point_on_surface, side=side)

    def _spot(self, district: District, point: Any, accuracy: int | None = None, side: str = "") -> Spot:
        chance = self._chance
        source = chance.choices((CoordinateSource.GPS, CoordinateSource.MAP, CoordinateSource.TYPED), (6, 3, 2))[0]
        usual = {
            CoordinateSource.GPS: (5, 8, 12, 20, 35, 60),
            CoordinateSource.MAP: (150, 200, 300, 500),
            CoordinateSource.TYPED: (20, 50, 100),
        }
        words = self._words(district)
        fields = {
            "point": Point(round(point.x, 6), round(point.y, 6), srid=4326),
            "accuracy_m": accuracy or chance.choice(usual[source]),
            "coordinate_source": source,
            "coordinate_text": self._typed(point) if source == CoordinateSource.TYPED else "",
            "place_name": words if chance.random() < 0.7 else "",
            "side": side or chance.choices((Side.OWN, Side.UNDETERMINED, Side.ON_LINE), (6, 3, 1))[0],
        }
        return Spot(district, words, fields)

    def _typed(self, point: Any) -> str:
        """The position as somebody typed it: decimal, or degrees, minutes and seconds."""
        if self._chance.random() < 0.5:
            return f"{point.y:.5f}, {point.x:.5f}"
        return f"{_sexagesimal(point.y)} N {_sexagesimal(point.x)} E"

    def _words(self, district: District) -> str:
        return f"{self._chance.choice(SPOTS)} {self.commune(district)}"

    def district(self, code: str) -> District:
        """A district by its code."""
        return self._districts[code]

    def named_in(self, text: str, district: District) -> str:
        """The commune of the district that a text names, else the district itself."""
        named = [words for words in self._communes.get(district.pk, []) if words in text]
        return named[0] if named else district.name_km

    def commune(self, district: District) -> str:
        """One of the border communes of a district, with its kind in front."""
        return self._chance.choice(self._communes.get(district.pk) or [f"ស្រុក{district.name_km}"])


def _district(sector: Sector) -> District:
    district = sector.unit.district
    if district is None:
        raise LookupError(f"the unit of sector {sector.code} has no district")
    return district


def _sexagesimal(degrees: float) -> str:
    seconds = round(degrees * 3600, 1)
    return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60):02d}'{seconds % 60:04.1f}\""
