"""Who gets which answer at the addresses of the register of crossings.

The official gate is vn-o-yadav; the corridor, made by the province, is seen in Ratanakiri and by institutions alone.
"""

from typing import Any

from django.contrib.gis.geos import Point

from borderwatch.tests.matrix import Row, api, as_token, only, page
from crossings import actions
from units.models import District

# Who serves in Ratanakiri, and the institutions.
SEES_CORRIDOR = {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"}
ENTERS = {"province", "province2", "keeper"}
GATE, CORRIDOR = "gate", "corridor"


def _only(allowed: set[str], status: int, which: str) -> dict[str, int]:
    """Who may; the others are refused where they see it and told nothing where they do not."""
    seen = page(403) if which == GATE else only(SEES_CORRIDOR, 403, 404)
    return {**seen, **dict.fromkeys(allowed, status)}


ROWS: dict[tuple[str, str], Row] = {
    ("crossings:list", "get"): [("", page())],
    ("crossings:contradictions", "get"): [("", page())],
    ("crossings:new", "get"): [("", only(ENTERS))],
    ("crossings:new", "post"): [("", only(ENTERS, 422))],
    ("crossings:detail", "get"): [(GATE, page()), (CORRIDOR, only(SEES_CORRIDOR, 200, 404))],
    ("crossings:edit", "get"): [(which, _only({"keeper"}, 200, which)) for which in (GATE, CORRIDOR)],
    ("crossings:edit", "post"): [(which, _only({"keeper"}, 422, which)) for which in (GATE, CORRIDOR)],
    ("crossings:status", "get"): [(which, _only({"province"}, 200, which)) for which in (GATE, CORRIDOR)],
    ("crossings:status", "post"): [(which, _only({"province"}, 422, which)) for which in (GATE, CORRIDOR)],
    # The keeper says what the neighbour holds it to be; between kinds of corridor the province says itself.
    ("crossings:classify", "get"): [
        (GATE, _only({"keeper"}, 200, GATE)),
        (CORRIDOR, _only({"keeper", "province"}, 200, CORRIDOR)),
    ],
    ("crossings:classify", "post"): [
        (GATE, _only({"keeper"}, 422, GATE)),
        (CORRIDOR, _only({"keeper", "province"}, 422, CORRIDOR)),
    ],
    ("crossings_api:crossings", "get"): [("", api())],
    ("crossings_api:crossing", "get"): [(GATE, api()), (CORRIDOR, as_token(only(SEES_CORRIDOR, 200, 404)))],
}

ARGUMENTS = {
    name: lambda scene, variant: [scene[variant]]
    for name in (
        *(f"crossings:{part}" for part in ("detail", "edit", "status", "classify")),
        "crossings_api:crossing",
    )
}


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A corridor the province has found near Pak Nhai."""
    made = actions.register_crossing(
        actor=request.getfixturevalue("province"), name_km="ផ្លូវព្រៃ", name_en="Forest track",
        category="illegal_corridor", mode="foot", district=District.objects.get(code="1607"), neighbour="VN",
        point=Point(107.44, 13.75, srid=4326), precision_km=0.1,
    )  # fmt: skip
    scene[GATE], scene[CORRIDOR] = "vn-o-yadav", made.slug
