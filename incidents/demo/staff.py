"""The people of the demo world beside the cast: a province's officer and reporting officers of some districts."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from incidents.demo import people
from incidents.demo.names import invented_name
from units.choices import Role, UnitKind
from units.models import District, Province, Unit, User

# The cast's own accounts serve here already.
OFFICERS = {"16": "province", "01": "province2"}
FILERS = {"1607": "district"}
# Provinces with so much to report that two districts have an officer of their own.
BUSY = {"01", "16", "19", "20", "22"}


@dataclass(frozen=True)
class Staff:
    """Who does what: accounts by province code, district code, and institution."""

    officers: Mapping[str, User]
    filers: Mapping[str, User]
    officials: Mapping[str, User]
    deputies: Mapping[str, User]
    units: Mapping[str, Unit]
    head: User
    # Accounts of heads by the code of the post they head, and the people of the head's own post.
    heads: Mapping[str, User]
    of_the_post: Mapping[str, User]
    keeper: User

    @property
    def readers(self) -> list[User]:
        """Those who are told much and decide elsewhere."""
        return [self.head, *self.officials.values(), *self.deputies.values()]

    def officer(self, province: Province) -> User:
        """Who decides in a province."""
        return self.officers[province.code]

    def filer(self, district: District) -> tuple[User, Unit]:
        """Who reports from a district, and for which unit; without an officer of its own the province does."""
        unit = self.units[f"district-{district.code}"]
        return self.filers.get(district.code) or self.officers[district.province.code], unit


def engage(cast: Mapping[str, User], chance: random.Random) -> Staff:
    """Make the further accounts with their postings."""
    units = {unit.code: unit for unit in Unit.objects.select_related("province", "district__province")}
    officers = {code: cast[name] for code, name in OFFICERS.items()}
    filers = {code: cast[name] for code, name in FILERS.items()}
    for unit in units.values():
        if unit.kind == UnitKind.PROVINCE and unit.province and unit.province.code not in officers:
            code = unit.province.code
            officers[code] = _account(f"officer-{code}", unit, Role.PROVINCE_OFFICER, chance)
    for unit in sorted(units.values(), key=lambda unit: unit.code):
        if unit.kind == UnitKind.DISTRICT and unit.district and _wants_filer(unit.district, filers):
            code = unit.district.code
            filers[code] = _account(f"filer-{code}", unit, Role.FILER, chance)
    institutions = ("moi", "mfaic", "ssba")
    return Staff(
        officers=officers,
        filers=filers,
        officials={code: cast[code] for code in institutions},
        deputies={code: cast[f"{code}-deputy"] for code in institutions},
        units=units,
        head=cast["head"],
        heads={row.unit: cast[row.username] for row in people.EVERYBODY if row.role == Role.COMMANDER},
        of_the_post={name: cast[name] for name in ("head", "clerk")},
        keeper=cast["keeper"],
    )


def _wants_filer(district: District, filers: Mapping[str, User]) -> bool:
    there = [code for code in filers if code.startswith(district.province.code)]
    return district.code not in filers and len(there) < (2 if district.province.code in BUSY else 1)


def _account(username: str, unit: Unit, role: Role, chance: random.Random) -> User:
    name_km, name_en = invented_name(chance)
    return people.account(people.Account(username, name_km, name_en, unit.code, role))
