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
from units.remembered import once

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

# Roles that look over other bodies or read the whole record; a province cannot give them at its own units.
ROLES_OF_INSTITUTIONS = frozenset({Role.OFFICIAL, Role.DEPUTY, Role.PRINCIPAL, Role.AUDITOR})

# Each verb asks for one codename on the unit it concerns (docs/permissions.md says it in words).
VERBS: dict[str, str] = {
    "file_incident": FILE,
    "verify_incident": ESCALATE,
    "escalate": ESCALATE,
    "close_incident": ESCALATE,
    "close_incident_from_above": REVIEW,
    "reopen_incident": ESCALATE,
    "settle_conflicting_copy": ESCALATE,
    "reattribute": REVIEW,
    "contest_attribution": ANSWER,
    "state_in_contest": ANSWER,
    "withdraw_contest": ANSWER,
    "rule_contest": REVIEW,
    "open_case": REVIEW,
    "notify_head": REVIEW,
    "explain": ANSWER,
    "take_to_review": REVIEW,
    "rule_case": REVIEW,
    "appeal": ANSWER,
    "decide_appeal": REVIEW,
    "close_case": REVIEW,
    "withdraw_case": REVIEW,
    "acknowledge": REVIEW,
    "manage_register": REGISTER,
    "manage_patrols": PATROLS,
    # Asked for on the unit above: nobody sets his own target. The register's keeper there may do so too.
    "set_target": PATROLS,
    # Crossings: on the responsible unit, the district's and the province's administration (crossings/deciders.py).
    "register_crossing": REGISTER,
    "register_corridor": ESCALATE,
    "describe_crossing": REGISTER,
    "set_crossing_status": ESCALATE,
    # On the unit above the provinces: a province does not raise its own gates.
    "classify_crossing": REGISTER,
    "order_closure": ESCALATE,
    "carry_out_closure": PATROLS,
    "verify_closure": ESCALATE,
    "verify_closure_from_above": REVIEW,
    "confirm_reopening": ESCALATE,
    "assess_crossing": FILE,
    "weigh_assessments": REVIEW,
    "propose_crossing": ESCALATE,
    "take_position": REVIEW,
    # On the ministry above the provinces.
    "decide_proposal": REVIEW,
    "report_condition": ESCALATE,
    "confirm_condition": REVIEW,
    "enter_traffic": FILE,
    "judge_outlier": ESCALATE,
    # Checkpoints nobody allowed (incidents/actions/checkpoints.py).
    "describe_checkpoint": FILE,
    "order_removal": ESCALATE,
    "report_removal": FILE,
    "confirm_removal": ESCALATE,
    "confirm_removal_from_above": REVIEW,
    # What institutions and provinces owe each other (D8-D10).
    "put_off_reminders": REVIEW,
    # On the unit that was asked: the reporter's own.
    "give_information": FILE,
    "log_engagement": FILE,
    "strike_engagement": ESCALATE,
    # On the institution that instructs, and on the unit that carries it out.
    "instruct": REVIEW,
    "acknowledge_instruction": FILE,
    "ask_back": FILE,
    "report_instruction_done": FILE,
    "answer_question": REVIEW,
    "judge_instruction": REVIEW,
    "withdraw_instruction": REVIEW,
    # On the protesting office; who checks and who signs did not draft.
    "draft_protest": REVIEW,
    "check_protest": REVIEW,
    "sign_protest": REVIEW,
    "send_protest": REVIEW,
    "file_reply": REVIEW,
    "end_protest": REVIEW,
    # On the office whose register it is; institutions by their officials.
    "write_letter": FILE,
    "write_letter_of_institution": REVIEW,
    "sign_letter": ESCALATE,
    "sign_letter_of_institution": REVIEW,
    # A head signs for his own unit.
    "sign_letter_of_own_unit": ANSWER,
    "edit_letter_template": REGISTER,
    "lead_drill": REVIEW,
    "keep_calendar": REGISTER,
    "delegate": REGISTER,
}


def unit_ids(user: Any, codename: str) -> frozenset[int]:
    """The units on which an active person holds a codename now; one query. Anonymous and disabled: none.

    Raises ValueError for a codename outside the allow-list.
    """
    if codename not in CODENAMES:
        raise ValueError(f"{codename} is not on the allow-list")
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    return once(("unit_ids", user.pk, codename), lambda: _granted(user, codename))


def _granted(user: Any, codename: str) -> frozenset[int]:
    granted, own = _grants(user)
    of_groups = granted.filter(permission__codename=codename).values_list("content_object_id", flat=True)
    of_person = own.filter(permission__codename=codename).values_list("content_object_id", flat=True)
    return frozenset(of_groups.order_by().union(of_person.order_by()))


def held_on(user: Any, unit_id: int) -> frozenset[str]:
    """The codenames an active person holds on one unit now; one query. Anonymous and disabled: none."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    granted, own = _grants(user)
    of_groups = granted.filter(content_object=unit_id).values_list("permission__codename", flat=True)
    of_person = own.filter(content_object=unit_id).values_list("permission__codename", flat=True)
    return frozenset(of_groups.order_by().union(of_person.order_by())) & CODENAMES


def _grants(user: Any) -> tuple[Any, Any]:
    """The rows that give a person something today: through a posting's group, and his own."""
    from units.models import Posting, UnitGroupPermission, UnitUserPermission, User

    # Both must hold: the posting in force today, and the membership that the verbs keep in step with it.
    posted = Posting.objects.filter(user=user, period__contains=clock.sql_now()).values("unit_role__group")
    member = User.groups.through.objects.filter(user_id=user.pk).values("group")
    granted = UnitGroupPermission.objects.filter(group__in=posted, group_id__in=member)
    return granted, UnitUserPermission.objects.filter(user=user)


def may(user: Any, verb: str, unit_id_list: Iterable[int | None]) -> bool:
    """Whether a person may do a verb that concerns any of these units."""
    return not unit_ids(user, VERBS[verb]).isdisjoint(i for i in unit_id_list if i is not None)


def demand(user: Any, verb: str, unit_id_list: Iterable[int | None]) -> None:
    """Raise PermissionDenied, saying what is missing and who can give it, unless the person may do the verb."""
    if not may(user, verb, unit_id_list):
        raise PermissionDenied(nothing_here())


def nothing_here() -> str:
    """What is missing when a posting does not allow something, and who can give it."""
    return _("Your posting does not allow this here. Your province's register keeper can change postings.")


def roles_of(user: Any) -> list[tuple[str, "Unit"]]:
    """The person's postings of today as (role, unit), widest grants first."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return []
    return list(once(("roles_of", user.pk), lambda: _roles(user)))


def _roles(user: Any) -> list[tuple[str, "Unit"]]:
    from units.models import Posting

    rows = Posting.objects.filter(user=user, period__contains=clock.sql_now()).select_related(
        "unit_role__unit__province", "unit_role__unit__district"
    )
    return [(row.unit_role.role, row.unit_role.unit) for row in rows]


def role_fits(role: str, kind: str) -> bool:
    """Whether a role can be held at a unit of that kind."""
    return role not in ROLES_OF_INSTITUTIONS or kind in INSTITUTIONS


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
    return units.filter(Q(pk__in=ids | _above(ids)) | Q(kind__in=INSTITUTIONS) | Q(province_id__in=_provinces(ids)))


def _above(ids: frozenset[int]) -> frozenset[int]:
    """The units over these ones, and they themselves."""
    from units.models import Unit

    def ask() -> frozenset[int]:
        paths: Any = Unit.objects.with_tree_fields().filter(pk__in=ids)  # type: ignore[attr-defined]
        return frozenset(pk for unit in paths for pk in unit.tree_path)

    return once(("above", ids), ask)


def visible_sectors(sectors: Any, user: Any) -> Any:
    """Sectors of every unit of the provinces a person serves in; institutions look at all.

    Where a neighbouring unit's sector begins must be plain to those who stand beside it.
    """
    ids = unit_ids(user, VIEW)
    if _serves_institution(ids):
        return sectors.all()
    return sectors.filter(Q(unit_id__in=ids) | Q(unit__province_id__in=_provinces(ids)))


def visible_by_province(rows: Any, user: Any, province: str) -> Any:
    """Rows of the provinces a person serves in; institutions look at all. `province` is the path to the province."""
    ids = unit_ids(user, VIEW)
    if not ids:
        return rows.none()
    if _serves_institution(ids):
        return rows.all()
    return rows.filter(**{f"{province}__in": _provinces(ids)})


def _provinces(ids: frozenset[int]) -> frozenset[int]:
    from units.models import Unit

    rows = Unit.objects.filter(pk__in=ids, province__isnull=False).values_list("province_id", flat=True)
    return once(("provinces", ids), lambda: frozenset(pk for pk in rows if pk))


# Who at a unit is told there, and so may see where else the unit is told.
DESK_ROLES = frozenset({Role.OFFICIAL, Role.DEPUTY, Role.PRINCIPAL, Role.PROVINCE_OFFICER, Role.COMMANDER})


def visible_endpoints(endpoints: Any, user: Any) -> Any:
    """Addresses at which units are told: all for administrators, their own unit's for the people of its desks."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return endpoints.none()
    if user.is_staff:
        return endpoints.all()
    return endpoints.filter(unit_id__in=desk_units(user))


def desk_units(user: Any) -> frozenset[int]:
    """The units at whose desks a person serves today."""
    return frozenset(unit.pk for role, unit in roles_of(user) if role in DESK_ROLES)


def visible_unresolved_areas(areas: Any, user: Any) -> Any:
    """Restricted: deciders of the province, institutions, and who leads the patrols of a unit charged with the area."""
    from units.models import PatrolTarget, Unit

    ids = unit_ids(user, ESCALATE) | unit_ids(user, REVIEW) | unit_ids(user, REGISTER)
    patrolling = unit_ids(user, PATROLS)
    if not ids and not patrolling:
        return areas.none()
    if _serves_institution(ids):
        return areas.all()
    charged = PatrolTarget.objects.filter(unit_id__in=patrolling, period__contains=clock.sql_now()).exclude(
        area_code=""
    )
    provinces = Unit.objects.filter(pk__in=ids).exclude(province=None).values("province_id")
    decided = areas.model.objects.filter(districts__province_id__in=provinces).values("pk")
    return areas.filter(Q(pk__in=decided) | Q(code__in=charged.order_by().values("area_code"))).order_by(
        F("code").asc()
    )


def _serves_institution(ids: frozenset[int]) -> bool:
    from units.models import Unit

    rows = Unit.objects.filter(pk__in=ids, kind__in=INSTITUTIONS)
    return once(("institution", ids), rows.exists)
