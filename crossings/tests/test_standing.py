"""Status on any day, of one crossing and of all; what the files put on record, and what they leave alone."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from borderwatch import clock
from crossings import actions, reference
from crossings.models import Classification, Crossing, CrossingStatus
from crossings.moments import read
from crossings.standing import Standing, standing_of, standings

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")


def day(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PHNOM_PENH)  # type: ignore[misc,arg-type]


def test_every_thai_crossing_is_suspended_from_its_first_moment_on(world: Any) -> None:
    before, from_then_on = day(2025, 12, 12, 23, 59, 59), day(2025, 12, 13)
    thai = Crossing.objects.filter(neighbour="TH")
    then = standings(thai, from_then_on)
    assert {one.overall() for one in then.values()} == {"suspended", "closed"}
    assert len(then) == thai.count()
    poipet = Crossing.objects.get(slug="th-poipet")
    assert standing_of(poipet, before).overall() == "open"
    line = then[poipet.pk].kh["people"]
    assert "13 December 2025" in line.legal_reference
    assert then[poipet.pk].shut_flows == {"people", "goods", "vehicles"}


def test_lists_and_single_pages_agree_on_every_day(world: Any) -> None:
    for moment in (None, day(2024, 1, 1), day(2025, 6, 10), day(2025, 6, 25), day(2026, 6, 1), day(1990, 1, 1)):
        found = standings(at=moment)
        for crossing in Crossing.objects.with_state(moment):
            standing = found.get(crossing.pk, Standing())
            assert standing.overall() == (crossing.status or ""), (crossing.slug, moment)
            assert standing.overall("neighbour") == (crossing.status_neighbour or ""), (crossing.slug, moment)


def test_one_query_answers_for_the_whole_map(world: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert len(standings(at=day(2026, 1, 1))) > 30


def test_nothing_on_record_is_not_open(world: Any) -> None:
    dak_dam = Crossing.objects.get(slug="vn-dak-dam")
    assert standing_of(dak_dam).overall() == ""
    assert standing_of(dak_dam).lines("kh") == []


def test_flows_that_stand_alike_are_told_once(province: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    now = clock.now()
    [line] = standing_of(gate).lines("kh")
    assert line.flows == ["people", "goods", "vehicles"]
    actions.set_crossing_status(
        actor=province, crossing=gate, status="suspended", since=now, flows=["goods"], reason="ទឹកជំនន់"
    )
    standing = standing_of(gate, now)
    assert [line.flows for line in standing.lines("kh")] == [["people", "vehicles"], ["goods"]]
    assert standing.overall() == "restricted"
    assert standing_of(gate, now - timedelta(seconds=1)).overall() == "open"


# --- the day that is asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2025-12-13", "13/12/2025", "១៣/១២/២០២៥", " 13-12-2025 ", "13/12/2025 00:00", "2025-12-12T17:00:00Z"]
)
def test_a_day_is_read_in_every_usual_spelling(db: None, text: str) -> None:
    assert read(text) == day(2025, 12, 13)


@pytest.mark.parametrize(
    "text", ["yesterday", "31/02/2025", "2025-13-01", "13/12/0025", "0001-01-01", "9999-12-31", "13/12", "'; --"]
)
def test_what_is_no_day_is_refused(db: None, text: str) -> None:
    with pytest.raises(ValidationError):
        read(text)


def test_today_is_this_moment_and_nothing_is_no_day(db: None) -> None:
    now = clock.now()
    found = read(f"{now.astimezone(PHNOM_PENH):%d/%m/%Y}")
    assert found is not None
    assert timedelta(0) <= found - now < timedelta(minutes=1)
    assert read("  ") is None


# --- the files ------------------------------------------------------------------------------------------------


def test_loading_again_changes_nothing(world: Any) -> None:
    models = (Crossing, Classification, CrossingStatus)
    before = [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]
    assert reference.load() == {"crossings": 46}
    assert [list(model.objects.order_by("pk").values()) for model in models] == before  # type: ignore[attr-defined]


def test_loading_again_leaves_alone_what_people_have_set(keeper: Any, province: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    actions.describe_crossing(actor=keeper, crossing=gate, changes={"neighbour_place": "Le Thanh gate"})
    other = Crossing.objects.get(slug="vn-dak-dam")
    Crossing.objects.filter(pk=other.pk).update(neighbour_place="an older file")
    actions.set_crossing_status(actor=province, crossing=gate, status="closed", since=clock.now(), reason="ទឹកជំនន់")
    reference.load()
    gate.refresh_from_db()
    other.refresh_from_db()
    assert gate.neighbour_place == "Le Thanh gate"
    assert other.neighbour_place.startswith("Bu Prang")
    assert standing_of(gate).overall() == "closed"


def test_the_files_say_what_each_side_holds_it_to_be(world: Any) -> None:
    held = {(row.crossing.slug, row.side): row for row in Classification.objects.select_related("crossing")}
    assert held["vn-chan-mul", "neighbour"].category == "vn_main"
    assert held["th-phnom-dei", "neighbour"].since == day(2017, 11, 1)
    assert ("vn-dak-dam", "neighbour") not in held
    malai = Crossing.objects.get(slug="th-malai")
    assert (malai.flows, malai.documents) == (["people"], ["border_pass"])
    assert set(CrossingStatus.objects.filter(crossing=malai).values_list("flow", flat=True)) == {"people"}
