"""Verbs about working time: an office's week, dated, and the days that differ from it.

`unit=None` are the rows for all offices that have none of their own; only administrators change those. What has
passed stands: deadlines were reckoned with it. What runs in these hours is reckoned anew by its own watch.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from units import policy
from units.actions.keeper import demand_reason
from units.calendar import spans_of
from units.choices import DayKind
from units.models import SpecialDay, Unit, User, WorkingHours

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def demand_calendar(actor: User | None, unit: Unit | None) -> None:
    """A keeper of the office's register; an administrator for the rows of all offices; or the system itself."""
    if actor is None:
        return
    if unit is not None:
        policy.demand(actor, "keep_calendar", [unit.pk])
    elif not (actor.is_active and actor.is_staff):
        raise PermissionDenied(_("Only administrators change the hours and days of all offices."))


@transaction.atomic
def set_working_hours(
    *,
    actor: User | None,
    unit: Unit | None,
    weekdays: Sequence[int],
    spans: Sequence[Sequence[str]],
    since: datetime,
    source: str = "",
    reason: str = "",
) -> WorkingHours:
    """The office works by this week from `since` on, up to hours already planned for later; what ran before ends.

    `weekdays` are ISO numbers, `spans` pairs of "07:30" and "11:30" in order. Raises PermissionDenied, and
    ValidationError by field for days and hours that make no week, and for a beginning that has passed.
    """
    demand_calendar(actor, unit)
    demand_reason(actor, reason)
    days, hours = _week(weekdays, spans)
    if actor is not None and since < _today():
        raise ValidationError({"since": _("What has passed stands. Hours change from today on.")})
    rows = list(WorkingHours.objects.select_for_update(of=("self",)).filter(unit=unit).order_by("period"))
    before = _cut(rows, since)
    following = min((row.since for row in rows if row.since and row.since > since), default=None)
    same = next((row for row in rows if row.since == since), None)
    row = same or WorkingHours(unit=unit)
    row.weekdays, row.spans, row.source, row.period = days, hours, source.strip(), (since, following)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(_("Somebody else changed these hours at the same moment. Look at them again.")) from error
    audit.record(
        actor=actor,
        verb="set_working_hours",
        target=unit or row,
        before=before,
        after={**_said(row), "since": since.isoformat(), "until": following.isoformat() if following else None},
        reason=reason,
    )
    return row


@transaction.atomic
def end_working_hours(*, actor: User | None, unit: Unit, at: datetime, reason: str) -> None:
    """From `at` on the office follows the hours of all offices again; hours planned for later fall away.

    Raises PermissionDenied; ValidationError when it has none of its own then, or the moment has passed.
    """
    demand_calendar(actor, unit)
    demand_reason(actor, reason)
    if actor is not None and at < _today():
        raise ValidationError({"at": _("What has passed stands. Hours change from today on.")})
    rows = list(WorkingHours.objects.select_for_update(of=("self",)).filter(unit=unit).order_by("period"))
    if all(row.until is not None and row.until <= at for row in rows):
        raise ValidationError({"at": _("The office has no hours of its own then.")})
    before = _cut(rows, at)
    for row in rows:
        if row.since is not None and row.since >= at:
            row.delete()
    audit.record(
        actor=actor, verb="end_working_hours", target=unit, before=before, after={"at": at.isoformat()}, reason=reason
    )


def _cut(rows: Sequence[WorkingHours], at: datetime) -> dict[str, object]:
    """End what runs at that moment there; gives what it was, for the record."""
    for row in rows:
        if row.holds_at(at) and row.since != at:
            said = {**_said(row), "until": row.until.isoformat() if row.until else None}
            row.period = (row.since, at)
            row.save(update_fields=["period"])
            return said
    return next((_said(row) for row in rows if row.since == at), {})


def _said(row: WorkingHours) -> dict[str, object]:
    return {"weekdays": row.weekdays, "spans": row.spans}


def _week(weekdays: Sequence[int], spans: Sequence[Sequence[str]]) -> tuple[list[int], list[list[str]]]:
    """Days and hours that make a week; raises ValidationError by field."""
    days = sorted(set(weekdays))
    errors: dict[str, str] = {}
    if not days or not set(days) <= set(range(1, 8)):
        errors["weekdays"] = _("Choose at least one working day.")
    hours = [list(pair) for pair in spans]
    if not hours or any(len(pair) != 2 or not all(_HOUR.fullmatch(text) for text in pair) for pair in hours):
        errors["spans"] = _("Give the hours as 07:30–11:30, at least one span.")
    else:
        marks = [mark for pair in spans_of(hours) for mark in pair]
        if any(first >= second for first, second in pairwise(marks)):
            errors["spans"] = _("Each span ends after it begins, and the next begins later than that.")
    if errors:
        raise ValidationError(errors)
    return days, hours


@transaction.atomic
def add_special_day(
    *,
    actor: User | None,
    unit: Unit | None,
    day: date,
    kind: str,
    name_en: str,
    name_km: str = "",
    source: str = "",
    reason: str = "",
) -> SpecialDay:
    """A holiday, or a working day in place of one; an office's own day comes before the nation's.

    Raises PermissionDenied; ValidationError by field for a day that has passed or has a rule already.
    """
    demand_calendar(actor, unit)
    demand_reason(actor, reason)
    now = clock.now()
    if kind not in DayKind.values:
        raise ValidationError({"kind": _("Choose what the day is.")})
    if not (name_en.strip() or name_km.strip()):
        raise ValidationError({"name_km": _("Give the day a name.")})
    if actor is not None and day < timezone.localdate(now):
        raise ValidationError({"day": _("This day has passed; deadlines were reckoned with it.")})
    row = SpecialDay(
        unit=unit,
        day=day,
        kind=kind,
        name_en=name_en.strip() or name_km.strip(),
        name_km=name_km.strip(),
        source=source.strip(),
        entered_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError({"day": _("This day is on record already. Take it back first.")}) from error
    audit.record(
        actor=actor,
        verb="add_special_day",
        target=unit or row,
        after={"day": day.isoformat(), "kind": kind, "name": row.name_en},
        reason=reason,
    )
    return row


@transaction.atomic
def remove_special_day(*, actor: User | None, special_day: SpecialDay, reason: str) -> SpecialDay:
    """Take a day back: the rule of the week holds again. It stays on record, so that nothing loads it anew.

    Raises PermissionDenied; ValidationError when it was taken back already or has passed.
    """
    row = SpecialDay.objects.select_for_update(of=("self",)).select_related("unit").get(pk=special_day.pk)
    demand_calendar(actor, row.unit)
    demand_reason(actor, reason)
    now = clock.now()
    if row.removed_at is not None:
        raise ValidationError(_("This day was taken back already."))
    if actor is not None and row.day < timezone.localdate(now):
        raise ValidationError(_("This day has passed; deadlines were reckoned with it."))
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    audit.record(
        actor=actor,
        verb="remove_special_day",
        target=row.unit or row,
        before={"day": row.day.isoformat(), "kind": row.kind, "name": row.name_en},
        reason=reason,
    )
    return row


def _today() -> datetime:
    """The first moment of today in Phnom Penh."""
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
