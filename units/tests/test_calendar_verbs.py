"""Working time is changed by its keepers, dated and on record; reference data never overwrites what they did."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from borderwatch import clock
from units import actions, reference_time
from units.calendar import Calendar
from units.choices import DayKind
from units.models import SpecialDay, WorkingHours

DAY = timedelta(days=1)
MORNING = [["08:00", "12:00"]]


def midnight(days: int = 0) -> Any:
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) + days * DAY


@pytest.fixture
def office(world: Any) -> Any:
    return world["province-16"]


@pytest.fixture
def set_hours(keeper: Any, office: Any) -> Any:
    def make(**changes: Any) -> WorkingHours:
        values = {
            "actor": keeper, "unit": office, "weekdays": [1, 2, 3], "spans": MORNING, "since": midnight(1),
            "reason": "order 1",
        }  # fmt: skip
        return actions.set_working_hours(**{**values, **changes})

    return make


@pytest.fixture
def add_day(keeper: Any, office: Any) -> Any:
    def make(**changes: Any) -> SpecialDay:
        values = {
            "actor": keeper, "unit": office, "day": midnight(20).date(), "kind": DayKind.HOLIDAY,
            "name_en": "Day of the province", "reason": "order 2",
        }  # fmt: skip
        return actions.add_special_day(**{**values, **changes})

    return make


# --- hours -----------------------------------------------------------------------------------------------------


def test_hours_hold_from_a_day_on_and_what_ran_before_ends(set_hours, office, audited):
    first = set_hours()
    second = set_hours(since=midnight(10), spans=[["07:00", "11:00"], ["13:00", "17:00"]], reason="order 9")
    first.refresh_from_db()
    assert (first.until, second.since, second.until) == (midnight(10), midnight(10), None)
    entry = audited("set_working_hours", office.code, reason="order 9")
    assert (entry.before["spans"], entry.after["weekdays"]) == (MORNING, [1, 2, 3])


def test_hours_entered_between_two_planned_ones_last_until_the_later(set_hours):
    later = set_hours(since=midnight(20))
    first = set_hours(since=midnight(5))
    assert (first.until, later.until) == (later.since, None)


def test_planned_hours_are_put_right_by_entering_the_same_day_again(set_hours, office):
    set_hours()
    again = set_hours(weekdays=[5])
    assert list(WorkingHours.objects.filter(unit=office)) == [again]
    assert again.weekdays == [5]


def test_the_calendar_counts_by_the_new_hours(set_hours, office):
    set_hours(weekdays=[1, 2, 3, 4, 5, 6, 7])
    assert Calendar(office).between(midnight(1), midnight(2)) <= 240
    assert Calendar(office).between(midnight(30), midnight(37)) == sum(
        240 for n in range(30, 37) if not SpecialDay.objects.filter(day=midnight(n).date()).exists()
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [0, 1]}, "weekdays"),
        ({"weekdays": [8]}, "weekdays"),
        ({"spans": []}, "spans"),
        ({"spans": [["08:00"]]}, "spans"),
        ({"spans": [["8", "12:00"]]}, "spans"),
        ({"spans": [["12:00", "08:00"]]}, "spans"),
        ({"spans": [["08:00", "12:00"], ["11:00", "17:00"]]}, "spans"),
        ({"spans": [["08:00", "12:00"], ["12:00", "17:00"]]}, "spans"),
        ({"spans": [["08:00", "24:01"]]}, "spans"),
        ({"since": -1}, "since"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_makes_no_week_is_refused_at_its_field(set_hours, untouched, changes, field):
    if "since" in changes:
        changes = {"since": midnight(changes["since"])}
    with untouched(), pytest.raises(ValidationError) as refused:
        set_hours(**changes)
    assert field in refused.value.message_dict


def test_own_hours_are_given_up_and_planned_ones_fall_away(set_hours, keeper, office, audited):
    first = set_hours()
    set_hours(since=midnight(30))
    actions.end_working_hours(actor=keeper, unit=office, at=midnight(10), reason="order 3")
    assert list(WorkingHours.objects.filter(unit=office)) == [first]
    first.refresh_from_db()
    assert first.until == midnight(10)
    assert audited("end_working_hours", office.code).before["spans"] == MORNING
    with pytest.raises(ValidationError):
        actions.end_working_hours(actor=keeper, unit=office, at=midnight(10), reason="again")


@pytest.mark.parametrize("who", ["province", "head", "province2", "mfaic", "admin", "outsider", "disabled"])
def test_only_the_keeper_of_the_office_changes_its_hours_and_days(set_hours, add_day, request, untouched, who):
    actor = request.getfixturevalue(who)
    for verb in (set_hours, add_day):
        with untouched(), pytest.raises(PermissionDenied):
            verb(actor=actor)


def test_administrators_alone_change_what_holds_for_all_offices(set_hours, add_day, keeper, admin, untouched):
    for verb in (set_hours, add_day):
        with untouched(), pytest.raises(PermissionDenied):
            verb(actor=keeper, unit=None)
        assert verb(actor=admin, unit=None).unit is None


def test_two_weeks_for_all_offices_at_a_time_are_refused_by_the_database(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkingHours.objects.create(unit=None, weekdays=[1], spans=MORNING, period=(midnight(), None))


@pytest.mark.parametrize("wrong", [{"weekdays": []}, {"spans": []}])
def test_a_week_without_days_or_hours_is_refused_by_the_database(office, wrong):
    values = {"unit": office, "weekdays": [1], "spans": MORNING, "period": (midnight(), None)}
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkingHours.objects.create(**{**values, **wrong})


# --- days ------------------------------------------------------------------------------------------------------


def test_a_day_is_entered_counts_and_is_taken_back(add_day, keeper, office, audited):
    row = add_day(kind=DayKind.HOLIDAY)
    assert Calendar(office).between(midnight(20), midnight(21)) == 0
    assert audited("add_special_day", office.code).after["name"] == "Day of the province"
    actions.remove_special_day(actor=keeper, special_day=row, reason="order 4")
    row.refresh_from_db()
    assert row.removed_at is not None
    assert audited("remove_special_day", office.code).before["day"] == row.day.isoformat()
    with pytest.raises(ValidationError):
        actions.remove_special_day(actor=keeper, special_day=row, reason="again")
    assert add_day(kind=DayKind.WORKING_DAY).pk != row.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": -1}, "day"),
        ({"kind": "feast"}, "kind"),
        ({"name_en": " "}, "name_km"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_at_its_field(add_day, untouched, changes, field):
    if "day" in changes:
        changes = {"day": midnight(changes["day"]).date()}
    with untouched(), pytest.raises(ValidationError) as refused:
        add_day(**changes)
    assert field in refused.value.message_dict


def test_a_day_has_one_rule_of_an_office(add_day, untouched):
    add_day()
    with untouched(), pytest.raises(ValidationError) as refused:
        add_day(kind=DayKind.WORKING_DAY)
    assert "day" in refused.value.message_dict


def test_a_day_that_has_passed_is_not_taken_back(keeper, office, untouched):
    row = actions.add_special_day(
        actor=None, unit=office, day=midnight(-3).date(), kind=DayKind.HOLIDAY, name_en="Passed"
    )
    with untouched(), pytest.raises(ValidationError):
        actions.remove_special_day(actor=keeper, special_day=row, reason="no")


# --- reference data -----------------------------------------------------------------------------------------------


def test_the_files_hold_the_customary_week_and_the_holidays_of_four_years(world):
    row = WorkingHours.objects.get(unit=None)
    assert (row.weekdays, row.spans) == ([1, 2, 3, 4, 5], [["07:30", "11:30"], ["14:00", "17:30"]])
    assert "to be confirmed" in row.source
    national = SpecialDay.objects.filter(unit=None)
    for year in (2024, 2025, 2026, 2027):
        days = set(national.filter(day__year=year).values_list("day", flat=True))
        fixed = {(1, 1), (1, 7), (3, 8), (4, 14), (4, 15), (4, 16), (5, 1), (5, 14), (6, 18), (9, 24), (10, 15),
                 (10, 29), (11, 9)}  # fmt: skip
        assert {date(year, *day) for day in fixed} <= days
        assert national.filter(day__year=year, name_en="Pchum Ben Festival").count() == 3
        assert national.filter(day__year=year, name_en="Water Festival").count() == 3
        assert national.filter(
            day__year=year, name_en="Royal Ploughing Ceremony", source__contains="confirmed"
        ).exists()
    assert national.filter(day=date(2024, 4, 13)).exists()
    assert not national.filter(name_km="").exists()


def test_loading_again_changes_nothing_a_keeper_has_done(world, admin):
    day = SpecialDay.objects.filter(unit=None, day__gt=timezone.localdate()).first()
    if day is None:
        day = actions.add_special_day(
            actor=admin, unit=None, day=midnight(9).date(), kind=DayKind.HOLIDAY, name_en="x", reason="y"
        )
    actions.remove_special_day(actor=admin, special_day=day, reason="sub-decree")
    actions.set_working_hours(
        actor=admin, unit=None, weekdays=[1], spans=MORNING, since=midnight(1), reason="sub-decree"
    )
    before = (list(SpecialDay.objects.values()), list(WorkingHours.objects.values()))
    assert reference_time.load() == {"working_hours": 1, "holidays": 84}
    assert (list(SpecialDay.objects.values()), list(WorkingHours.objects.values())) == before
