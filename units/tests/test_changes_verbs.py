"""Changes of the register: proposed by file and by hand, tried, applied wholly or not at all, abandoned."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString, MultiPolygon, Polygon
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from borderwatch import jobs, sealed
from borderwatch.models import Job
from units import actions, change_workflow, reference
from units.choices import ChangeState, Role, Verdict
from units.models import (
    BorderSection,
    Boundary,
    ProposedRow,
    RegisterChange,
    Sector,
    UnresolvedArea,
)
from units.tests.register_files import feature, geojson, square

NEXT_YEAR = datetime(2027, 1, 1, tzinfo=timezone.get_default_timezone())
Propose = Callable[..., RegisterChange]
# A ring that crosses itself; its halves cancel out.
BOW = ((107, 13), (107.1, 13.1), (107.1, 13), (107, 13.1), (107, 13))


@pytest.fixture(autouse=True)
def _english(world: Any) -> Iterator[None]:
    """Refusals and pages are compared by their English words."""
    from units.models import User

    User.objects.update(language="en")
    with translation.override("en"):
        yield


@pytest.fixture
def national(world: Any, moi: Any) -> Any:
    """`moi` as keeper of the whole register."""
    actions.post_person(actor=None, user=moi, unit=world["moi"], role=Role.REGISTER_KEEPER,
                        since=timezone.now() - timedelta(days=1))  # fmt: skip
    return moi


@pytest.fixture
def propose(tmp_path: Path, keeper: Any, django_capture_on_commit_callbacks: Any) -> Propose:
    """Propose features as a GeoJSON file and let the job read it."""

    def make(*features: Any, actor: Any = keeper, layer: str = "sector", **more: Any) -> RegisterChange:
        path = geojson(tmp_path / "register.geojson", features)
        file = sealed.keep(SimpleUploadedFile("register.geojson", path.read_bytes()), max_bytes=10**7)
        values = {"title": "Sectors of 2027", "effective_from": NEXT_YEAR, "complete": False} | more
        change = actions.propose_file(actor=actor, file=file, layer=layer, **values)
        job = jobs.latest(f"change:{change.pk}", "read_register_file")
        assert job is not None
        assert jobs.run(job.pk) == Job.State.DONE
        change.refresh_from_db()
        return change

    return make


def rows(change: RegisterChange) -> dict[str, str]:
    return dict(change.rows.order_by("number").values_list("code", "verdict"))


def said(change: RegisterChange, code: str) -> list[str]:
    return [message["code"] for row in change.rows.filter(code=code) for message in row.messages]


def sector_of(unit: Any) -> Sector:
    return Sector.objects.get(unit=unit, period__contains=timezone.now())


def as_feature(sector: Sector, **properties: Any) -> dict[str, Any]:
    import json

    own = {"sector_code": sector.code, "unit_code": sector.unit.code}
    return feature(json.loads(sector.area.geojson), **own | properties)


def area_of(geometry: dict[str, Any]) -> MultiPolygon:
    import json

    return MultiPolygon(GEOSGeometry(json.dumps(geometry)), srid=4326)  # type: ignore[arg-type]


# --- the dry run ----------------------------------------------------------------------------------------------


def test_a_file_becomes_a_draft_that_says_what_it_would_do(propose: Propose, world: Any, audited: Any) -> None:
    kept, moved = sector_of(world["post-1607-1"]), sector_of(world["post-1607-2"])
    before = list(Sector.objects.order_by("pk").values_list("pk", "period"))
    change = propose(
        as_feature(kept),
        as_feature(moved, unit_code="post-1607-1"),
        feature(square(), sector_code="S-NEW", unit_code="post-1607-2"),
        feature(square(107.2), sector_code="S-NEW", unit_code="post-1607-2"),
        feature(square(107.3), sector_code="S-X", unit_code="post-none"),
        feature(square(107.3), unit_code="post-1607-2"),
        feature(square(107.3), sector_code="S-Y"),
    )
    assert change.state == ChangeState.DRAFT
    verdicts = list(change.rows.order_by("number").values_list("verdict", flat=True))
    assert verdicts == ["unchanged", "changed", "added", "refused", "refused", "refused", "refused"]
    assert said(change, moved.code) == ["other_unit", "same_shape"]
    assert {*said(change, "S-NEW"), *said(change, "S-X"), *said(change, ""), *said(change, "S-Y")} == {
        "duplicate_code", "unknown_unit", "no_code", "missing",
    }  # fmt: skip
    assert set(change.units.values_list("code", flat=True)) == {"post-1607-1", "post-1607-2"}
    # Lists show the newest key first; that is the first row of the file.
    assert [row.number for row in change.rows.order_by("-pk")] == [1, 2, 3, 4, 5, 6, 7]
    assert list(Sector.objects.order_by("pk").values_list("pk", "period")) == before
    assert audited("propose_change", str(change.pk)).after["file"] == "register.geojson"
    assert audited("take_reading", str(change.pk)).after["rows"] == 7


def test_rows_of_others_are_refused_without_a_word_about_what_stands_there(propose: Propose, world: Any) -> None:
    foreign = Sector.objects.filter(unit__code__startswith="post-01").first()
    assert foreign is not None
    change = propose(
        as_feature(foreign),
        as_feature(foreign, sector_code="S-FREE"),
        as_feature(sector_of(world["post-1607-1"]), unit_code=foreign.unit.code),
    )
    assert set(rows(change).values()) == {"refused"}
    assert all(message["code"] == "not_kept" for row in change.rows.all() for message in row.messages)
    assert not change.units.exists()


def test_a_complete_file_ends_what_it_leaves_out_in_its_province_alone(
    propose: Propose, world: Any, national: Any
) -> None:
    kept = sector_of(world["post-1607-1"])
    change = propose(as_feature(kept), complete=True, actor=national)
    ended = change.rows.filter(verdict=Verdict.ENDED)
    here = Sector.objects.filter(unit__province__code="16", period__contains=NEXT_YEAR)
    assert set(ended.values_list("code", flat=True)) == set(here.values_list("code", flat=True)) - {kept.code}
    assert set(ended.values_list("number", flat=True)) == {0}
    broken = propose(
        as_feature(kept),
        {**as_feature(sector_of(world["post-1607-2"])), "geometry": None},
        complete=True,
        actor=national,
    )
    # A row that cannot be read is no sign that its sector ends.
    assert ended.count() - broken.rows.filter(verdict=Verdict.ENDED).count() == 1


def test_a_file_that_cannot_be_read_says_why(propose: Propose, audited: Any, keeper: Any) -> None:
    change = propose(feature(square(2.3, 48.8), sector_code="S-1", unit_code="post-1607-1"))
    assert change.state == ChangeState.UNREADABLE
    assert [message["code"] for message in change.messages] == ["elsewhere"]
    assert not change.rows.exists()
    with pytest.raises(change_workflow.Refused):
        actions.apply_change(actor=keeper, change=change, reason="Order 1")
    actions.abandon_change(actor=keeper, change=change, reason="Wrong file")
    assert audited("abandon_change", str(change.pk)).reason == "Wrong file"


def test_reading_twice_changes_nothing(propose: Propose, world: Any) -> None:
    from units.importing import job as reader

    change = propose(as_feature(sector_of(world["post-1607-1"])))
    job = jobs.latest(f"change:{change.pk}", "read_register_file")
    assert job is not None
    assert reader.read_file(job, None) == {"state": "draft", "rows": 1}  # type: ignore[arg-type]
    with pytest.raises(change_workflow.Refused):
        actions.take_reading(actor=None, change=change, reading=reader.reading.Reading())


def test_who_keeps_no_register_proposes_nothing(world: Any, request: Any, untouched: Any) -> None:
    file = sealed.SealedFile("0" * 64, "x", "", 1)
    for name in ("province", "head", "moi", "admin", "outsider"):
        with untouched(), pytest.raises(PermissionDenied):
            actions.propose_file(
                actor=request.getfixturevalue(name), file=file, layer="sector", title="x", effective_from=NEXT_YEAR,
                complete=False,
            )  # fmt: skip
    assert not RegisterChange.objects.exists()


def test_a_file_needs_a_kind_and_a_title(keeper: Any, untouched: Any) -> None:
    file = sealed.SealedFile("0" * 64, "x", "", 1)
    for wrong in ({"layer": "moon"}, {"title": " "}):
        values = {"layer": "sector", "title": "x"} | wrong
        with untouched(), pytest.raises(ValidationError) as caught:
            actions.propose_file(actor=keeper, file=file, effective_from=NEXT_YEAR, complete=False, **values)
        assert set(caught.value.message_dict) == set(wrong)


# --- apply ----------------------------------------------------------------------------------------------------


def test_applied_a_change_ends_the_old_and_begins_the_new_at_its_moment(
    propose: Propose, world: Any, keeper: Any, audited: Any, ponds: Any
) -> None:
    old = sector_of(world["post-1607-1"])
    answered = (ponds.responsible_unit_id, ponds.attributions.count())
    change = propose(
        as_feature(old, unit_code="post-1607-2", legal_reference="Order 7"),
        feature(square(), sector_code="S-NEW", unit_code="post-1607-1"),
        source="Survey of 2026",
    )
    actions.apply_change(actor=keeper, change=change, reason="Order 7 of the governor")
    old.refresh_from_db()
    assert (old.unit.code, old.until) == ("post-1607-1", NEXT_YEAR)
    new = Sector.objects.get(code=old.code, period__contains=NEXT_YEAR)
    assert (new.unit.code, new.since, new.until, new.legal_reference) == ("post-1607-2", NEXT_YEAR, None, "Order 7")
    assert (new.source, new.illustrative) == ("Survey of 2026", False)
    assert new.area.equals(old.area)
    # The day before, the old unit; the frozen incident keeps who answered.
    assert Sector.objects.at(NEXT_YEAR - timedelta(seconds=1)).get(code=old.code).unit.code == "post-1607-1"
    assert Sector.objects.get(code="S-NEW").unit.code == "post-1607-1"
    ponds.refresh_from_db()
    assert (ponds.responsible_unit_id, ponds.attributions.count()) == answered
    change.refresh_from_db()
    assert (change.state, change.settled_by, change.reason) == ("applied", keeper, "Order 7 of the governor")
    entry = audited("apply_change", str(change.pk))
    assert (entry.after["changed"], entry.after["added"], entry.actor) == (1, 1, keeper)
    assert audited("end_sector").reason == "Order 7 of the governor"
    assert {e.key for e in _entries("draw_sector")} == {"post-1607-1", "post-1607-2"}
    with pytest.raises(change_workflow.Refused):
        actions.apply_change(actor=keeper, change=change, reason="again")


def _entries(verb: str) -> Any:
    from borderwatch.models import AuditEntry

    return AuditEntry.objects.filter(verb=verb)


def test_refused_rows_stop_the_whole_unless_left_out(propose: Propose, world: Any, keeper: Any, untouched: Any) -> None:
    change = propose(
        feature(square(), sector_code="S-NEW", unit_code="post-1607-1"), feature(None, sector_code="S-NONE")
    )
    with untouched(), pytest.raises(ValidationError) as caught:
        actions.apply_change(actor=keeper, change=change, reason="Order 7")
    assert "1 row is refused" in caught.value.message_dict["without_refused"][0]
    assert not Sector.objects.filter(code="S-NEW").exists()
    actions.apply_change(actor=keeper, change=change, reason="Order 7", without_refused=True)
    assert Sector.objects.filter(code="S-NEW").exists()
    assert not Sector.objects.filter(code="S-NONE").exists()


def test_a_reason_is_asked_and_something_must_change(propose: Propose, world: Any, keeper: Any, untouched: Any) -> None:
    idle = propose(as_feature(sector_of(world["post-1607-1"])))
    with untouched(), pytest.raises(ValidationError, match="Nothing would change"):
        actions.apply_change(actor=keeper, change=idle, reason="Order 7")
    change = propose(feature(square(), sector_code="S-NEW", unit_code="post-1607-1"))
    for verb in (actions.apply_change, actions.abandon_change):
        with untouched(), pytest.raises(ValidationError) as caught:
            verb(actor=keeper, change=change, reason="  ")
        assert "reason" in caught.value.message_dict


def test_only_who_keeps_every_unit_touched_applies(
    propose: Propose, world: Any, keeper: Any, national: Any, request: Any, untouched: Any
) -> None:
    foreign = Sector.objects.filter(unit__code__startswith="post-01", period__contains=timezone.now()).first()
    assert foreign is not None
    change = propose(
        as_feature(sector_of(world["post-1607-1"]), unit_code="post-1607-2"),
        as_feature(foreign, unit_code="post-1607-2"),
        actor=national,
    )
    assert set(rows(change).values()) == {"changed"}
    # He sees it, since it touches his units, and may not decide on units of another province.
    assert change in RegisterChange.objects.visible_to(keeper)  # type: ignore[attr-defined]
    for name in ("keeper", "province", "province2", "head", "admin"):
        with untouched(), pytest.raises(PermissionDenied):
            actions.apply_change(actor=request.getfixturevalue(name), change=change, reason="x")
    with untouched(), pytest.raises(PermissionDenied):
        actions.abandon_change(actor=request.getfixturevalue("province"), change=change, reason="x")
    actions.apply_change(actor=national, change=change, reason="Order 8")
    assert Sector.objects.get(code=foreign.code, period__contains=NEXT_YEAR).unit == world["post-1607-2"]


def test_a_draft_that_has_grown_stale_is_refused_whole_and_compared_anew(
    propose: Propose, world: Any, keeper: Any, untouched: Any, audited: Any
) -> None:
    old = sector_of(world["post-1607-1"])
    change = propose(
        as_feature(old, unit_code="post-1607-2"), feature(square(), sector_code="S-NEW", unit_code="post-1607-1")
    )
    actions.end_sector(actor=keeper, sector=old, at=NEXT_YEAR - timedelta(days=30), reason="Order 6")
    with untouched(), pytest.raises(ValidationError) as caught:
        actions.apply_change(actor=keeper, change=change, reason="Order 7")
    assert old.code in caught.value.messages[0]
    assert "S-NEW" not in caught.value.messages[0]
    assert caught.value.code == "stale"
    assert not Sector.objects.filter(code="S-NEW").exists()
    actions.compare_anew(actor=keeper, change=change)
    assert rows(change) == {old.code: "added", "S-NEW": "added"}
    assert audited("compare_anew", str(change.pk)).after["added"] == 2
    actions.apply_change(actor=keeper, change=change, reason="Order 7")
    assert Sector.objects.get(code=old.code, period__contains=NEXT_YEAR).unit == world["post-1607-2"]


def test_what_a_complete_file_could_not_know_makes_it_stale(
    propose: Propose, world: Any, keeper: Any, untouched: Any
) -> None:
    kept = sector_of(world["post-1607-1"])
    change = propose(as_feature(kept), complete=True)
    actions.draw_sector(actor=keeper, unit=world["post-1607-2"], code="S-LATE", area=area_of(square()),
                        since=NEXT_YEAR - timedelta(days=9), reason="Order 5")  # fmt: skip
    with untouched(), pytest.raises(ValidationError, match="S-LATE"):
        actions.apply_change(actor=keeper, change=change, reason="Order 7")
    actions.compare_anew(actor=keeper, change=change)
    assert rows(change)["S-LATE"] == "ended"
    actions.apply_change(actor=keeper, change=change, reason="Order 7")
    left = Sector.objects.at(NEXT_YEAR).filter(unit__province__code="16")
    assert [sector.code for sector in left] == [kept.code]


def test_dates_never_overlap(propose: Propose, world: Any, keeper: Any) -> None:
    old = sector_of(world["post-1607-1"])
    later = NEXT_YEAR + timedelta(days=365)
    actions.end_sector(actor=keeper, sector=old, at=later, reason="Order 1")
    actions.draw_sector(actor=keeper, unit=old.unit, code=old.code, area=old.area, since=later, reason="Order 1")
    change = propose(as_feature(old, unit_code="post-1607-2"))
    actions.apply_change(actor=keeper, change=change, reason="Order 7")
    between = Sector.objects.get(code=old.code, period__contains=NEXT_YEAR)
    assert (between.unit.code, between.until) == ("post-1607-2", later)
    # At the very moment at which a shape begins, and before one that begins later, nothing is put in between.
    same = propose(as_feature(old, unit_code="post-1607-2"), effective_from=later)
    assert said(same, old.code)[-1] == "begins_then"
    assert old.since is not None
    early = propose(as_feature(old), effective_from=old.since - timedelta(days=1))
    assert said(early, old.code)[-1] == "later_shape"


def test_a_change_may_hold_from_a_day_in_the_past(propose: Propose, world: Any, keeper: Any, ponds: Any) -> None:
    old = sector_of(world["post-1607-1"])
    past = timezone.now() - timedelta(days=40)
    change = propose(as_feature(old, unit_code="post-1607-2"), effective_from=past)
    actions.apply_change(actor=keeper, change=change, reason="Order 7")
    assert Sector.objects.at(timezone.now()).get(code=old.code).unit.code == "post-1607-2"
    ponds.refresh_from_db()
    assert ponds.responsible_unit.code == "post-1607-1"


# --- by hand --------------------------------------------------------------------------------------------------


def by_hand(actor: Any, **more: Any) -> RegisterChange:
    return actions.propose_sector(actor=actor, **{"title": "By hand", "effective_from": NEXT_YEAR} | more)


def test_one_sector_is_handed_over_redrawn_added_and_ended_by_hand(world: Any, keeper: Any) -> None:
    old = sector_of(world["post-1607-1"])
    handed = by_hand(keeper, code=old.code, unit=world["post-1607-2"], area=old.area)
    assert rows(handed) == {old.code: "changed"}
    actions.apply_change(actor=keeper, change=handed, reason="Order 1")
    new = Sector.objects.get(code=old.code, period__contains=NEXT_YEAR)
    # What was made up for the demo stays made up when it only changes hands; so does its stretch of the border.
    assert (new.unit.code, new.illustrative, bool(new.border)) == ("post-1607-2", True, bool(old.border))
    added = by_hand(keeper, code="S-NEW", unit=world["post-1607-1"], area=area_of(square()))
    actions.apply_change(actor=keeper, change=added, reason="Order 2")
    redrawn = by_hand(keeper, code="S-NEW", unit=world["post-1607-1"], area=area_of(square(107.01)),
                      effective_from=NEXT_YEAR + timedelta(days=1))  # fmt: skip
    assert said(redrawn, "S-NEW") == ["area_changes"]
    ended = by_hand(keeper, code="S-NEW", unit=None, effective_from=NEXT_YEAR + timedelta(days=2))
    actions.apply_change(actor=keeper, change=ended, reason="Order 3")
    assert not Sector.objects.at(NEXT_YEAR + timedelta(days=2)).filter(code="S-NEW").exists()
    # The redrawn one was held against a shape without an end.
    fresh = actions.apply_change(actor=keeper, change=redrawn, reason="Order 4")
    assert fresh.state == "applied"
    last = Sector.objects.get(code="S-NEW", period__contains=NEXT_YEAR + timedelta(days=1))
    assert last.until == NEXT_YEAR + timedelta(days=2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "S-NONE", "unit": None, "area": None}, "code"),
        ({"area": MultiPolygon(Polygon.from_bbox((2, 48, 3, 49)), srid=4326)}, "area"),
        ({"area": MultiPolygon(Polygon(BOW), srid=4326)}, "area"),
        ({"title": ""}, "title"),
    ],
)  # fmt: skip
def test_by_hand_bad_input_is_refused_at_once(
    world: Any, keeper: Any, untouched: Any, wrong: dict[str, Any], field: str
) -> None:
    values = {"code": "S-NEW", "unit": world["post-1607-1"], "area": area_of(square())} | wrong
    with untouched(), pytest.raises(ValidationError) as caught:
        by_hand(keeper, **values)
    assert set(caught.value.message_dict) == {field}
    assert not RegisterChange.objects.exists()


def test_by_hand_nothing_new_is_refused(world: Any, keeper: Any, untouched: Any) -> None:
    old = sector_of(world["post-1607-1"])
    with untouched(), pytest.raises(ValidationError, match="change nothing"):
        by_hand(keeper, code=old.code, unit=old.unit, area=old.area)


def test_by_hand_needs_the_register_of_who_gains_and_who_loses(
    world: Any, keeper: Any, province: Any, province2: Any, untouched: Any
) -> None:
    own = sector_of(world["post-1607-1"])
    foreign = Sector.objects.filter(unit__code__startswith="post-01", period__contains=timezone.now()).first()
    assert foreign is not None
    for actor, values in (
        (keeper, {"code": own.code, "unit": foreign.unit, "area": own.area}),
        (keeper, {"code": foreign.code, "unit": own.unit, "area": foreign.area}),
        (keeper, {"code": foreign.code, "unit": None}),
        (province, {"code": own.code, "unit": world["post-1607-2"], "area": own.area}),
        (province2, {"code": own.code, "unit": None}),
    ):
        with untouched(), pytest.raises(PermissionDenied):
            by_hand(actor, **values)


# --- the other kinds of ground --------------------------------------------------------------------------------


def test_outlines_of_districts_are_kept_dated_by_the_province(propose: Propose, keeper: Any, audited: Any) -> None:
    change = propose(
        feature(square(), code=1607, name_en="Ou Ya Dav"),
        feature(square(107.2), pcode="KH1608", name_en="Another Name"),
        feature(square(107.3), code="0105"),
        feature(square(107.4), code="9999"),
        layer="district",
    )
    assert rows(change) == {"1607": "added", "1608": "added", "0105": "refused", "9999": "refused"}
    assert (said(change, "1608"), said(change, "0105"), said(change, "9999")) == (
        ["name_differs"], ["not_kept"], ["unknown_code"],
    )  # fmt: skip
    actions.apply_change(actor=keeper, change=change, reason="Sub-decree 1", without_refused=True)
    assert set(Boundary.objects.values_list("level", "code")) == {("district", "1607"), ("district", "1608")}
    assert audited("draw_outlines").after["codes"] == ["1607", "1608"]
    again = propose(feature(square(side=0.06), code="1607"), layer="district", complete=True,
                    effective_from=NEXT_YEAR + timedelta(days=1))  # fmt: skip
    assert rows(again) == {"1607": "changed", "1608": "ended"}
    actions.apply_change(actor=keeper, change=again, reason="Sub-decree 2")
    assert Boundary.objects.filter(code="1607").count() == 2
    [held] = Boundary.objects.at(NEXT_YEAR + timedelta(days=1))
    assert (held.code, held.since) == ("1607", NEXT_YEAR + timedelta(days=1))
    assert audited("end_outlines").after["codes"] == ["1607", "1608"]


def test_outlines_of_provinces_are_for_the_ministry(propose: Propose, keeper: Any, national: Any) -> None:
    assert rows(propose(feature(square(), code="16"), layer="province")) == {"16": "refused"}
    change = propose(feature(square(), code="16"), layer="province", actor=national)
    assert rows(change) == {"16": "added"}
    actions.apply_change(actor=national, change=change, reason="Sub-decree 1")
    assert Boundary.objects.get().code == "16"


def test_communes_by_code(propose: Propose, keeper: Any) -> None:
    from units.models import Commune

    commune = Commune.objects.filter(code__startswith="16").first()
    assert commune is not None
    change = propose(feature(square(), code=commune.code), layer="commune")
    actions.apply_change(actor=keeper, change=change, reason="Sub-decree 1")
    assert Boundary.objects.get(level="commune").code == commune.code


def test_lines_of_border_sections_hold_at_once_and_give_new_sectors_their_border(
    propose: Propose, world: Any, keeper: Any
) -> None:
    section = BorderSection.objects.filter(province__code="16").first()
    assert section is not None
    BorderSection.objects.update(line=None)
    line = {"type": "LineString", "coordinates": [[107.0, 13.498], [107.05, 13.498], [107.5, 13.2]]}
    change = propose(
        feature(line, section_code=section.code), feature(square(), section_code=section.code),
        feature(line, section_code="none"), layer="border_section", complete=True,
    )  # fmt: skip
    assert list(change.rows.order_by("number").values_list("verdict", flat=True)) == ["added", "refused", "refused"]
    assert not change.complete
    actions.apply_change(actor=keeper, change=change, reason="Order 1", without_refused=True)
    section.refresh_from_db()
    assert section.line is not None
    drawn = actions.draw_sector(actor=keeper, unit=world["post-1607-1"], code="S-NEW", area=area_of(square()),
                                since=NEXT_YEAR, reason="Order 2")  # fmt: skip
    assert drawn.border is not None
    kilometres = drawn.border.transform(32648, clone=True).length / 1000
    assert 5 < kilometres < 7
    assert drawn.patches.count() > 40
    given = MultiLineString(LineString((107, 13.5), (107.05, 13.5)), srid=4326)
    other = actions.draw_sector(actor=keeper, unit=world["post-1607-1"], code="S-OWN", area=area_of(square()),
                                border=given, since=NEXT_YEAR, reason="Order 2")  # fmt: skip
    assert other.border is not None
    assert other.border.equals(given)


def test_unresolved_areas_need_every_province_concerned(propose: Propose, keeper: Any, national: Any) -> None:
    about = {"code": "UA-TEST", "name_en": "Test area", "neighbour": "VN", "term": "undemarcated"}
    own = propose(feature(square(), **about, districts="1607"), layer="unresolved")
    assert rows(own) == {"UA-TEST": "added"}
    both = propose(feature(square(), **about, districts="1607,0105"), layer="unresolved")
    assert rows(both) == {"UA-TEST": "refused"}
    bad = propose(feature(square(), **about | {"neighbour": "XX"}, districts="9999"), layer="unresolved")
    assert sorted(said(bad, "UA-TEST")) == ["bad_value", "unknown_code"]
    nothing = propose(feature(square(), code="UA-TEST"), layer="unresolved")
    assert said(nothing, "UA-TEST") == ["missing"] * 4
    actions.apply_change(actor=keeper, change=own, reason="Note 1")
    area = UnresolvedArea.objects.get(code="UA-TEST")
    assert [district.code for district in area.districts.all()] == ["1607"]
    assert area.patches.exists()
    # What the second file leaves open stays as it was.
    later = propose(feature(square(side=0.06), code="UA-TEST"), layer="unresolved",
                    effective_from=NEXT_YEAR + timedelta(days=5))  # fmt: skip
    assert rows(later) == {"UA-TEST": "changed"}
    actions.apply_change(actor=keeper, change=later, reason="Note 2")
    held = UnresolvedArea.objects.get(code="UA-TEST", period__contains=NEXT_YEAR + timedelta(days=5))
    assert (held.name_en, held.term, held.districts.get().code) == ("Test area", "undemarcated", "1607")


def test_reference_data_loaded_again_leaves_changed_areas_alone(propose: Propose, national: Any) -> None:
    area = UnresolvedArea.objects.filter(districts__code="1607").first()
    assert area is not None
    change = propose(feature(square(), code=area.code), layer="unresolved", actor=national)
    assert rows(change) == {area.code: "changed"}
    actions.apply_change(actor=national, change=change, reason="Note 1")
    reference.load()
    assert [row.until for row in UnresolvedArea.objects.filter(code=area.code).order_by("period")] == [NEXT_YEAR, None]


# --- the table of states --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ChangeState.values)
@pytest.mark.parametrize("verb", ["apply_change", "abandon_change", "compare_anew"])
def test_every_pair_of_state_and_verb(world: Any, keeper: Any, state: str, verb: str, untouched: Any) -> None:
    change = by_hand(keeper, code="S-NEW", unit=world["post-1607-1"], area=area_of(square()))
    settled = {"settled_at": timezone.now(), "reason": "x"} if state in ("applied", "abandoned") else {}
    RegisterChange.objects.filter(pk=change.pk).update(state=state, **settled)
    said = {} if verb == "compare_anew" else {"reason": "Order 1"}
    if change_workflow.allowed(verb, state):
        done = getattr(actions, verb)(actor=keeper, change=change, **said)
        assert done.state in change_workflow.TRANSITIONS[verb][1]
    else:
        with untouched(), pytest.raises(change_workflow.Refused):
            getattr(actions, verb)(actor=keeper, change=change, **said)
    assert ProposedRow.objects.filter(change=change).count() == 1


def test_every_further_sector_costs_a_handful_of_queries(
    world: Any, keeper: Any, propose: Propose, django_assert_max_num_queries: Any
) -> None:
    features = [
        feature(square(106.5 + i * 0.06, 13.0), sector_code=f"S-{i}", unit_code="post-1607-1") for i in range(10)
    ]
    change = propose(*features)
    with django_assert_max_num_queries(30 + 10 * 14):
        actions.apply_change(actor=keeper, change=change, reason="Order 1")
    assert Sector.objects.filter(code__startswith="S-", period__startswith=NEXT_YEAR).count() == 10
