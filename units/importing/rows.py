"""What each kind of ground asks of a row of a file, and what the register has in its place at a moment.

One class a kind; `compare.py` asks them all in the same way.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Min

from borderwatch.khmer import latin_digits, search_key, visible
from units.choices import BoundaryLevel, DemarcationState, Neighbour, RegisterLayer
from units.importing.shapes import AREA, LINE, Message, error, note
from units.models import (
    BorderSection,
    Boundary,
    Commune,
    District,
    Province,
    Sector,
    Unit,
    UnresolvedArea,
)
from units.territory import Administrations

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """What the register holds under a code at a moment; `facts` are its properties besides the shape."""

    pk: int
    code: str
    units: tuple[Unit, ...]
    shape: GEOSGeometry | None
    since: datetime | None = None
    facts: tuple[Any, ...] = ()


def text(properties: Properties, *names: str) -> str:
    """The first of these properties that is there, as text in Latin figures without invisible marks.

    A Shapefile cuts names off after ten letters.
    """
    for name in names:
        value = properties.get(name, properties.get(name[:10]))
        if value not in (None, "", []):
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            return visible(latin_digits(str(value))).strip()
    return ""


class Ground:
    """The register of one kind of ground as of a moment; what codes ask for is read in a few queries."""

    kind: ClassVar[str] = AREA
    code_names: ClassVar[tuple[str, ...]] = ("code",)

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.standing: dict[str, Standing] = {}
        # Codes that get a shape at a later moment → when.
        self.later: dict[str, datetime] = {}

    def code(self, properties: Properties) -> str:
        """The code a row speaks of, "" when it has none."""
        return text(properties, *self.code_names)[:40]

    def load(self, rows: Iterable[tuple[str, Properties]]) -> None:
        """Read from the register what these codes need."""
        raise AssertionError(rows)

    def wanted(self, code: str, properties: Properties) -> dict[str, Any]:
        """The properties that count, cleaned; they go into the change and come back here unchanged."""
        return {"code": code, "source": text(properties, "source")[:300]} | {
            "legal_reference": text(properties, "legal_reference", "legal_ref", "legal")[:200]
        }

    def messages(self, code: str, properties: Properties) -> list[Message]:
        """What is wrong with a row, or worth noting, before it is compared."""
        return []

    def units(self, code: str, wanted: Properties) -> list[Unit]:
        """Whose register the row would write into."""
        raise AssertionError(code)

    def facts(self, wanted: Properties) -> tuple[Any, ...]:
        """What is compared besides the shape."""
        return ()

    def left_out(self, codes: Collection[str], units: Iterable[Unit]) -> list[Standing]:
        """What the register holds in the provinces of these units under none of the codes."""
        return []


class SectorGround(Ground):
    """Sectors: a code and the code of the unit that answers."""

    code_names = ("sector_code", "sector", "code")

    def load(self, rows: Iterable[tuple[str, Properties]]) -> None:
        """Sectors of these codes, and the units that are named."""
        pairs = list(rows)
        codes = {code for code, _properties in pairs}
        found = Sector.objects.at(self.moment).filter(code__in=codes).select_related("unit")
        self.standing = {row.code: self._standing(row) for row in found}
        self.later = _later(Sector.objects.filter(code__in=codes), self.moment)
        names = {text(properties, "unit_code", "unit") for _code, properties in pairs}
        self._named = {unit.code: unit for unit in Unit.objects.filter(code__in=names)}

    @staticmethod
    def _standing(row: Sector) -> Standing:
        return Standing(row.pk, row.code, (row.unit,), row.area, row.since, (row.unit.code,))

    def _unit_code(self, code: str, properties: Properties) -> str:
        standing = self.standing.get(code)
        return text(properties, "unit_code", "unit") or (standing.units[0].code if standing else "")

    def messages(self, code: str, properties: Properties) -> list[Message]:
        """A unit that is missing or unknown."""
        name = self._unit_code(code, properties)
        if not name:
            return [error("missing", field="unit_code")]
        return [] if self._unit(name) or self.standing.get(code) else [error("unknown_unit", unit=name[:60])]

    def _unit(self, name: str) -> Unit | None:
        return self._named.get(name)

    def wanted(self, code: str, properties: Properties) -> dict[str, Any]:
        """With the unit's code."""
        return super().wanted(code, properties) | {"unit": self._unit_code(code, properties)[:60]}

    def units(self, code: str, wanted: Properties) -> list[Unit]:
        """The unit that is to answer."""
        standing = self.standing.get(code)
        if standing and standing.units[0].code == wanted["unit"]:
            return [standing.units[0]]
        unit = self._unit(wanted["unit"])
        return [unit] if unit else []

    def facts(self, wanted: Properties) -> tuple[Any, ...]:
        """The unit."""
        return (wanted["unit"],)

    def left_out(self, codes: Collection[str], units: Iterable[Unit]) -> list[Standing]:
        """Sectors of the same provinces."""
        provinces = {unit.province_id for unit in units if unit.province_id}
        found = Sector.objects.at(self.moment).filter(unit__province_id__in=provinces).exclude(code__in=codes)
        return [self._standing(row) for row in found.select_related("unit").order_by("code")]


class OutlineGround(Ground):
    """Outlines of provinces, districts or communes by NCDD code (or p-code: "KH1607")."""

    level: ClassVar[BoundaryLevel]
    digits: ClassVar[int]
    model: ClassVar[Any]
    code_names = ("code", "ncdd_code", "ncdd", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode")

    def code(self, properties: Properties) -> str:
        """Figures only, zero-padded: 1607 and KH1607 and "01"."""
        own = f"adm{self.digits // 2}_pcode"
        found = text(properties, "code", "ncdd_code", "ncdd", own, "pcode")
        figures = re.sub(r"^KH", "", found, flags=re.IGNORECASE)
        return figures.zfill(self.digits)[:40] if figures.isdecimal() else figures[:40]

    def load(self, rows: Iterable[tuple[str, Properties]]) -> None:
        """Outlines of these codes, and the administrative units themselves."""
        codes = {code for code, _properties in rows}
        self._administrations = Administrations()
        self._provinces = dict(Province.objects.values_list("code", "pk"))
        self._known = {row.code: row for row in self.model.objects.filter(code__in=codes)}
        mine = Boundary.objects.filter(level=self.level, code__in=codes)
        self.standing = {row.code: self._standing(row) for row in mine.filter(period__contains=self.moment)}
        self.later = _later(mine, self.moment)

    def _standing(self, row: Boundary) -> Standing:
        return Standing(row.pk, row.code, tuple(self.units(row.code, {})), row.area, row.since)

    def messages(self, code: str, properties: Properties) -> list[Message]:
        """A code the register of administrative units does not know; a name that differs from the one it has."""
        known = self._known.get(code)
        if known is None:
            return [error("unknown_code", code=code)]
        found = []
        for there, ours in (("name_en", known.name_en), ("name_km", known.name_km)):
            name = str(properties.get(there) or "")
            if name and ours and search_key(name) != search_key(ours):
                found.append(note("name_differs", file=name[:80], register=ours))
        return found

    def units(self, code: str, wanted: Properties) -> list[Unit]:
        """The province's administration; for provinces themselves the unit above them."""
        if self.level == BoundaryLevel.PROVINCE:
            return self._administrations.national
        return self._administrations.of(self._provinces.get(code[:2], 0))

    def left_out(self, codes: Collection[str], units: Iterable[Unit]) -> list[Standing]:
        """Outlines of the same provinces."""
        found = Boundary.objects.at(self.moment).filter(level=self.level).exclude(code__in=codes)
        provinces = {code[:2] for code in codes}
        rows = [row for row in found.order_by("code") if self.digits == 2 or row.code[:2] in provinces]
        return [self._standing(row) for row in rows]


class ProvinceGround(OutlineGround):
    level, digits, model = BoundaryLevel.PROVINCE, 2, Province


class DistrictGround(OutlineGround):
    level, digits, model = BoundaryLevel.DISTRICT, 4, District


class CommuneGround(OutlineGround):
    level, digits, model = BoundaryLevel.COMMUNE, 6, Commune


class SectionGround(Ground):
    """Lines of border sections; the sections themselves are reference data. A line is not dated."""

    kind = LINE
    code_names = ("section_code", "section", "code")

    def load(self, rows: Iterable[tuple[str, Properties]]) -> None:
        """The sections of these codes."""
        self._administrations = Administrations()
        found = BorderSection.objects.filter(code__in={code for code, _properties in rows})
        self._known = {row.code: row for row in found}
        self.standing = {
            row.code: Standing(row.pk, row.code, tuple(self.units(row.code, {})), row.line)
            for row in found
            if row.line is not None
        }

    def messages(self, code: str, properties: Properties) -> list[Message]:
        """A section that is unknown; and that a line holds at once."""
        return [note("not_dated")] if code in self._known else [error("unknown_section", code=code)]

    def units(self, code: str, wanted: Properties) -> list[Unit]:
        """The administration of the section's province."""
        section = self._known.get(code)
        return self._administrations.of(section.province_id) if section else []


class UnresolvedGround(Ground):
    """Unresolved areas: a code, names, the neighbour, the working term, and the districts concerned."""

    def load(self, rows: Iterable[tuple[str, Properties]]) -> None:
        """The areas of these codes, and all districts."""
        codes = {code for code, _properties in rows}
        self._administrations = Administrations()
        self._districts = {row.code: row for row in District.objects.all()}
        mine = UnresolvedArea.objects.filter(code__in=codes)
        found = mine.filter(period__contains=self.moment).prefetch_related("districts")
        self._rows = {row.code: row for row in found}
        self.standing = {row.code: self._standing(row) for row in found}
        self.later = _later(mine, self.moment)

    def _standing(self, row: UnresolvedArea) -> Standing:
        codes = sorted(district.code for district in row.districts.all())
        facts = (row.neighbour, row.term, tuple(codes), row.name_en, row.name_km)
        return Standing(row.pk, row.code, tuple(self._units(codes)), row.area, row.since, facts)

    def wanted(self, code: str, properties: Properties) -> dict[str, Any]:
        """What the file leaves open stays as the register has it."""
        row = self._rows.get(code)
        given = properties.get("districts") or properties.get("district") or ""
        codes = given if isinstance(given, list) else re.split(r"[\s,;]+", text({"d": given}, "d"))
        districts = sorted({str(one).zfill(4) for one in codes if one})
        return super().wanted(code, properties) | {
            "neighbour": text(properties, "neighbour").upper()[:2] or (row.neighbour if row else ""),
            "term": text(properties, "term", "state")[:30] or (row.term if row else ""),
            "districts": districts or (sorted(d.code for d in row.districts.all()) if row else []),
            "name_en": (str(properties.get("name_en") or "") or (row.name_en if row else ""))[:200],
            "name_km": (str(properties.get("name_km") or "") or (row.name_km if row else ""))[:200],
        }

    def messages(self, code: str, properties: Properties) -> list[Message]:
        """What a new area needs and has not, and values outside the lists."""
        wanted = self.wanted(code, properties)
        found = [
            error("missing", field=field)
            for field in ("neighbour", "term", "districts", "name_en")
            if not wanted[field]
        ]
        for field, values in (("neighbour", Neighbour.values), ("term", DemarcationState.values)):
            if wanted[field] and wanted[field] not in values:
                found.append(error("bad_value", field=field, value=wanted[field], values=", ".join(values)))
        unknown = [one for one in wanted["districts"] if one not in self._districts]
        return [*found, *(error("unknown_code", code=one[:40]) for one in unknown[:3])]

    def _units(self, codes: Iterable[str]) -> list[Unit]:
        provinces = {self._districts[code].province_id for code in codes if code in self._districts}
        found = {unit.pk: unit for pk in sorted(provinces) for unit in self._administrations.of(pk)}
        return list(found.values())

    def units(self, code: str, wanted: Properties) -> list[Unit]:
        """The administrations of all provinces concerned."""
        return self._units(wanted["districts"])

    def facts(self, wanted: Properties) -> tuple[Any, ...]:
        """Neighbour, term, districts, names."""
        return (
            wanted["neighbour"], wanted["term"], tuple(wanted["districts"]), wanted["name_en"], wanted["name_km"],
        )  # fmt: skip

    def left_out(self, codes: Collection[str], units: Iterable[Unit]) -> list[Standing]:
        """Areas in the same provinces."""
        provinces = {unit.province_id for unit in units if unit.province_id}
        found = UnresolvedArea.objects.at(self.moment).filter(districts__province_id__in=provinces)
        rows = found.exclude(code__in=codes).distinct().order_by("code").prefetch_related("districts")
        return [self._standing(row) for row in rows]


def _later(rows: Any, moment: datetime) -> dict[str, datetime]:
    """Codes of rows that begin after the moment → when the first of them does."""
    found = (
        rows.order_by().filter(period__startswith__gt=moment).values("code").annotate(first=Min("period__startswith"))
    )
    return {row["code"]: row["first"] for row in found}


GROUNDS: dict[str, type[Ground]] = {
    RegisterLayer.SECTOR: SectorGround,
    RegisterLayer.BORDER_SECTION: SectionGround,
    RegisterLayer.PROVINCE: ProvinceGround,
    RegisterLayer.DISTRICT: DistrictGround,
    RegisterLayer.COMMUNE: CommuneGround,
    RegisterLayer.UNRESOLVED: UnresolvedGround,
}
