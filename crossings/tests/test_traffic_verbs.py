"""Traffic by its verbs: what may be counted, the same again, corrections, closed days, two people at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone, translation

from borderwatch import clock
from crossings import actions, causes, count_words, counts, sheets
from crossings.actions.traffic import BadSheets, Meanwhile
from crossings.counts import Given, Line
from crossings.models import Crossing, ReopeningSign, TrafficSheet
from crossings.tests import closing

pytestmark = pytest.mark.django_db

PEOPLE = (
    Line("passengers", nationality="khmer", number=120),
    Line("passengers", nationality="neighbour", number=80),
    Line("passengers", nationality="other", number=0),
)
MIXED = (
    *PEOPLE,
    Line("vehicles", "truck", number=14),
    Line("goods", "cassava", tonnes=Decimal("210.5"), value=Decimal(84_000_000), currency="KHR"),
    Line("goods", "rice", tonnes=Decimal(3)),
    Line("refused", number=2),
)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


@pytest.fixture
def o_yadav(world: Any) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


@pytest.fixture
def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture
def enter(o_yadav: Crossing, district: Any, yesterday: date) -> Callable[..., Any]:
    """Enter yesterday's traffic of O Yadav into Cambodia as `district`; name what differs."""

    def make(**changes: Any) -> Any:
        return actions.record_sheet(**{
            "actor": district, "crossing": o_yadav, "day": yesterday, "direction": "in", "observed_minutes": 720,
            "method": "counted", "observer": "Sok Dara", "lines": PEOPLE, **changes,
        })  # fmt: skip

    return make


def refusal(call: Callable[[], Any]) -> dict[str, list[str]]:
    """What a verb refuses, by field."""
    with pytest.raises(BadSheets) as caught:
        call()
    return caught.value.message_dict


def test_a_day_is_entered_with_its_sums_and_what_was_not_counted_stays_empty(enter: Any, audited: Any) -> None:
    recorded = enter(lines=MIXED)
    sheet = TrafficSheet.objects.get()
    assert recorded.outcome == "new"
    assert recorded.sheet == sheet
    assert (sheet.passengers, sheet.vehicles, sheet.refused, sheet.searches) == (200, 14, 2, None)
    assert sheet.tonnes == Decimal("213.500")
    assert sheet.version == 1
    assert sheet.current
    assert sheet.lines.count() == len(MIXED)
    entry = audited("enter_traffic", str(sheet.pk))
    assert entry.after["passengers"] == 200
    assert entry.after["searches"] is None
    assert entry.after["crossing"] == "vn-o-yadav"


def test_zero_and_not_counted_are_two_things(enter: Any) -> None:
    sheet = enter(lines=(Line("vehicles", "car", number=0),)).sheet
    assert sheet.vehicles == 0
    assert sheet.passengers is None


def test_the_same_content_again_changes_nothing(enter: Any, untouched: Any) -> None:
    first = enter(lines=MIXED).sheet
    with untouched():
        again = enter(lines=tuple(reversed(MIXED)))
    assert again.outcome == "same"
    assert again.sheet.pk == first.pk
    assert TrafficSheet.objects.count() == 1


def test_other_content_is_a_correction_with_a_reason_and_the_older_stays(enter: Any, audited: Any) -> None:
    first = enter().sheet
    lines = (*PEOPLE[:2], Line("passengers", nationality="other", number=7))
    assert "reason" in refusal(lambda: enter(lines=lines, expected_version=1))
    second = enter(lines=lines, expected_version=1, reason="Recounted from the gate's book")
    assert second.outcome == "corrected"
    assert second.sheet.version == 2
    assert second.sheet.passengers == 207
    first.refresh_from_db()
    assert not first.current
    assert first.passengers == 200
    assert first.lines.count() == 3
    entry = audited("correct_traffic")
    assert entry.before["passengers"] == 200
    assert entry.after["passengers"] == 207
    assert entry.reason == "Recounted from the gate's book"


def test_a_changed_note_alone_is_a_correction(enter: Any) -> None:
    enter()
    assert enter(note="Flood", expected_version=1, reason="Added the note").outcome == "corrected"


@pytest.mark.parametrize("seen", [None, 0, 3])
def test_who_did_not_see_what_is_in_force_is_told_who_was_faster(enter: Any, untouched: Any, seen: Any) -> None:
    enter()
    with untouched(), pytest.raises(Meanwhile) as caught:
        enter(lines=MIXED, expected_version=seen, reason="Mine is right")
    [said] = caught.value.message_dict["day"]
    assert "meanwhile" in said
    assert "Compare" in said
    [judged] = caught.value.judged.values()
    assert judged.standing is not None
    assert judged.standing.passengers == 200
    assert TrafficSheet.objects.get().passengers == 200


def test_only_who_serves_at_the_crossing_enters_its_traffic(
    enter: Any, untouched: Any, province2: Any, auditor: Any, moi: Any, outsider: Any
) -> None:
    for actor in (province2, auditor, moi, outsider):
        with untouched(), pytest.raises(PermissionDenied):
            enter(actor=actor)
    assert not TrafficSheet.objects.exists()


def test_province_and_district_may(enter: Any, province: Any, yesterday: date) -> None:
    assert enter(actor=province).outcome == "new"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": timezone.localdate() + timedelta(days=2)}, "day", "has not come"),
        ({"day": date(1993, 9, 23)}, "day", "24/09/1993"),
        ({"direction": "sideways"}, "direction", "no direction"),
        ({"observed_minutes": 0}, "observed_minutes", "24 hours"),
        ({"observed_minutes": 1441}, "observed_minutes", "24 hours"),
        ({"method": "guessed"}, "method", "no way of counting"),
        ({"observer": "  "}, "observer", "Name who watched"),
        ({"observer": "x" * 201}, "observer", "200"),
        ({"note": "x" * 2001}, "note", "2,000"),
        ({"lines": ()}, "lines", "Nothing is counted"),
    ],
)
def test_a_head_that_cannot_be_is_refused_by_field(enter: Any, changes: Any, field: str, words: str) -> None:
    assert words in refusal(lambda: enter(**changes))[field][0]
    assert not TrafficSheet.objects.exists()


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (Line("passengers", nationality="khmer", number=-1), "number", "below zero"),
        (Line("passengers", nationality="khmer", number=100_001), "number", "100,000"),
        (Line("vehicles", "car", number=20_001), "number", "20,000"),
        (Line("vehicles", "tank", number=1), "class_of", "“tank”"),
        (Line("vehicles", number=1), "class_of", "lorry"),
        (Line("passengers", "car", number=1), "class_of", "Leave the class empty"),
        (Line("passengers", nationality="martian", number=1), "nationality", "“martian”"),
        (Line("passengers", nationality="khmer", document="letter", number=1), "document", "“letter”"),
        (Line("vehicles", "car", nationality="khmer", number=1), "nationality", "Only persons"),
        (Line("searches"), "number", "0 when you watched"),
        (Line("searches", number=1, tonnes=Decimal(1)), "tonnes", "Only goods"),
        (Line("goods", "rice", tonnes=Decimal(-1)), "tonnes", "below zero"),
        (Line("goods", "rice", tonnes=Decimal(100_001)), "tonnes", "100,000"),
        (Line("goods", "rice", tonnes=Decimal("1.2345")), "tonnes", "3 digits"),
        (Line("goods", "rice", value=Decimal(10**13 + 1), currency="KHR"), "value", "10,000,000,000,000"),
        (Line("goods", "rice", value=Decimal(5)), "currency", "THB"),
        (Line("goods", "rice", value=Decimal(5), currency="EUR"), "currency", "“EUR”"),
        (Line("goods", "rice", tonnes=Decimal(5), currency="USD"), "value", "no value"),
        (Line("goods", "rice", number=5), "number", "by number"),
        (Line("goods", "rice", tonnes=Decimal("NaN")), "tonnes", "no number"),
        (Line("goods", "gold", tonnes=Decimal(1)), "class_of", "cassava"),
        (Line("ghosts", number=1), "kind", "“ghosts”"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(enter: Any, line: Line, field: str, words: str) -> None:
    errors = refusal(lambda: enter(lines=(*PEOPLE[:1], line) if line.kind != "passengers" else (PEOPLE[1], line)))
    assert words in errors[f"lines.1.{field}"][0]
    assert not TrafficSheet.objects.exists()


def test_a_class_counted_twice_is_named(enter: Any) -> None:
    errors = refusal(lambda: enter(lines=(PEOPLE[0], PEOPLE[0])))
    assert "counted twice" in errors["lines.1.lines"][0]


def test_persons_without_a_group_are_not_stated(enter: Any) -> None:
    sheet = enter(lines=(Line("passengers", number=4),)).sheet
    assert sheet.lines.get().nationality == "unknown"


def test_every_code_of_the_rules_has_words() -> None:
    source = (counts.__file__, sheets.__file__, actions.traffic.__file__)
    for path in source:
        import re

        with open(path, encoding="utf-8") as file:
            for code in re.findall(r"Fault\(\"?\w+\"?, \"(\w+)\"", file.read()):
                assert code in count_words.known(), code


# --- closed days ------------------------------------------------------------------------------------------------


@pytest.fixture
def shut(o_yadav: Crossing, province: Any, yesterday: date) -> None:
    """People cannot pass at O Yadav since ten days."""
    actions.set_crossing_status(
        actor=province,
        crossing=o_yadav,
        status="suspended",
        since=sheets.noon(yesterday) - timedelta(days=10),
        flows=["people"],
        reason="Flood",
    )


def test_a_count_for_a_closed_day_is_refused_unless_it_is_said_knowingly(enter: Any, shut: None) -> None:
    errors = refusal(enter)
    assert "people" in errors["although_closed"][0]
    assert "what happened" in refusal(lambda: enter(although_closed=True))["note"][0]
    sheet = enter(although_closed=True, note="Let through for the hospital").sheet
    assert sheet.although_closed
    assert sheet.passengers == 200


def test_zero_on_a_closed_day_and_other_flows_are_no_contradiction(enter: Any, shut: None, yesterday: date) -> None:
    zero = enter(lines=(Line("passengers", nationality="khmer", number=0),)).sheet
    assert not zero.although_closed
    lorries = enter(direction="out", lines=(Line("vehicles", "truck", number=4),)).sheet
    assert not lorries.although_closed


def test_before_the_closure_the_day_was_open(enter: Any, shut: None, yesterday: date) -> None:
    sheet = enter(day=yesterday - timedelta(days=11), although_closed=True).sheet
    assert not sheet.although_closed


def test_traffic_at_a_verified_closure_is_a_sign_that_it_is_open_again(
    world: Any, district: Any, province: Any, head: Any, moi: Any, auditor: Any, province2: Any, yesterday: date
) -> None:
    with clock.replaying(timezone.now() - timedelta(days=5)):
        order = closing.Closing(closing.corridor(), province=province, head=head, moi=moi).verify()
    values: dict[str, Any] = {
        "actor": district, "crossing": order.crossing, "direction": "in", "observed_minutes": 60, "method": "counted",
        "observer": "Sok", "lines": PEOPLE, "although_closed": True, "note": "Seen at night",
    }  # fmt: skip
    before = actions.record_sheet(**values, day=yesterday - timedelta(days=20)).sheet
    assert not ReopeningSign.objects.exists()
    assert not before.although_closed
    sheet = actions.record_sheet(**values, day=yesterday).sheet
    sign = ReopeningSign.objects.get()
    assert (sign.cause_kind, sign.cause_key, sign.state) == ("traffic", str(sheet.pk), "to_confirm")
    cause = causes.read(auditor, "traffic", [sign.cause_key])[sign.cause_key]
    assert f"{yesterday:%d/%m/%Y}" in cause.words
    assert cause.url.endswith(f"/{yesterday}/")
    assert causes.read(province2, "traffic", [sign.cause_key]) == {}


# --- many days --------------------------------------------------------------------------------------------------


def many(crossing: Crossing, first: date, days: int) -> list[Given]:
    """So many days into Cambodia."""
    return [Given(crossing, first + timedelta(days=n), "in", 720, "counted", "Sok Dara", PEOPLE) for n in range(days)]


def test_many_days_are_entered_all_or_none(o_yadav: Crossing, district: Any, yesterday: date) -> None:
    given = many(o_yadav, yesterday - timedelta(days=4), 5)
    bad = replace(given[2], lines=(Line("vehicles", "tank", number=1),))
    errors = refusal(lambda: actions.record_sheets(actor=district, given=[*given[:2], bad, *given[3:]]))
    assert list(errors) == ["2.lines.0.class_of"]
    assert not TrafficSheet.objects.exists()
    recorded = actions.record_sheets(actor=district, given=given)
    assert [one.outcome for one in recorded] == ["new"] * 5
    assert [one.sheet.day for one in recorded] == [one.day for one in given]
    again = actions.record_sheets(actor=district, given=given)
    assert [one.outcome for one in again] == ["same"] * 5
    assert [one.sheet.pk for one in again] == [one.sheet.pk for one in recorded]


def test_the_same_day_twice_in_one_go_is_refused(o_yadav: Crossing, district: Any, yesterday: date) -> None:
    given = many(o_yadav, yesterday, 1) * 2
    assert "sent twice" in refusal(lambda: actions.record_sheets(actor=district, given=given))["1.day"][0]


def test_who_asked_to_be_told_gets_the_new_sheets_only(enter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[int]] = []
    monkeypatch.setattr(counts, "after_recording", [lambda rows: told.append([row.pk for row in rows])])
    sheet = enter().sheet
    enter()
    assert told[0] == [sheet.pk]
    assert not any(told[1:])


# --- at the same moment ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_people_entering_a_new_day_at_once_one_wins_and_the_other_is_told(
    o_yadav: Crossing, district: Any, province: Any, yesterday: date
) -> None:
    start = threading.Barrier(2)

    def go(actor: Any, number: int) -> str:
        try:
            start.wait(timeout=10)
            with translation.override("en"):
                actions.record_sheet(
                    actor=actor, crossing=o_yadav, day=yesterday, direction="in", observed_minutes=720,
                    method="counted", observer="Sok", lines=[Line("passengers", nationality="khmer", number=number)],
                )  # fmt: skip
            return f"won {number}"
        except Meanwhile as late:
            return " ".join(late.messages)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(go, (district, province), (11, 22)))
    won = [answer for answer in answers if answer.startswith("won")]
    [told] = [answer for answer in answers if "meanwhile" in answer]
    assert len(won) == 1
    assert "Compare" in told
    sheet = TrafficSheet.objects.get()
    assert won == [f"won {sheet.passengers}"]
    assert sheet.lines.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_make_one_version_and_one_answer(
    o_yadav: Crossing, district: Any, province: Any, yesterday: date
) -> None:
    def enter_as(actor: Any, number: int, seen: int | None) -> Any:
        return actions.record_sheet(
            actor=actor, crossing=o_yadav, day=yesterday, direction="in", observed_minutes=720, method="counted",
            observer="Sok", lines=[Line("passengers", nationality="khmer", number=number)], expected_version=seen,
            reason="Recounted",
        )  # fmt: skip

    enter_as(district, 5, None)
    start = threading.Barrier(2)

    def go(actor: Any, number: int) -> str:
        try:
            start.wait(timeout=10)
            return str(enter_as(actor, number, 1).outcome)
        except Meanwhile:
            return "late"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, (district, province), (11, 22))) == ["corrected", "late"]
    assert TrafficSheet.objects.filter(current=True).count() == 1
    assert sorted(TrafficSheet.objects.values_list("version", flat=True)) == [1, 2]


def test_the_day_is_that_of_phnom_penh(enter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.fromisoformat("2026-03-01T20:00:00+00:00")
    monkeypatch.setattr("borderwatch.clock.now", lambda: late)
    assert sheets.today() == date(2026, 3, 2)
