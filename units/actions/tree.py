"""Verbs about the tree of units: add one, rename it, put it under another."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit
from units.actions.keeper import demand_keeper, demand_reason, lock_tree
from units.actions.people import grant
from units.choices import UnitKind
from units.models import District, Province, Unit, UnitGroupPermission, UnitRole, User

# Words that stand in the place of a unit's code in the register's addresses; no unit may be called so.
RESERVED = frozenset({"all-offices", "bench", "changes", "check", "new", "people"})


@transaction.atomic
def create_unit(
    *,
    actor: User | None,
    code: str,
    kind: UnitKind | str,
    name_en: str,
    name_km: str = "",
    parent: Unit | None = None,
    province: Province | None = None,
    district: District | None = None,
    short_name: str = "",
    illustrative: bool = False,
    reason: str = "",
) -> Unit:
    """Add a unit under `parent`; every role group above it receives its grants on the new unit at once.

    Raises ValidationError by field: a code that is taken or means something in an address, a missing name.
    """
    demand_keeper(actor, parent.pk if parent else None)
    demand_reason(actor, reason)
    if code in RESERVED:
        raise ValidationError({"code": _("This word is part of the site's addresses. Choose another code.")})
    lock_tree()
    unit = Unit(
        code=code,
        kind=kind,
        name_en=name_en,
        name_km=name_km,
        parent=parent,
        province=province,
        district=district,
        short_name=short_name,
        illustrative=illustrative,
    )
    unit.full_clean()
    unit.save()
    _grant_from(_chain(parent), [unit.pk])
    audit.record(
        actor=actor,
        verb="create_unit",
        target=unit,
        after={"kind": str(kind), "parent": parent.code if parent else None},
        reason=reason,
    )
    return unit


def _chain(unit: Unit | None) -> list[int]:
    """The unit and everything above it, as ids."""
    if unit is None:
        return []
    return [*Unit.objects.with_tree_fields().get(pk=unit.pk).tree_path]  # type: ignore[attr-defined]


def _grant_from(above: list[int], unit_ids: list[int]) -> None:
    """Every role at these units above reaches these units."""
    for unit_role in UnitRole.objects.filter(unit_id__in=above).select_related("group"):
        grant(unit_role, unit_ids)


@transaction.atomic
def update_unit(
    *, actor: User | None, unit: Unit, name_en: str, name_km: str = "", short_name: str = "", reason: str
) -> Unit:
    """Give a unit other names. Its code stays for ever, and records keep the names they were written with."""
    unit = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
    demand_keeper(actor, unit.pk)
    demand_reason(actor, reason)
    names = {"name_en": name_en, "name_km": name_km, "short_name": short_name}
    before = {field: getattr(unit, field) for field in names if getattr(unit, field) != names[field]}
    if not before:
        raise ValidationError(_("Nothing differs from what is on record."))
    for field, value in names.items():
        setattr(unit, field, value)
    unit.full_clean()
    unit.save(update_fields=[*names])
    audit.record(
        actor=actor,
        verb="update_unit",
        target=unit,
        before=before,
        after={field: names[field] for field in before},
        reason=reason,
    )
    return unit


@transaction.atomic
def move_unit(*, actor: User | None, unit: Unit, parent: Unit | None, reason: str) -> Unit:
    """Put a unit, with everything under it, under another one (None: at the root, the system only).

    Who has a role above the old place loses its rights there, who has one above the new place gains them, in the same
    moment. A person needs the register of the unit, of the one that loses it and of the one that gains it. Raises
    ValidationError when the new place lies under the unit itself or in another province.
    """
    lock_tree()
    unit = Unit.objects.select_for_update(of=("self",)).select_related("parent").get(pk=unit.pk)
    for touched in (unit.pk, unit.parent_id, parent.pk if parent else None):
        demand_keeper(actor, touched)
    demand_reason(actor, reason)
    before = unit.parent
    old, new = _chain(before), _chain(parent)
    if unit.pk in new:
        raise ValidationError({"parent": _("A unit cannot stand under itself or under a unit of its own.")})
    if before == parent:
        raise ValidationError({"parent": _("It stands there already.")})
    if parent and parent.province_id and unit.province_id and parent.province_id != unit.province_id:
        raise ValidationError({"parent": _("That unit belongs to another province. Add a new unit there instead.")})
    unit.parent = parent
    unit.save(update_fields=["parent"])
    _regrant(unit, lost=set(old) - set(new), gained=set(new) - set(old))
    audit.record(
        actor=actor,
        verb="move_unit",
        target=unit,
        before={"parent": before.code if before else None},
        after={"parent": parent.code if parent else None},
        reason=reason,
    )
    return unit


def _regrant(unit: Unit, *, lost: set[int], gained: set[int]) -> None:
    """Take the grants of roles at units no longer above, give those of roles at units above now."""
    moved = list(unit.descendants(include_self=True).values_list("pk", flat=True))
    UnitGroupPermission.objects.filter(group__unit_role__unit_id__in=lost, content_object_id__in=moved).delete()
    _grant_from(sorted(gained), moved)
