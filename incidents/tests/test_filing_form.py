"""The shape of a report as a person gives it."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.translation import override

from incidents import when
from incidents.forms import FilingForm, units_of

GIVEN = {
    "what": "neighbour_unilateral_activity:pond_or_canal",
    "source": "typed",
    "position": "13.7860, 107.4200",
    "now_at": "2024-11-03T05:00:00Z",
    "impact": "high",
    "text": "គេកំពុងជីកស្រះ",
}


def form_of(user: Any, **changes: str) -> FilingForm:
    data = QueryDict(mutable=True)
    data.update({"client_key": str(uuid.uuid4()), **GIVEN, **changes})
    with override("en"):
        form = FilingForm(data, user=user)
        form.is_valid()
    return form


def test_a_whole_report(district: Any) -> None:
    form = form_of(district, side="neighbour", filed_at="2024-11-03T05:01:02.345Z")
    assert form.errors == {}
    report = form.report()
    assert (report.category, report.type) == ("neighbour_unilateral_activity", "pond_or_canal")
    assert report.point is not None
    assert (report.point.y, report.point.x, report.accuracy_m) == (13.786, 107.42, 10)
    assert report.coordinate_text == "13.7860, 107.4200"
    assert report.side == "neighbour"
    assert report.occurred_at == datetime(2024, 11, 3, 5, 0, tzinfo=UTC)
    assert report.filed_at == datetime(2024, 11, 3, 5, 1, 2, tzinfo=UTC)
    # The position says the district; the filer's own is not put on a place elsewhere.
    assert report.district is None


def test_the_persons_own_district_is_the_default(district: Any) -> None:
    form = FilingForm(user=district)
    assert form.initial["district"] == "1607"
    assert [unit.code for unit in form.units] == ["district-1607"]


def test_an_official_has_no_unit_to_file_for(mfaic: Any) -> None:
    assert units_of(mfaic) == []


def test_the_same_post_read_twice_is_the_same_report(district: Any) -> None:
    first, second = (form_of(district, now_at="2024-11-03T05:00:00Z").report() for _ in range(2))
    assert first.content() == second.content()


@pytest.mark.parametrize("source", ["gps", "map"])
def test_a_pointed_place_keeps_its_accuracy_and_source(district: Any, source: str) -> None:
    report = form_of(district, source=source, lat="១៣.៧៨៦", lon="107,42", accuracy_m="24.6").report()
    assert report.point is not None
    assert (report.point.y, report.point.x) == (13.786, 107.42)
    assert (report.accuracy_m, report.coordinate_source) == (25, source)


def test_a_device_without_position_is_not_guessed_at(district: Any) -> None:
    form = form_of(district, source="gps")
    assert "no position from your device" in form.errors["source"][0]


def test_a_marker_gives_point_accuracy_and_itself(district: Any) -> None:
    report = form_of(district, source="near", near="m:VN-30").report()
    assert report.near_marker is not None
    assert (report.coordinate_source, report.accuracy_m) == ("marker", report.near_marker.accuracy_m)


def test_a_place_not_known_yet_wants_a_name_and_takes_the_district(district: Any) -> None:
    form = form_of(district, source="description", position="")
    assert "place_name" in form.errors
    report = form_of(district, source="description", place_name="អូរតាំង", district="1607").report()
    assert report.point is None
    assert report.district is not None
    assert report.district.code == "1607"


def test_without_script_what_was_filled_in_tells_the_source(district: Any) -> None:
    assert form_of(district, source="").report().coordinate_source == "typed"
    assert form_of(district, source="", position="", place_name="X").report().coordinate_source == "description"
    assert "source" in form_of(district, source="", position="").errors


def test_unreadable_coordinates_are_said_at_their_field(district: Any) -> None:
    form = form_of(district, position="48.85, 2.35")
    assert "far outside Cambodia" in form.errors["position"][0]


@pytest.mark.parametrize("name", ["what", "impact", "text"])
def test_what_is_missing_is_asked_for(district: Any, name: str) -> None:
    assert name in form_of(district, **{name: ""}).errors


def test_a_type_of_another_category_is_refused(district: Any) -> None:
    assert "what" in form_of(district, what="smuggling:pond_or_canal").errors


@pytest.mark.parametrize(
    ("date", "time", "precision", "moment", "known"),
    [
        ("03/11/2024", "10:42", "minute", "2024-11-03T03:42", "minute"),
        ("៣/១១/២០២៤", "១០:៤២", "minute", "2024-11-03T03:42", "minute"),
        ("3.11.2024", "1042", "minute", "2024-11-03T03:42", "minute"),
        ("2024-11-03", "10", "minute", "2024-11-03T03:00", "hour"),
        ("03112024", "10:42", "hour", "2024-11-03T03:00", "hour"),
        ("03/11/2024", "", "day", "2024-11-02T17:00", "day"),
        ("11/2024", "", "minute", "2024-10-31T17:00", "month"),
        ("2015", "", "day", "2014-12-31T17:00", "year"),
    ],
)
def test_times_as_people_write_them(date: str, time: str, precision: str, moment: str, known: str) -> None:
    found, so_far = when.local(date, time, precision)
    assert found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") == moment
    assert so_far == known


@pytest.mark.parametrize(
    ("date", "time", "field"),
    [("31/02/2024", "10:00", "date"), ("yesterday", "10:00", "date"), ("03/11/2024", "25:00", "time"),
     ("03/11/2024", "", "time"), ("03/11/24", "10:00", "date")],
)  # fmt: skip
def test_unreadable_times_are_said_at_their_field(date: str, time: str, field: str) -> None:
    with pytest.raises(when.UnreadableTime) as caught:
        when.local(date, time, "minute")
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["", "x", "2024-11-03T05:00:00", "2024-13-03T05:00:00Z"])
def test_a_machine_time_without_sense_is_none(text: str) -> None:
    assert when.instant(text) is None
