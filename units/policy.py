"""Who may do what: the roles × codenames table, the verbs × codenames table, and the look-ups on them.

This is the only place that reads grants. guardian rows give a person a unit; the dated posting decides whether the
group's grants count today, so an ended posting gives nothing even if every background process is dead.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.utils.translation import gettext as _

from borderwatch import clock
from units.choices import INSTITUTIONS, Role

if TYPE_CHECKING:
    from units.models import Unit

VIEW = "view_incidents"
FILE = "file_incidents"
ESCALATE = "escalate"
PERSONAL = "view_personal_data"
PATROLS = "manage_patrols"
ANSWER = "answer_accountability"
REGISTER = "manage_register"
REVIEW = "review_escalations"

# The allow-list: no other codename is ever granted or asked for.
CODENAMES = frozenset({VIEW, FILE, ESCALATE, PERSONAL, PATROLS, ANSWER, REGISTER, REVIEW})

ROLES: dict[str, frozenset[str]] = {
    Role.FILER: frozenset({VIEW, FILE}),
    Role.PROVINCE_OFFICER: frozenset({VIEW, FILE, ESCALATE, REVIEW, PATROLS}),
    Role.COMMANDER: frozenset({VIEW, FILE, PATROLS, ANSWER}),
    Role.OFFICIAL: frozenset({VIEW, REVIEW}),
    Role.DEPUTY: frozenset({VIEW, REVIEW}),
    Role.PRINCIPAL: frozenset({VIEW, REVIEW}),
    Role.REGISTER_KEEPER: frozenset({VIEW, REGISTER}),
    Role.PROTECTION_OFFICER: frozenset({VIEW, PERSONAL}),
    Role.AUDITOR: frozenset({VIEW}),
}

# Each verb asks for one codename on the unit it concerns (docs/permissions.md says it in words).
VERBS: dict[str, str] = {
    "file_incident": FILE,
    "verify_incident": ESCALATE,
    "escalate": ESCALATE,
    "close_incident": ESCALATE,
    "reopen_incident": ESCALATE,
    "settle_conflicting_copy": ESCALATE,
    "reattribute": REVIEW,
    "acknowledge": REVIEW,
    "manage_register": REGISTER,
}


def unit_ids(user: Any, codename: str) -> frozenset[int]:
    """The units on which an active person holds a codename now; one query. Anonymous and disabled: none.

    Raises ValueError for a codename outside the allow-list.
    """
    from units.models import Posting, UnitGroupPermission, UnitUserPermission, User

    if codename not in CODENAMES:
        raise ValueError(f"{codename} is not on the allow-list")
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    # Both must hold: the posting in force today, and the membership that the verbs keep in step with it.
    posted = Posting.objects.filter(user=user, period__contains=clock.sql_now()).values("unit_role__group")
    member = User.groups.through.objects.filter(user_id=user.pk).values("group")
    granted = UnitGroupPermission.objects.filter(
        permission__codename=codename, group__in=posted, group_id__in=member
    ).values_list("content_object_id", flat=True)
    own = UnitUserPermission.objects.filter(permission__codename=codename, user=user).values_list(
        "content_object_id", flat=True
    )
    return frozenset(granted.order_by().union(own.order_by()))


def may(user: Any, verb: str, unit_id_list: Iterable[int | None]) -> bool:
    """Whether a person may do a verb that concerns any of these units."""
    return not unit_ids(user, VERBS[verb]).isdisjoint(i for i in unit_id_list if i is not None)


def demand(user: Any, verb: str, unit_id_list: Iterable[int | None]) -> None:
    """Raise PermissionDenied, saying what is missing and who can give it, unless the person may do the verb."""
    if not may(user, verb, unit_id_list):
        raise PermissionDenied(
            _("Your posting does not allow this here. Your province's register keeper can change postings.")
        )


def roles_of(user: Any) -> list[tuple[str, "Unit"]]:
    """The person's postings of today as (role, unit), widest grants first."""
    from units.models import Posting

    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return []
    rows = Posting.objects.filter(user=user, period__contains=clock.sql_now()).select_related(
        "unit_role__unit__province", "unit_role__unit__district"
    )
    return [(row.unit_role.role, row.unit_role.unit) for row in rows]


def is_auditor(user: Any) -> bool:
    """Whether the person holds an auditor's posting today."""
    return any(role == Role.AUDITOR for role, _unit in roles_of(user))


def visible_units(units: Any, user: Any) -> Any:
    """Units of the provinces a person serves in, those he has grants on, those above them, and the institutions.

    Who stands beside him and to whom he reports must be plain; institutions look at all, since any may answer to them.
    """
    ids = unit_ids(user, VIEW)
    if not ids:
        return units.none()
    if _serves_institution(ids):
        return units.all()
    paths = units.model.objects.with_tree_fields().filter(pk__in=ids)
    above = {pk for unit in paths for pk in unit.tree_path}
    return units.filter(Q(pk__in=ids | above) | Q(kind__in=INSTITUTIONS) | Q(province_id__in=_provinces(ids)))


def visible_sectors(sectors: Any, user: Any) -> Any:
    """Sectors of every unit of the provinces a person serves in; institutions look at all.

    Where a neighbouring unit's sector begins must be plain to those who stand beside it.
    """
    ids = unit_ids(user, VIEW)
    if _serves_institution(ids):
        return sectors.all()
    return sectors.filter(Q(unit_id__in=ids) | Q(unit__province_id__in=_provinces(ids)))


def _provinces(ids: Iterable[int]) -> set[int]:
    from units.models import Unit

    return set(Unit.objects.filter(pk__in=list(ids), province__isnull=False).values_list("province_id", flat=True))


def visible_unresolved_areas(areas: Any, user: Any) -> Any:
    """Restricted: deciders of the province, and institutions; nobody else."""
    from units.models import Unit

    ids = unit_ids(user, ESCALATE) | unit_ids(user, REVIEW) | unit_ids(user, REGISTER)
    if not ids:
        return areas.none()
    if _serves_institution(ids):
        return areas.all()
    provinces = Unit.objects.filter(pk__in=ids).exclude(province=None).values("province_id")
    return areas.filter(pk__in=areas.model.objects.filter(districts__province_id__in=provinces).values("pk")).order_by(
        F("code").asc()
    )


def _serves_institution(ids: Iterable[int]) -> bool:
    from units.models import Unit

    return Unit.objects.filter(pk__in=list(ids), kind__in=INSTITUTIONS).exists()
