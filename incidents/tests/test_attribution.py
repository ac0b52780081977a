"""Who answers for a place at a moment: each rule by example, and that past findings never change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents import attribution
from incidents.choices import Confidence, Rule
from incidents.models import Attribution, Incident
from units import actions as register
from units.models import Province, Unit

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def ratanakiri(world):
    return Province.objects.get(code="16")


@pytest.fixture
def find(ratanakiri):
    def look(lon, lat, accuracy_m=20, moment=NOW, province=ratanakiri):
        return attribution.find(
            point=Point(lon, lat, srid=4326), accuracy_m=accuracy_m, moment=moment, province=province
        )

    return look


@pytest.fixture
def squares(world, ratanakiri):
    """Three sectors far from all others: a and b share an edge, c touches a at one point and b along an edge.

    c: 104.1-104.2, 12.1-12.2
    a: 104.0-104.1, 12.0-12.1    b: 104.1-104.2, 12.0-12.1
    """
    return {
        name: square(world, ratanakiri, name, west, south)
        for name, west, south in (("a", 104.0, 12.0), ("b", 104.1, 12.0), ("c", 104.1, 12.1))
    }


def square(world, province, name, west, south, since=datetime(2020, 1, 1, tzinfo=UTC), **more):
    unit = Unit.objects.filter(code=f"square-{name}").first() or register.create_unit(
        actor=None,
        code=f"square-{name}",
        kind="border_police_post",
        name_en=f"Square {name}",
        parent=world["battalion-16"],
        province=province,
    )
    corners = Polygon.from_bbox((west, south, round(west + 0.1, 6), round(south + 0.1, 6)))
    area = MultiPolygon(corners, srid=4326)
    register.draw_sector(actor=None, unit=unit, code=f"SQ-{name}", area=area, since=since, **more)
    return unit


# --- the rules ------------------------------------------------------------------------------------------------


def test_deep_inside_one_sector(squares, find):
    found = find(104.05, 12.05)
    assert (found.rule, found.confidence, found.unit) == (Rule.SECTOR, Confidence.HIGH, squares["a"])
    assert not found.contested
    assert found.sector.code == "SQ-a"
    # A twentieth of a degree of longitude at 12 degrees north.
    assert found.margin_m == pytest.approx(5444, abs=15)
    assert {c.unit.code for c in found.candidates} == {"square-b", "square-c"}


def test_the_accuracy_circle_reaching_a_neighbour_makes_it_contested(squares, find):
    """200 m from the edge: 199 m of accuracy do not reach it, 201 do."""
    lon = 104.1 - 200 / (111_320 * 0.97815)
    assert find(lon, 12.05, 190).rule == Rule.SECTOR
    reached = find(lon, 12.05, 210)
    assert (reached.rule, reached.confidence) == (Rule.SECTOR_NEAR_EDGE, Confidence.LOW)
    assert reached.unit == squares["a"]
    assert reached.party_ids == [squares["a"].pk, squares["b"].pk]


def test_confidence_falls_before_it_is_contested(squares, find):
    lon = 104.1 - 200 / (111_320 * 0.97815)
    assert find(lon, 12.05, 50).confidence == Confidence.HIGH
    assert find(lon, 12.05, 100).confidence == Confidence.MEDIUM
    assert find(lon, 12.05, 210).confidence == Confidence.LOW


def test_on_a_shared_edge_both_answer_until_a_reviewer_rules(squares, find):
    found = find(104.1, 12.05)
    assert found.rule == Rule.SECTORS_OVERLAP
    assert set(found.party_ids) == {squares["a"].pk, squares["b"].pk}
    assert found.unit == squares["a"]  # equally deep in both: the sector's code decides


def test_on_the_point_where_three_touch(squares, find):
    found = find(104.1, 12.1)
    assert found.rule == Rule.SECTORS_OVERLAP
    assert set(found.party_ids) == {unit.pk for unit in squares.values()}


def test_where_areas_touch_at_a_point_a_hair_beside_it_is_contested_by_distance(squares, find):
    """Just inside a, by the corner it shares with c: c lies within the accuracy, though it shares no edge."""
    found = find(104.1 - 1e-6, 12.1 - 1e-6, 5)
    assert (found.rule, found.unit) == (Rule.SECTOR_NEAR_EDGE, squares["a"])
    assert squares["c"].pk in found.party_ids


def test_of_overlapping_sectors_the_one_in_which_the_place_lies_deepest(world, ratanakiri, find):
    square(world, ratanakiri, "x", 104.0, 12.0)
    y = square(world, ratanakiri, "y", 104.04, 12.0)
    found = find(104.09, 12.05)
    assert (found.rule, found.unit) == (Rule.SECTORS_OVERLAP, y)
    assert (found.margin_m, found.confidence) == (0.0, Confidence.LOW)


def test_in_a_gap_the_provinces_command_answers(squares, find, world):
    found = find(104.3, 12.05, 100)
    assert (found.rule, found.unit, found.sector) == (Rule.GAP, world["command-16"], None)
    assert found.tenure is not None
    assert found.margin_m == pytest.approx(10_890, abs=40)
    near = find(104.201, 12.05, 200)
    assert near.rule == Rule.GAP_NEAR_EDGE
    assert near.party_ids == [world["command-16"].pk, squares["b"].pk]


def test_a_point_in_another_country_is_a_gap_near_ones_own_border(find, world):
    """Pleiku, in Viet Nam, some 60 km off: no side is decided, the filer's province answers."""
    found = find(108.0, 13.98)
    assert (found.rule, found.unit) == (Rule.GAP, world["command-16"])
    assert find(106.7, 10.77).unit == world["command-16"]


def test_a_gap_beside_another_province_belongs_to_that_province(find, world):
    """A filer of Ratanakiri reports from the planned gap in Stung Treng."""
    found = find(106.15, 14.38)
    assert found.is_gap
    assert (found.unit, found.province.code) == (world["command-19"], "19")


@pytest.mark.parametrize("at", [(-72.58, -13.79), (0, 0), (180, 90), (-180, -90), (107.42, -13.786)])
def test_nonsense_coordinates_find_the_filers_own_command_and_never_break(at, find, world):
    found = find(*at)
    assert (found.rule, found.unit, found.candidates) == (Rule.GAP, world["command-16"], [])


def test_nonsense_coordinates_are_refused_at_filing_with_latitude_and_longitude_named(report):
    with pytest.raises(ValidationError) as refused:
        report(at=(-72.58, -13.786)).check(NOW)
    (message,) = refused.value.message_dict["place"]
    assert "-13.78600" in message
    assert "-72.58000" in message


def test_the_moment_decides_which_sector_is_in_force(world, ratanakiri, find):
    moved = datetime(2026, 3, 1, tzinfo=UTC)
    first = square(world, ratanakiri, "old", 104.0, 12.0, until=moved)
    second = square(world, ratanakiri, "new", 104.0, 12.0, since=moved)
    assert find(104.05, 12.05, moment=moved - timedelta(seconds=1)).unit == first
    assert find(104.05, 12.05, moment=moved).unit == second
    assert find(104.05, 12.05, moment=datetime(2019, 12, 31, tzinfo=UTC)).is_gap


def test_the_second_of_a_change_of_command_belongs_to_the_new_head(squares, find):
    change = datetime(2026, 4, 1, 0, 0, 0, tzinfo=UTC)
    unit = squares["a"]
    register.appoint_head(actor=None, unit=unit, name_en="Before", since=datetime(2020, 1, 1, tzinfo=UTC), until=change)
    register.appoint_head(actor=None, unit=unit, name_en="After", since=change)

    def head(moment):
        return find(104.05, 12.05, moment=moment).tenure.head_name_en

    assert head(change - timedelta(microseconds=1)) == "Before"
    assert head(change) == "After"
    assert head(change + timedelta(microseconds=1)) == "After"


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(104.0, 11.9), (104.25, 12.05), (103.9, 11.9), (104.0001, 12.2999), (104.06, 12.07)],
)
def test_metres_are_those_of_the_ellipsoid_within_a_thousandth(squares, find, lon, lat):
    """The quick measure against PostGIS measuring to every edge on the ellipsoid."""
    from django.db import connection

    found = find(lon, lat)
    assert found.candidates
    for one in found.candidates:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ST_Distance(area::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography) "
                "FROM units_sector WHERE id = %s",
                [lon, lat, one.sector.pk],
            )
            # Edges here are straight in degrees, there on the ellipsoid: some decimetres on ten kilometres.
            assert one.distance_m == pytest.approx(cursor.fetchone()[0], rel=1e-3, abs=2)


def test_it_costs_two_queries_and_four_with_a_gap(squares, find, django_assert_num_queries):
    find(104.05, 12.05)  # the reference system is looked up once in a process
    with django_assert_num_queries(2):
        find(104.05, 12.05)
    with django_assert_num_queries(4):  # the command and its head come on top
        find(104.5, 12.05)


def test_an_accuracy_that_reaches_farther_than_candidates_are_named_still_names_its_parties(world, ratanakiri, find):
    """Two sectors thirty kilometres apart and a position known to forty: both may answer."""
    near, far = square(world, ratanakiri, "near", 104.0, 12.0), square(world, ratanakiri, "far", 104.4, 12.0)
    found = find(104.1, 12.05, 40_000)
    assert (found.rule, found.unit) == (Rule.SECTOR_NEAR_EDGE, near)
    assert set(found.party_ids) == {near.pk, far.pk}


# --- frozen ---------------------------------------------------------------------------------------------------


def test_later_edits_of_the_register_change_no_past_attribution(file, world, province2):
    incident = file()
    fields = [f.attname for f in Attribution._meta.fields]
    before = Attribution.objects.filter(incident=incident).values(*fields).get()
    listed = Incident.objects.filter(pk=incident.pk).values("responsible_unit", "head_name", "contested").get()
    post = world["post-1607-1"]
    tenure = post.tenures.at(incident.occurred_at).get()
    sector = post.sectors.at(incident.occurred_at).get()
    past = incident.occurred_at - timedelta(days=1)
    register.end_tenure(actor=None, tenure=tenure, at=past, reason="backdated order")
    register.appoint_head(actor=None, unit=post, name_en="Somebody Else", since=past, reason="backdated order")
    register.end_sector(actor=None, sector=sector, at=past, reason="redrawn")
    Unit.objects.filter(pk=post.pk).update(name_en="Renamed Post")
    after = Attribution.objects.filter(incident=incident).values(*fields).get()
    assert after == before
    assert Incident.objects.filter(pk=incident.pk).values(*listed).get() == listed
    # A new report of the same place and moment finds the register as it is now.
    assert file(occurred_at=incident.occurred_at).responsible_unit.code == "command-16"


def test_one_attribution_is_in_force(file):
    row = Attribution.objects.get(incident=file())
    row.pk, row.number = None, 2
    with pytest.raises(IntegrityError, match="one_attribution_is_in_force"), transaction.atomic():
        row.save()


def test_what_is_frozen_can_be_read_without_the_register(file):
    row = Attribution.objects.get(incident=file(accuracy_m=20_000))
    assert row.contested
    nearest = row.candidates[0]
    assert set(nearest) >= {"unit_code", "name_km", "name_en", "sector_code", "distance_m", "covers", "head_en"}
    assert row.candidates == sorted(row.candidates, key=lambda c: c["distance_m"])
