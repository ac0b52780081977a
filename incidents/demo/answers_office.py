"""Offices in the demo world: hours and days of their own, who is away, and how some wish to be told."""

from datetime import datetime, time, timedelta

from django.utils import timezone

import units.actions as verbs
from incidents.demo import people
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.choices import DayKind, Role
from units.models import User

KEEPER = people.Account("mfaic-keeper", "អ៊ុច សុខលី", "Uch Sokly (fictional)", "mfaic", Role.REGISTER_KEEPER)
# Who is told how: mail at once, a digest, quiet hours.
WISHES = {
    "mfaic": (True, True, (time(22), time(5, 30))),
    "moi": (True, False, (None, None)),
    "province": (False, True, (None, None)),
    "head": (False, True, (time(21), time(5))),
}


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what keepers and officials entered in the last weeks, and the digests since."""
    replay.plan(now - timedelta(days=40), lambda: calendars(staff, now))
    replay.plan(now - timedelta(days=5), wishes)
    replay.plan(now - timedelta(hours=26), lambda: away(staff, now))
    morning = _day(now) + timedelta(hours=7, minutes=5)
    for days in range(4):
        replay.plan(morning - timedelta(days=days), verbs.send_digests)


def _day(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def calendars(staff: Staff, now: datetime) -> None:
    """The province works other hours; the ministry has a day of its own and a Saturday on which it works."""
    verbs.set_working_hours(
        actor=staff.keeper,
        unit=staff.units["province-16"],
        weekdays=[1, 2, 3, 4, 5],
        spans=[["07:00", "11:00"], ["14:00", "17:00"]],
        since=_day(now) - timedelta(days=40) + timedelta(days=1),
        source="សេចក្តីសម្រេចរបស់រដ្ឋបាលខេត្ត (demo)",
        reason="តាមសេចក្តីសម្រេចលេខ ០២២ (demo)",
    )
    keeper = people.account(KEEPER)
    day = (_day(now) + timedelta(days=24)).date()
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    verbs.add_special_day(
        actor=keeper,
        unit=staff.units["mfaic"],
        day=saturday - timedelta(days=1),
        kind=DayKind.HOLIDAY,
        name_km="សន្និបាតបូកសរុបការងារប្រចាំឆ្នាំរបស់ក្រសួង",
        name_en="Annual conference of the ministry",
        source="សារាចរណែនាំរបស់ក្រសួង (demo)",
        reason="សន្និបាតប្រចាំឆ្នាំ (demo)",
    )
    verbs.add_special_day(
        actor=keeper,
        unit=staff.units["mfaic"],
        day=saturday,
        kind=DayKind.WORKING_DAY,
        name_km="ថ្ងៃធ្វើការជំនួស",
        name_en="Working day in place of the conference",
        source="សារាចរណែនាំរបស់ក្រសួង (demo)",
        reason="ជំនួសថ្ងៃសន្និបាត (demo)",
    )


def wishes() -> None:
    """Some say how they wish to be told; the others are told in the application alone."""
    for username, (mail, digest, (quiet_from, quiet_until)) in WISHES.items():
        verbs.set_reach(
            actor=User.objects.get(username=username),
            mail_immediate=mail,
            digest=digest,
            digest_at=time(7),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
        )


def away(staff: Staff, now: datetime) -> None:
    """The head of MFAIC is abroad and the deputy stands in; an official goes on leave next week."""
    ministry = staff.units["mfaic"]
    deputy = staff.deputies["mfaic"]
    principal = User.objects.get(username="mfaic-principal")
    verbs.grant_delegation(
        actor=principal,
        person=principal,
        unit=ministry,
        role=Role.PRINCIPAL,
        stand_in=deputy,
        since=_day(now),
        until=_day(now) + timedelta(days=5),
        reason="បេសកកម្មនៅក្រៅប្រទេស (demo)",
    )
    official = staff.officials["mfaic"]
    verbs.grant_delegation(
        actor=official,
        person=official,
        unit=ministry,
        role=Role.OFFICIAL,
        stand_in=deputy,
        since=_day(now) + timedelta(days=8),
        until=_day(now) + timedelta(days=13),
        reason="ច្បាប់ឈប់សម្រាកប្រចាំឆ្នាំ (demo)",
    )
