"""Attribution against an oracle of plain arithmetic, over places, accuracies and moments chosen by hypothesis."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from incidents import attribution
from incidents.choices import Confidence, Rule
from incidents.tests.test_attribution import NOW, ratanakiri, square, squares  # noqa: F401 - fixtures
from units import actions as register

# The three squares of `squares`: west, south; each a tenth of a degree wide.
CORNERS = {"square-a": (104.0, 12.0), "square-b": (104.1, 12.0), "square-c": (104.1, 12.1)}
SIDE = 0.1

# Anywhere around the squares, and more often exactly on their edges.
lons = st.one_of(st.floats(103.9, 104.3), st.sampled_from([104.0, 104.1, 104.2]))
lats = st.one_of(st.floats(11.9, 12.3), st.sampled_from([12.0, 12.1, 12.2]))
accuracies = st.one_of(st.integers(1, 50_000), st.sampled_from([1, 30, 200, 1000]))

checked = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def covered(lon, lat):
    """The squares that cover the point, edges included."""
    return {
        name
        for name, (west, south) in CORNERS.items()
        if west <= lon <= round(west + SIDE, 1) and south <= lat <= round(south + SIDE, 1)
    }


def metres(lon, lat, name):
    """Rough metres from a point to a square, by the plane at that latitude; within half a per cent here."""
    west, south = CORNERS[name]
    east, north = round(west + SIDE, 1), round(south + SIDE, 1)
    dx = max(west - lon, 0, lon - east) * 111_320 * math.cos(math.radians(lat))
    dy = max(south - lat, 0, lat - north) * 110_900
    return math.hypot(dx, dy)


def close(measured, expected):
    return abs(measured - expected) <= 3 + 0.01 * expected


@pytest.mark.usefixtures("squares")
@checked
@given(lon=lons, lat=lats, accuracy=accuracies)
@example(lon=104.1, lat=12.1, accuracy=1)
@example(lon=104.0, lat=12.0, accuracy=30)
@example(lon=104.2, lat=12.1, accuracy=30)
def test_the_rule_follows_from_what_covers_and_what_the_circle_reaches(ratanakiri, lon, lat, accuracy):  # noqa: F811
    found = attribution.find(point=Point(lon, lat, srid=4326), accuracy_m=accuracy, moment=NOW, province=ratanakiri)
    inside = covered(lon, lat)
    measured = {c.unit.code: c.distance_m for c in found.candidates if c.unit.code in CORNERS}
    # Distances are true metres, and each other square within reach of a dispute or of the accuracy is named.
    for name, distance in measured.items():
        assert close(distance, metres(lon, lat, name))
    away = {name: metres(lon, lat, name) for name in CORNERS if name != found.unit.code}
    assert {name for name, distance in away.items() if distance < 0.98 * max(25_000, accuracy)} <= set(measured)
    # The one who answers covers the place, or it is the command.
    if inside:
        assert found.unit.code in inside
        assert close(found.margin_m, min(away.values()))
    else:
        assert found.unit.code == "command-16"
    expected = {
        (False, False): Rule.GAP,
        (False, True): Rule.GAP_NEAR_EDGE,
        (True, False): Rule.SECTOR,
        (True, True): Rule.SECTOR_NEAR_EDGE,
    }
    reached = any(distance <= accuracy for distance in measured.values())
    rule = Rule.SECTORS_OVERLAP if len(inside) > 1 else expected[bool(inside), reached]
    assert found.rule == rule
    # Contested exactly when somebody else may answer, and then everybody in reach is a party.
    assert found.contested == reached
    in_reach = {c.unit.pk for c in found.candidates if c.distance_m <= accuracy} if reached else set()
    assert set(found.party_ids) == {found.unit.pk} | in_reach
    if found.contested or not inside:
        assert found.confidence == Confidence.LOW
    if found.confidence == Confidence.HIGH:
        assert found.margin_m > 3 * accuracy


@pytest.mark.usefixtures("squares")
@checked
@given(lon=lons, lat=lats, accuracy=accuracies)
def test_the_same_question_has_the_same_answer(ratanakiri, lon, lat, accuracy):  # noqa: F811
    def ask():
        found = attribution.find(point=Point(lon, lat, srid=4326), accuracy_m=accuracy, moment=NOW, province=ratanakiri)
        return found.unit, found.rule, found.margin_m, [c.frozen() for c in found.candidates]

    assert ask() == ask()


@pytest.mark.usefixtures("squares")
@checked
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), accuracy=st.one_of(st.none(), accuracies))
def test_wherever_on_earth_somebody_answers(ratanakiri, lon, lat, accuracy):  # noqa: F811
    found = attribution.find(point=Point(lon, lat, srid=4326), accuracy_m=accuracy, moment=NOW, province=ratanakiri)
    assert found.unit is not None
    assert found.tenure is None or found.tenure.unit_id == found.unit.pk
    assert found.margin_m is None or math.isfinite(found.margin_m)


@pytest.mark.usefixtures("world")
@checked
@given(
    terms=st.lists(st.integers(1, 400), min_size=1, max_size=4),
    which=st.integers(0, 3),
    off=st.sampled_from([-1_000_000, -1, 0, 1, 1_000_000]),
)
def test_at_each_change_of_command_the_second_itself_belongs_to_the_successor(ratanakiri, terms, which, off):  # noqa: F811
    """Heads follow each other without a gap; `off` microseconds around one of the changes."""
    from django.db import transaction

    from units.models import CommandTenure, Unit

    start = datetime(2020, 1, 1, tzinfo=UTC)
    moments = [start]
    for days in terms:
        moments.append(moments[-1] + timedelta(days=days))
    with transaction.atomic():
        unit = Unit.objects.get(code="post-1607-1")
        unit.tenures.all().delete()
        for number, (since, until) in enumerate(zip(moments, [*moments[1:], None], strict=True)):
            register.appoint_head(actor=None, unit=unit, name_en=str(number), since=since, until=until)
        change = moments[which % len(moments)]
        found = attribution.find(
            point=Point(107.42, 13.786, srid=4326),
            accuracy_m=20,
            moment=change + timedelta(microseconds=off),
            province=ratanakiri,
        )
        number = which % len(moments) - (off < 0)
        head = found.tenure.head_name_en if found.tenure else None
        assert head == (str(number) if number >= 0 else None)
        assert CommandTenure.objects.filter(unit=unit).count() == len(moments)
        transaction.set_rollback(True)
