"""Who writes letters of an office, and who numbers, signs, sends and voids them: one place, asked by every verb.

Writing: reporting officers of the office. Signing: the provincial officer for his administration and the offices under
it, a head for his own unit, officials for their institution. For letters of a province one person may do both; a
protest note is signed by another than its drafter.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied

from units import policy
from units.choices import INSTITUTIONS
from units.models import Unit


def _verbs_to_write(office: Unit) -> tuple[str, ...]:
    return ("write_letter_of_institution",) if office.kind in INSTITUTIONS else ("write_letter",)


def _verbs_to_sign(office: Unit) -> tuple[str, ...]:
    if office.kind in INSTITUTIONS:
        return ("sign_letter_of_institution",)
    return ("sign_letter", "sign_letter_of_own_unit")


def may_write(user: Any, office: Unit) -> bool:
    """Whether the person drafts letters of this office and enters those that arrive."""
    return _any(user, _verbs_to_write(office), office)


def may_sign(user: Any, office: Unit) -> bool:
    """Whether the person numbers, signs, sends and voids letters of this office."""
    return _any(user, _verbs_to_sign(office), office)


def _any(user: Any, verbs: Iterable[str], office: Unit) -> bool:
    return any(policy.may(user, verb, [office.pk]) for verb in verbs)


def demand_to_write(user: Any, office: Unit) -> None:
    """Raise PermissionDenied unless the person may write for the office."""
    if not may_write(user, office):
        raise PermissionDenied(policy.nothing_here())


def demand_to_sign(user: Any, office: Unit) -> None:
    """Raise PermissionDenied unless the person may sign for the office."""
    if not may_sign(user, office):
        raise PermissionDenied(policy.nothing_here())


def may_edit_templates(user: Any, office: Unit | None) -> bool:
    """Administrators edit every template; the register's keeper of an office edits those of that office."""
    if not getattr(user, "is_active", False):
        return False
    if user.is_staff:
        return True
    return office is not None and policy.may(user, "edit_letter_template", [office.pk])


def demand_to_edit_templates(user: Any, office: Unit | None) -> None:
    """Raise PermissionDenied unless the person may edit templates of this office (None: those of all)."""
    if not may_edit_templates(user, office):
        raise PermissionDenied(policy.nothing_here())


def offices(user: Any) -> Any:
    """The offices for which the person writes: those he is posted to first, then those under them."""
    ordinary = policy.unit_ids(user, policy.VERBS["write_letter"])
    reviewed = policy.unit_ids(user, policy.VERBS["write_letter_of_institution"])
    rows = Unit.objects.filter(pk__in=ordinary).exclude(kind__in=INSTITUTIONS)
    rows = rows | Unit.objects.filter(pk__in=reviewed, kind__in=INSTITUTIONS)
    return rows.select_related("parent", "province", "district").order_by("code")


def own_office(user: Any) -> Unit | None:
    """The office of the person's first posting for which he writes, None when there is none."""
    for _role, unit in policy.roles_of(user):
        if may_write(user, unit):
            return unit
    return None
