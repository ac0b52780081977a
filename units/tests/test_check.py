"""The register check: each fault is found, by those who may, and a sound register is said to be sound."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.utils import timezone

from units import actions, check
from units.choices import Role, UnitKind
from units.models import BorderSection, CommandTenure, Posting, Province, Sector, Unit, User

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english(world):
    User.objects.update(language="en")


@pytest.fixture
def ground(world):
    """A stretch of border far from all others: two posts of Ratanakiri side by side, five kilometres apart.

    The line runs along 12° N from 104.0 to 104.3; the sectors lie beside it, 104.0-104.1 and 104.15-104.25.
    """
    province = Province.objects.get(code="16")
    BorderSection.objects.filter(province=province).update(line=None)
    section = BorderSection.objects.filter(province=province).order_by("code").first()
    section.line = MultiLineString(LineString((104.0, 12.0), (104.3, 12.0)), srid=4326)
    section.save(update_fields=["line"])
    units = {}
    for name, west in (("left", 104.0), ("right", 104.15)):
        units[name] = actions.create_unit(
            actor=None, code=f"check-{name}", kind=UnitKind.POST, name_en=f"Check {name}",
            parent=world["battalion-16"], province=province,
        )  # fmt: skip
        draw(units[name], f"CHK-{name}", west)
    return units


def draw(unit, code, west, south=12.0, wide=0.1, **more):
    area = MultiPolygon(Polygon.from_bbox((west, south, west + wide, south + 0.1)), srid=4326)
    return actions.draw_sector(actor=None, unit=unit, code=code, area=area, since=LONG_AGO, **more)


def of(*units):
    return check.report(frozenset(unit.pk for unit in units))


# --- what is found --------------------------------------------------------------------------------------------


def test_stretches_of_the_line_without_a_sector_are_gaps_the_longest_first(ground):
    found = of(*ground.values()).gaps
    # 0.05 degrees at 12 degrees north is 5444 m; 100 m beside each sector count as touched.
    assert [round(gap.metres, -2) for gap in found] == [5300, 5200]
    assert set(found[1].near) == {"CHK-left", "CHK-right"}
    assert found[0].shape["type"] == "LineString"
    draw(ground["left"], "CHK-more", 104.1, wide=0.05)
    assert len(of(*ground.values()).gaps) == 1


def test_a_sector_beside_the_line_covers_it_only_while_it_lasts_and_when_it_is_near(ground):
    BorderSection.objects.exclude(line=None).update(
        line=MultiLineString(LineString((104.0, 11.9995), (104.1, 11.9995)), srid=4326)
    )
    assert of(*ground.values()).gaps == []
    Sector.objects.filter(code="CHK-left").update(period=(LONG_AGO, timezone.now() - timedelta(seconds=1)))
    assert len(of(*ground.values()).gaps) == 1


def test_sections_without_a_line_are_named(ground):
    report = of(*ground.values())
    sections = BorderSection.objects.filter(province__code="16")
    assert {one.pk for one in report.unlined} == set(sections.filter(line=None).values_list("pk", flat=True))
    assert len(report.unlined) < sections.count()


def test_an_overlap_is_listed_once_with_its_ground(ground):
    assert of(*ground.values()).overlaps == []
    draw(ground["right"], "CHK-over", 104.09, wide=0.02)
    (one,) = of(*ground.values()).overlaps
    assert {one.one.code, one.other.code} == {"CHK-left", "CHK-over"}
    assert one.km2 == pytest.approx(0.01 * 108.85 * 0.1 * 110.6, rel=0.01)
    # Also when only one of the two is the person's own.
    assert len(of(ground["left"]).overlaps) == len(of(ground["right"]).overlaps) == 1
    # A unit's own sectors, a shared edge and a sliver are no faults.
    draw(ground["left"], "CHK-own", 104.0, wide=0.05)
    draw(ground["right"], "CHK-edge", 104.0, south=12.1)
    draw(ground["right"], "CHK-sliver", 104.0, south=11.90000001)
    assert len(of(ground["left"]).overlaps) == 1


def test_a_sector_whose_unit_has_no_head_today(ground):
    assert {one.code for one in of(*ground.values()).headless} == {"CHK-left", "CHK-right"}
    actions.appoint_head(actor=None, unit=ground["left"], name_en="Head", since=LONG_AGO)
    ended = actions.appoint_head(actor=None, unit=ground["right"], name_en="Gone", since=LONG_AGO)
    CommandTenure.objects.filter(pk=ended.pk).update(period=(LONG_AGO, timezone.now()))
    assert [one.code for one in of(*ground.values()).headless] == ["CHK-right"]


def test_tenures_that_end_soon_say_whether_somebody_follows(ground):
    soon, later = timezone.now() + timedelta(days=59), timezone.now() + timedelta(days=61)
    actions.appoint_head(actor=None, unit=ground["left"], name_en="Acts", since=LONG_AGO, until=soon, acting=True)
    actions.appoint_head(actor=None, unit=ground["right"], name_en="Stays", since=LONG_AGO, until=later)
    (one,) = of(*ground.values()).ending
    assert (one.head_name_en, one.followed) == ("Acts", False)
    actions.appoint_head(actor=None, unit=ground["left"], name_en="Follows", since=soon)
    assert [one.followed for one in of(*ground.values()).ending] == [True]


def test_units_nobody_can_answer_for(ground, head, world):
    assert of(ground["left"], world["post-1607-1"]).silent == [ground["left"]]
    # A ministry, a district or a battalion answers for no ground of its own.
    assert of(world["moi"], world["district-1607"], world["battalion-16"]).silent == []
    person = Posting.objects.get(user=head, unit_role__unit=world["post-1607-1"])
    person.user.is_active = False
    person.user.save(update_fields=["is_active"])
    assert of(world["post-1607-1"]).silent == [world["post-1607-1"]]


def test_open_faults_found_by_reports(ground):
    for ref in ("RTK-2026-000001", "RTK-2026-000002"):
        actions.raise_register_defect(
            kind="gap", found_by=ref, moment=LONG_AGO, point=Point(104.12, 12.0, srid=4326),
            units=[ground["left"], ground["right"]],
        )  # fmt: skip
    one = of(ground["left"]).defects[0]
    one.mended_at = timezone.now()
    one.save(update_fields=["mended_at"])
    assert [one.found_by for one in of(*ground.values()).defects] == ["RTK-2026-000001"]


def test_a_sound_register_is_said_to_be_sound(ground, signed_in, monkeypatch, keeper):
    monkeypatch.setattr(check, "report", lambda ids: check.Report(timezone.now(), 1, [], [], [], [], [], [], []))
    assert "Nothing is wrong in the register of your units." in signed_in(keeper).get("/units/check/").content.decode()


# --- the page -------------------------------------------------------------------------------------------------


def test_the_page_lists_and_draws_what_was_found(ground, signed_in, keeper):
    draw(ground["right"], "CHK-over", 104.09, wide=0.02)
    answer = signed_in(keeper).get("/units/check/")
    text = answer.content.decode()
    for words in ("CHK-over", "Check left", "no line on record"):
        assert words in text
    kinds = {one["properties"]["kind"] for one in answer.context["shapes"]["features"]}
    assert kinds == {"gap", "overlap"}


def test_keepers_reviewers_and_auditors_check_and_nobody_else(signed_in, request):
    for name, status in (
        ("keeper", 200), ("province", 200), ("moi", 200), ("auditor", 200), ("mfaic", 200), ("district", 403),
        ("head", 403), ("former_head", 403), ("admin", 403), ("outsider", 403),
    ):  # fmt: skip
        assert signed_in(request.getfixturevalue(name)).get("/units/check/").status_code == status, name


def test_a_keeper_sees_no_fault_of_another_province(ground, signed_in, province2, keeper):
    for person, seen in ((province2, False), (keeper, True)):
        assert ("Check left" in signed_in(person).get("/units/check/").content.decode()) is seen


def test_an_ended_posting_checks_nothing(signed_in, keeper):
    Posting.objects.filter(user=keeper, unit_role__role=Role.REGISTER_KEEPER).update(
        period=(LONG_AGO, timezone.now() - timedelta(hours=1))
    )
    assert signed_in(keeper).get("/units/check/").status_code == 403


def test_the_page_takes_few_queries_and_some_seconds_at_most(ground, signed_in, moi, django_assert_max_num_queries):
    for number in range(6):
        actions.raise_register_defect(
            kind="gap", found_by=f"RTK-2026-{number:06}", moment=LONG_AGO, units=[ground["left"]]
        )
    browser = signed_in(moi)
    with django_assert_max_num_queries(24):
        answer = browser.get("/units/check/")
    assert answer.status_code == 200
    assert Unit.objects.count() > 40
