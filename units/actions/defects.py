"""Faults of the register that a filing has found."""

from datetime import datetime

from django.contrib.gis.geos import Point

from borderwatch import audit, clock
from units.choices import DefectKind
from units.models import (
    Province,
    RegisterDefect,
    Unit,
)


def raise_register_defect(
    *,
    kind: DefectKind | str,
    found_by: str,
    moment: datetime,
    point: Point | None = None,
    province: Province | None = None,
    units: list[Unit] | None = None,
) -> RegisterDefect:
    """Write down that the register could not say who answers; once per kind and finding.

    Belongs into the transaction of the verb that found it (RuntimeError otherwise).
    """
    defect, made = RegisterDefect.objects.get_or_create(
        kind=kind,
        found_by=found_by,
        defaults={"point": point, "province": province, "moment": moment, "found_at": clock.now()},
    )
    if made:
        defect.units.set(units or [])
        audit.record(
            actor=None,
            verb="raise_register_defect",
            target=defect,
            after={"kind": str(kind), "found_by": found_by, "units": [unit.code for unit in units or []]},
        )
    return defect
