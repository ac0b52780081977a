"""The demo accounts. Their password is public; they exist in the demo world and in tests only."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

import units.actions as verbs
from units.choices import DeskLevel, MachineChannel, Rank, Role
from units.models import CommandTenure, Unit, User

PASSWORD = "borderwatch-demo"  # noqa: S105 - the demo's public password
POSTED_SINCE = datetime(2024, 11, 3, tzinfo=ZoneInfo("Asia/Phnom_Penh"))


@dataclass(frozen=True)
class Account:
    """One demo account and the posting that gives it its place."""

    username: str
    name_km: str
    name_en: str
    unit: str = ""
    role: str = ""
    rank: str = Rank.CIVILIAN
    language: str = "km"
    staff: bool = False


# The head commands this post in Ratanakiri, where the ponds of 2015 lie.
HEAD_OF = "post-1607-1"
CAST = [
    Account("district", "សុខ សុភា", "Sok Sophea (fictional)", "district-1607", Role.FILER),
    Account("province", "ចាន់ វិបុល", "Chan Vibol (fictional)", "province-16", Role.PROVINCE_OFFICER),
    Account("province2", "ហេង រតនា", "Heng Ratana (fictional)", "province-01", Role.PROVINCE_OFFICER),
    Account("head", "កែវ ដារ៉ា", "Keo Dara (fictional)", HEAD_OF, Role.COMMANDER, rank=Rank.MAJOR),
    Account("moi", "មាស វណ្ណា", "Meas Vanna (fictional)", "moi", Role.OFFICIAL),
    Account("mfaic", "ទេព បូរ៉ា", "Tep Bora (fictional)", "mfaic", Role.OFFICIAL),
    Account("ssba", "លី ណារិន", "Ly Narin (fictional)", "ssba", Role.OFFICIAL),
    Account("auditor", "នួន មករា", "Nuon Makara (fictional)", "moi", Role.AUDITOR, language="en"),
    Account("keeper", "សេង ចន្ទ្រា", "Seng Chandra (fictional)", "province-16", Role.REGISTER_KEEPER),
    Account("admin", "អ្នកគ្រប់គ្រងប្រព័ន្ធ", "System Administrator (demo)", language="en", staff=True),
]
# The head's neighbours and superior, and a clerk of his post.
AROUND = [
    Account("head2", "ពៅ សុវត្ថិ", "Pov Sovath (fictional)", "post-1607-2", Role.COMMANDER, rank=Rank.CAPTAIN),
    Account("battalion", "ឈុន សារឿន", "Chhun Saroeun (fictional)", "battalion-16", Role.COMMANDER, rank=Rank.COLONEL),
    Account("clerk", "រស់ ស្រីមុំ", "Ros Sreymom (fictional)", HEAD_OF, Role.FILER),
    # Addresses at which units are told need two administrators.
    Account("admin2", "អ្នកគ្រប់គ្រងប្រព័ន្ធទីពីរ", "Second Administrator (demo)", staff=True),
]
# Those told when the desk stays silent.
LADDER = [
    Account("moi-deputy", "យឹម សំណាង", "Yim Samnang (fictional)", "moi", Role.DEPUTY),
    Account("moi-principal", "ឡុង ពិសិដ្ឋ", "Long Piseth (fictional)", "moi", Role.PRINCIPAL),
    Account("mfaic-deputy", "ឈឹម សុជាតិ", "Chhim Socheat (fictional)", "mfaic", Role.DEPUTY),
    Account("mfaic-principal", "ប៊ុន សុវណ្ណ", "Bun Sovann (fictional)", "mfaic", Role.PRINCIPAL),
    Account("ssba-deputy", "សុខ វិចិត្រ", "Sok Vichet (fictional)", "ssba", Role.DEPUTY),
    Account("ssba-principal", "មាស ភារុណ", "Meas Phearun (fictional)", "ssba", Role.PRINCIPAL),
]


EVERYBODY = [*CAST, *AROUND, *LADDER]


@transaction.atomic
def account(row: Account) -> User:
    """Make an account with its posting."""
    user = verbs.create_user(
        actor=None,
        username=row.username,
        password=PASSWORD,
        name_km=row.name_km,
        name_en=row.name_en,
        email=f"{row.username}@people.example.org",
        rank=row.rank,
        language=row.language,
        is_staff=row.staff,
        is_superuser=row.staff,
        reason="demo world",
    )
    if row.unit:
        unit = Unit.objects.get(code=row.unit)
        verbs.post_person(actor=None, user=user, unit=unit, role=row.role, since=POSTED_SINCE, reason="demo world")
    return user


@transaction.atomic
def cast(*, around: bool = True) -> dict[str, User]:
    """All demo accounts by name; the heads among them also take over their posts in the record of commands."""
    if not (settings.DEMO or settings.TEST):
        raise RuntimeError("Accounts with a public password belong to the demo world and the tests.")
    people = {row.username: account(row) for row in (EVERYBODY if around else [*CAST, *LADDER])}
    for row in EVERYBODY:
        if row.role == Role.COMMANDER and row.username in people:
            _take_over(Unit.objects.get(code=row.unit), people[row.username])
    return people


def _take_over(unit: Unit, head: User) -> None:
    for tenure in CommandTenure.objects.at(POSTED_SINCE).filter(unit=unit):
        verbs.end_tenure(actor=None, tenure=tenure, at=POSTED_SINCE, reason="demo world")
    verbs.appoint_head(
        actor=None,
        unit=unit,
        person=head,
        name_km=head.name_km,
        name_en=head.name_en,
        rank=head.rank,
        since=POSTED_SINCE,
        reason="demo world",
    )


def institutions_reached_at(mail_host: str, webhook_url: str, secret: str) -> None:
    """Give the three institutions their addresses: a duty desk, deputy and head by mail, and a machine.

    `mail_host` is the part after the @, `webhook_url` the receiver's address without a slash at its end.
    """
    for code in ("moi", "mfaic", "ssba"):
        unit = Unit.objects.get(code=code)
        for level in DeskLevel.values:
            verbs.add_endpoint(
                actor=None,
                unit=unit,
                channel=MachineChannel.EMAIL,
                address=f"{level}@{code}.{mail_host}",
                level=level,
            )
        if webhook_url and secret:
            verbs.add_endpoint(
                actor=None,
                unit=unit,
                channel=MachineChannel.WEBHOOK,
                address=f"{webhook_url}/{code}",
                secret=secret,
            )
    _one_waits(mail_host)


def _one_waits(mail_host: str) -> None:
    """An address that the second administrator has asked for and `admin` may confirm or reject."""
    verbs.ask_endpoint(
        actor=User.objects.get(username="admin2"),
        unit=Unit.objects.get(code="ssba"),
        channel=MachineChannel.WEBHOOK,
        address=f"https://hooks.ssba.{mail_host}/borderwatch",
        reason="លិខិតរបស់រដ្ឋលេខាធិការដ្ឋាន លេខ ១២",
    )
