"""Entering and describing crossings: who may, what is refused, what stays on record."""

import threading
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from borderwatch import clock
from crossings import actions, contradictions
from crossings.actions.description import near_ones
from crossings.models import Classification, Crossing, CrossingStatus
from crossings.tests.register_cast import TRACK, corridor
from units.models import BorderMarker, District, Unit

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")


def box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


def refused(call: Any, **given: Any) -> dict[str, list[str]]:
    """What a verb says against it, by field."""
    with pytest.raises(ValidationError) as caught:
        call(**given)
    return {name: [str(one) for one in found] for name, found in caught.value.message_dict.items()}


# --- entering -------------------------------------------------------------------------------------------------


def test_a_corridor_is_entered_with_category_status_unit_and_record(province: Any, audited: Any) -> None:
    made = corridor(province, first_seen_on=date(2026, 9, 1), contact="  ភូមិ ", flows=["people", "vehicles", "people"])
    start = datetime(2026, 9, 1, tzinfo=PHNOM_PENH)
    assert made.slug == "vn-16-001"
    assert made.responsible_unit is not None
    assert made.responsible_unit.code == "post-1607-1"
    assert (made.contact, made.flows) == ("ភូមិ", ["people", "vehicles"])
    category = Classification.objects.get(crossing=made)
    assert (category.category, category.since, category.until) == ("illegal_corridor", start, None)
    rows = CrossingStatus.objects.filter(crossing=made)
    assert {(row.side, row.flow, row.status, row.since) for row in rows} == {
        ("kh", "people", "open", start), ("kh", "vehicles", "open", start),
    }  # fmt: skip
    entry = audited("register_crossing", "vn-16-001")
    assert entry.after["point"] == [107.44, 13.75]
    assert entry.after["district"] == "1607"
    assert entry.after["responsible_unit"] == "post-1607-1"


def test_codes_run_on_by_neighbour_and_province(province: Any, province2: Any) -> None:
    here = [corridor(province, at=(107.44, 13.70 + n / 50)).slug for n in range(3)]
    assert here == ["vn-16-001", "vn-16-002", "vn-16-003"]
    other = corridor(
        province2, neighbour="TH", district=District.objects.get(code="0105"), at=(102.66, 13.73), name_en="Field"
    )
    assert other.slug == "th-01-001"
    Crossing.objects.filter(slug="vn-16-002").update(slug="vn-16-0105")
    assert corridor(province, at=(107.40, 13.80)).slug == "vn-16-106"


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_at_once_get_two_codes(province: Any) -> None:
    found, start = [], threading.Barrier(2)

    def enter(n: int) -> None:
        try:
            start.wait(10)
            found.append(corridor(province, at=(107.44, 13.70 + n / 20), name_en=f"Track {n}").slug)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == ["vn-16-001", "vn-16-002"]
    made = Crossing.objects.filter(slug__in=found)
    CrossingStatus.objects.filter(crossing__in=made).delete()
    Classification.objects.filter(crossing__in=made).delete()
    made.delete()


def test_corridors_are_entered_by_province_and_keeper_official_gates_by_the_ministry(
    province: Any, keeper: Any, district: Any, head: Any, moi: Any, province2: Any, outsider: Any, untouched: Any
) -> None:
    with untouched():
        for person in (district, head, moi, province2, outsider):
            with pytest.raises(PermissionDenied):
                corridor(person)
        for person in (province, keeper, moi):
            with pytest.raises(PermissionDenied):
                corridor(person, category="bilateral", legal_reference="Sub-decree 1")
    assert corridor(keeper).slug == "vn-16-001"
    # The system, as the demo and an import do.
    gate = corridor(None, category="bilateral", legal_reference="Sub-decree 1", at=(107.40, 13.85))
    assert Classification.objects.get(crossing=gate).legal_reference == "Sub-decree 1"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name_km", {"name_km": " ", "name_en": ""}),
        ("category", {"category": "secret"}),
        ("mode", {"mode": "swim"}),
        ("point", {"at": (2.35, 48.85)}),
        ("district", {"neighbour": "TH"}),
        ("precision_km", {"precision_km": 0}),
        ("precision_km", {"precision_km": 51}),
        ("precision_km", {"precision_km": float("nan")}),
        ("flows", {"flows": []}),
        ("flows", {"flows": ["cattle"]}),
        ("documents", {"documents": ["visa on arrival"]}),
        ("closes_at", {"opens_at": time(6)}),
        ("status", {"status": "closed_verified"}),
        ("status", {"status": "ajar"}),
        ("note", {"note": "x" * 5001}),
        ("neighbour_place", {"neighbour_place": "x" * 201}),
        ("legal_references", {"legal_references": ["x" * 301]}),
        ("legal_references", {"legal_references": [f"letter {n}" for n in range(31)]}),
        ("first_seen_on", {"first_seen_on": date(2199, 1, 1)}),
        ("since", {"since": datetime(2199, 1, 1, tzinfo=PHNOM_PENH)}),
        ("since", {"since": datetime(2026, 1, 1, tzinfo=PHNOM_PENH), "first_seen_on": date(2026, 2, 1)}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    province: Any, untouched: Any, field: str, changes: dict[str, Any]
) -> None:
    with untouched():
        assert field in refused(corridor, actor=province, **changes)
    assert not Crossing.objects.filter(slug__startswith="vn-16-").exists()


def test_a_place_in_another_provinces_sector_is_not_in_this_district(keeper: Any, province: Any) -> None:
    stung_treng = Unit.objects.get(code="post-1906-1").sectors.first()
    assert stung_treng is not None
    lon, lat = stung_treng.area.point_on_surface.coords
    assert "district" in refused(corridor, actor=province, at=(lon, lat))


def test_a_commune_and_a_unit_belong_to_the_place(province: Any, world: Any) -> None:
    commune = District.objects.get(code="1601").communes.first()
    assert "commune" in refused(corridor, actor=province, commune=commune)
    assert "responsible_unit" in refused(corridor, actor=province, responsible_unit=world["province-01"])


def test_one_that_may_be_there_already_is_refused_until_it_is_said_to_be_another(province: Any) -> None:
    first = corridor(province)
    # 300 m and what both positions are uncertain by: 100 m each.
    near, far = (107.44, 13.75 + 480 / 110_650), (107.44, 13.75 + 530 / 110_650)
    assert first.slug in refused(corridor, actor=province, at=near)["although_near"][0]
    assert corridor(province, at=near, although_near=True).slug == "vn-16-002"
    assert near_ones(province, Point(*TRACK, srid=4326), 0.1)[0] == first
    assert corridor(province, at=far, although_near=True).slug == "vn-16-003"
    Crossing.objects.exclude(pk=first.pk).filter(slug__startswith="vn-16-").update(point=Point(107.4, 13.9, srid=4326))
    assert near_ones(province, Point(*far, srid=4326), 0.1) == []
    # A coarse position stands in nobody's way farther than one kilometre.
    assert near_ones(province, Point(107.44, 13.75 + 1250 / 110_650, srid=4326), 20) == [first]
    assert near_ones(province, Point(107.44, 13.75 + 1350 / 110_650, srid=4326), 20) == []


def test_nobody_learns_of_a_corridor_he_may_not_see_by_entering_beside_it(province: Any, outsider: Any) -> None:
    made = corridor(province)
    here = Point(*TRACK, srid=4326)
    assert near_ones(province, here, 0.1) == [made]
    assert near_ones(outsider, here, 0.1) == []


def test_the_nearest_marker_is_taken_within_twenty_kilometres(province: Any) -> None:
    near = corridor(province).nearest_marker
    assert near is not None
    assert near.label == "30"
    assert corridor(province, although_near=True, nearest_marker=None).nearest_marker is None
    BorderMarker.objects.filter(neighbour="VN").update(point=Point(107.44, 13.95, srid=4326))
    assert corridor(province, although_near=True).nearest_marker is None


# --- describing -----------------------------------------------------------------------------------------------


def test_only_the_keeper_describes(keeper: Any, province: Any, moi: Any, province2: Any, untouched: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    with untouched():
        for person in (province, moi, province2):
            with pytest.raises(PermissionDenied):
                actions.describe_crossing(actor=person, crossing=gate, changes={"capacity": "200"})
    assert actions.describe_crossing(actor=keeper, crossing=gate, changes={"capacity": "200"}).capacity == "200"


def test_what_is_given_as_it_stands_writes_nothing(keeper: Any, untouched: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    with untouched():
        actions.describe_crossing(
            actor=keeper, crossing=gate, changes={"name_en": f" {gate.name_en} ", "flows": list(gate.flows)}
        )


def test_fields_that_are_not_described_are_a_mistake_of_the_caller(keeper: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    for name in ("slug", "neighbour", "illustrative", "pk"):
        with pytest.raises(ValueError, match="not to be described"):
            actions.describe_crossing(actor=keeper, crossing=gate, changes={name: "x"})


def test_a_perimeter_is_kept_in_the_record_as_its_hash(keeper: Any, audited: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    actions.describe_crossing(
        actor=keeper, crossing=gate, changes={"perimeter": box(107.460, 13.784, 107.464, 13.788)}, reason="ផែនទី"
    )
    entry = audited("describe_crossing", "vn-o-yadav")
    assert entry.before == {"perimeter": None}
    assert entry.after["perimeter"]["corners"] == 4
    assert len(entry.after["perimeter"]["sha256"]) == 64
    assert entry.reason == "ផែនទី"


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (box(107.40, 13.70, 107.50, 13.80), "at most 50 km²"),
        (box(107.80, 13.784, 107.804, 13.788), "at most 25 km"),
        (box(107.46, 13.784, 107.46001, 13.78401), "smaller than a hut"),
        (MultiPolygon(Polygon(((107.46, 13.784), (107.464, 13.788), (107.464, 13.784), (107.46, 13.788),
                               (107.46, 13.784))), srid=4326), "crosses itself near 13.78600, 107.46200"),
        (MultiPolygon(Polygon.from_bbox((107.46, 13.784, 107.464, 13.788)),
                      Polygon.from_bbox((107.462, 13.784, 107.466, 13.788)), srid=4326), "crosses itself"),
    ],
)  # fmt: skip
def test_an_impossible_perimeter_is_refused_in_a_sentence(keeper: Any, shape: MultiPolygon, words: str) -> None:
    from django.utils import translation

    gate = Crossing.objects.get(slug="vn-o-yadav")
    with translation.override("en"):
        said = refused(actions.describe_crossing, actor=keeper, crossing=gate, changes={"perimeter": shape})
    assert words in said["perimeter"][0]
    assert Crossing.objects.get(slug="vn-o-yadav").perimeter is None


def test_a_crossing_does_not_move_to_another_province(keeper: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    other = District.objects.get(code="2002")
    assert "district" in refused(actions.describe_crossing, actor=keeper, crossing=gate, changes={"district": other})
    same = District.objects.get(code="1601")
    assert actions.describe_crossing(actor=keeper, crossing=gate, changes={"district": same}).district == same


# --- category and status --------------------------------------------------------------------------------------


def test_a_province_says_between_the_kinds_of_corridor_and_no_more(province: Any, keeper: Any, moi: Any) -> None:
    made = corridor(province)
    later = clock.now() + timedelta(hours=1)
    actions.classify_crossing(actor=province, crossing=made, category="corridor", since=later)
    rows = Classification.objects.filter(crossing=made).order_by("period")
    assert [(row.category, row.until) for row in rows] == [("illegal_corridor", later), ("corridor", None)]
    for person in (province, keeper, moi):
        with pytest.raises(PermissionDenied):
            actions.classify_crossing(
                actor=person, crossing=made, category="bilateral", since=later, legal_reference="Letter"
            )


def test_a_status_up_to_a_day_gives_back_what_was_in_force_before(province: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    since = datetime(2026, 11, 1, tzinfo=PHNOM_PENH)
    until = datetime(2026, 11, 4, tzinfo=PHNOM_PENH)
    actions.set_crossing_status(
        actor=province, crossing=gate, status="suspended", since=since, until=until, flows=["goods"], reason="ទឹកជំនន់"
    )
    rows = CrossingStatus.objects.filter(crossing=gate, side="kh", flow="goods").order_by("period")
    assert [row.status for row in rows] == ["open", "suspended", "open"]
    assert [(row.since, row.until) for row in rows][1] == (since, until)
    assert rows[2].since == until


# --- contradictions -------------------------------------------------------------------------------------------


def found(user: Any, rule: str, **narrowed: Any) -> list[contradictions.Contradiction]:
    rows = Crossing.objects.visible_to(user).with_state().filter(**narrowed)
    return next((found for one, found in contradictions.find(user, rows) if one.slug == rule), [])


def test_perimeters_that_overlap_are_found_once_and_from_either_side(keeper: Any, province: Any, outsider: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    beside = corridor(province, at=(107.466, 13.786), although_near=True)
    actions.describe_crossing(actor=keeper, crossing=gate, changes={"perimeter": box(107.460, 13.784, 107.464, 13.788)})
    touching = box(107.464, 13.784, 107.468, 13.788)
    actions.describe_crossing(actor=keeper, crossing=beside, changes={"perimeter": touching})
    assert found(keeper, "perimeters_overlap") == []
    over = box(107.463, 13.784, 107.468, 13.788)
    actions.describe_crossing(actor=keeper, crossing=beside, changes={"perimeter": over})
    [one] = found(keeper, "perimeters_overlap")
    assert one.url == f"/crossings/{one.crossing.slug}/edit/"
    for crossing, other in ((gate, beside), (beside, gate)):
        [one] = found(keeper, "perimeters_overlap", pk=crossing.pk)
        assert one.crossing == crossing
        assert other.slug in one.words
    # Who may not see the corridor learns nothing of it; who may not describe is led to the page.
    assert found(outsider, "perimeters_overlap") == []
    [one] = found(province, "perimeters_overlap", pk=gate.pk)
    assert one.url == "/crossings/vn-o-yadav/"


def test_an_official_gate_without_any_reference_is_found_until_one_is_named(keeper: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    assert found(keeper, "no_legal_reference", pk=gate.pk) == []
    actions.describe_crossing(actor=keeper, crossing=gate, changes={"legal_references": []})
    [one] = found(keeper, "no_legal_reference", pk=gate.pk)
    assert one.url == "/crossings/vn-o-yadav/edit/"
    actions.classify_crossing(
        actor=None, crossing=gate, category="international", since=clock.now(), legal_reference="Sub-decree 7"
    )
    assert found(keeper, "no_legal_reference", pk=gate.pk) == []
    # Corridors need none.
    assert {one.crossing.slug for one in found(keeper, "no_legal_reference")}.isdisjoint({"th-ta-moan-thom"})
