"""Who gets which answer under /office/ and at the API of calendars."""

from datetime import timedelta
from typing import Any

from borderwatch import clock
from borderwatch.tests.matrix import SIGNED_IN, Row, api, only, page
from units import actions
from units.choices import DayKind, Role

# The office is the province of the keeper; whoever has no grant anywhere, or another province's alone, sees no unit.
BLIND = {"outsider": 404, "admin": 404, "former_head": 404, "province2": 404}
SEES = {**page(), **BLIND}
KEEPS = {**page(403), **BLIND, "keeper": 200}
SENDS = {**page(403), **BLIND, "keeper": 422}
STAFF = only({"admin"})
STAFF_SENDS = only({"admin"}, 422)
# Postings a person may hand on himself; a head is put on leave, an auditor's and a keeper's role the keeper hands on.
NAMES = {"district", "province", "province2", "moi", "mfaic", "ssba", "keeper"}

ROWS: dict[tuple[str, str], Row] = {
    ("office:home", "get"): [("", page())],
    ("office:reach", "get"): [("", page())],
    ("office:reach", "post"): [("", page(422))],
    ("office:destinations", "get"): [("", STAFF)],
    ("office:destinations", "post"): [("", STAFF_SENDS)],
    ("office:calendars", "get"): [("", page())],
    ("office:calendar", "get"): [("", SEES), ("all", page())],
    **{
        (f"office:{name}", method): [("", KEEPS if method == "get" else SENDS), ("all", staff)]
        for name in ("hours", "day_new", "day_remove")
        for method, staff in (("get", STAFF), ("post", STAFF_SENDS))
    },
    ("office:hours_end", "get"): [("", KEEPS), ("all", {**STAFF, "admin": 404})],
    ("office:hours_end", "post"): [("", SENDS), ("all", {**STAFF, "admin": 404})],
    ("office:stand_ins", "get"): [("", page())],
    ("office:stand_in_new", "get"): [("", only(NAMES))],
    ("office:stand_in_new", "post"): [("", only(NAMES, 422))],
    # The officer of the province is away, the one of another province stands in; the keeper entered it.
    ("office:stand_in_end", "get"): [("", {**page(404), "province": 200, "keeper": 200, "province2": 403})],
    ("office:stand_in_end", "post"): [("", {**page(404), "province": 422, "keeper": 422, "province2": 403})],
    ("office_api:calendar", "get"): [("", {**api(), **BLIND}), ("all", api())],
}

PROVINCE = "province-16"
ALL = "all-offices"


def _code(scene: dict[str, Any], variant: str) -> list[Any]:
    return [ALL if variant == "all" else PROVINCE]


ARGUMENTS = {
    **{f"office:{name}": _code for name in ("calendar", "hours", "hours_end", "day_new")},
    "office:day_remove": lambda scene, variant: [
        *_code(scene, variant), scene["day_of_all" if variant == "all" else "day_of_office"].pk,
    ],
    "office:stand_in_end": lambda scene, variant: [scene["delegation"].pk],
    "office_api:calendar": _code,
}  # fmt: skip


def prepare(scene: dict[str, Any], request: Any) -> None:
    """A day of the province, a day of all offices, and a stand-in to come."""
    world = request.getfixturevalue("world")
    now = clock.now()
    day = (now + timedelta(days=40)).date()
    for name, unit in (("day_of_office", world[PROVINCE]), ("day_of_all", None)):
        scene[name] = actions.add_special_day(
            actor=None, unit=unit, day=day, kind=DayKind.HOLIDAY, name_en="Day of the matrix"
        )
    scene["delegation"] = actions.grant_delegation(
        actor=request.getfixturevalue("keeper"), person=request.getfixturevalue("province"), unit=world[PROVINCE],
        role=Role.PROVINCE_OFFICER, stand_in=request.getfixturevalue("province2"), since=now + timedelta(days=30),
        until=now + timedelta(days=35), reason="matrix",
    )  # fmt: skip
    assert set(BLIND) <= set(SIGNED_IN)
