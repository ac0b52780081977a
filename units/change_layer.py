"""The shapes of a change for its small map: as they stand, and as proposed."""

import json
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import F, Func, Value

from units.choices import RegisterLayer, Verdict
from units.models import BorderSection, Boundary, RegisterChange, Sector, UnresolvedArea

# Shapes of each sort that are drawn, and how much they are simplified (degrees; some ten metres).
SHAPES_MAX = 1_500
SIMPLER = 0.0001


def feature_collection(user: Any, change: RegisterChange) -> dict[str, Any]:
    """GeoJSON of old and new shapes of rows that would do something; `truncated` says whether some were left out.

    Refused rows do nothing: drawn as proposed they would mislead, and one that lies far off would shrink the rest.
    """
    rows = change.rows.exclude(verdict__in=[Verdict.UNCHANGED, Verdict.REFUSED]).order_by("number", "id")
    field = "line" if change.layer == RegisterLayer.BORDER_SECTION else "area"
    proposed = rows.exclude(verdict=Verdict.ENDED)
    count = rows.count()
    new = _features(proposed, field, "new")
    verdicts: dict[Any, str] = dict(rows.exclude(replaces=None).values_list("replaces", "verdict")[:SHAPES_MAX])
    old = [
        feature | {"properties": feature["properties"] | {"verdict": verdicts[feature["id"]]}}
        for feature in _features(_standing(user, change, list(verdicts)), field, "old")
    ]
    return {
        "type": "FeatureCollection",
        "count": count,
        "truncated": count > SHAPES_MAX,
        "features": [*old, *new],
    }


def _standing(user: Any, change: RegisterChange, keys: list[int]) -> Any:
    """The rows of the register that would be ended, as far as the person may see them."""
    if change.layer == RegisterLayer.SECTOR:
        return Sector.objects.visible_to(user).filter(pk__in=keys)
    if change.layer == RegisterLayer.UNRESOLVED:
        return UnresolvedArea.objects.visible_to(user).filter(pk__in=keys)
    model: Any = BorderSection if change.layer == RegisterLayer.BORDER_SECTION else Boundary
    return model.objects.filter(pk__in=keys)


def _features(rows: Any, field: str, what: str) -> list[dict[str, Any]]:
    simpler = Func(
        F(field), Value(SIMPLER), function="ST_SimplifyPreserveTopology", output_field=GeometryField(srid=4326)
    )
    found = rows.exclude(**{f"{field}__isnull": True}).annotate(drawn=AsGeoJSON(simpler, precision=5))
    values = ("pk", "code", "drawn", *(("verdict",) if what == "new" else ()))
    return [
        {
            "type": "Feature",
            "id": row["pk"],
            "geometry": json.loads(row["drawn"]),
            "properties": {"code": row["code"], "what": what, "verdict": row.get("verdict", "")},
        }
        for row in found.values(*values)[:SHAPES_MAX]
    ]
