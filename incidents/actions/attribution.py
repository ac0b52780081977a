"""Freeze who answers, and rule anew when a reviewer decides. Rows are added, never rewritten."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Notice
from incidents import cases, conflicts, exceptional, notices
from incidents.actions.opening import after_ruling
from incidents.attribution import Finding
from incidents.choices import Confidence, ContestState, Rule
from incidents.models import Attribution, Contest, Incident
from units import policy
from units.actions import raise_register_defect
from units.choices import INSTITUTIONS, DefectKind
from units.models import CommandTenure, Sector, Unit, User
from units.recipients import Book, person


def freeze(incident: Incident, finding: Finding, *, at: datetime) -> Attribution:
    """Copy a finding into an unsaved attribution row and into the incident's list fields."""
    tenure = finding.tenure
    incident.responsible_unit = finding.unit
    incident.contested = finding.contested
    incident.head_name = tenure.head_name_en if tenure else ""
    return Attribution(
        incident=incident,
        number=1,
        rule=finding.rule,
        confidence=finding.confidence,
        contested=finding.contested,
        unit=finding.unit,
        unit_name_km=finding.unit.name_km,
        unit_name_en=finding.unit.name_en,
        sector=finding.sector,
        sector_code=finding.sector.code if finding.sector else "",
        point=finding.point,
        accuracy_m=finding.accuracy_m,
        moment=finding.moment,
        margin_m=finding.margin_m,
        candidates=[candidate.frozen() for candidate in finding.candidates],
        decided_at=at,
        **_head(tenure),
    )


def _head(tenure: CommandTenure | None) -> dict[str, object]:
    if tenure is None:
        return {}
    return {
        "tenure": tenure,
        "head_name_km": tenure.head_name_km,
        "head_name_en": tenure.head_name_en,
        "head_rank": tenure.rank,
        "head_acting": tenure.acting,
    }


def report_defects(incident: Incident, finding: Finding) -> None:
    """A gap, an overlap or a unit without a head is a fault of the register: write it down, never be silent."""
    units = [candidate.unit for candidate in finding.candidates[:2]]
    if finding.is_gap:
        _defect(incident, finding, DefectKind.GAP, [finding.unit])
    if finding.rule == Rule.SECTORS_OVERLAP:
        _defect(incident, finding, DefectKind.OVERLAP, [finding.unit, *units])
    if finding.tenure is None:
        _defect(incident, finding, DefectKind.NO_HEAD, [finding.unit])


def _defect(incident: Incident, finding: Finding, kind: DefectKind, units: list[Unit]) -> None:
    raise_register_defect(
        kind=kind,
        found_by=incident.ref,
        moment=finding.moment,
        point=finding.point,
        province=finding.province,
        units=units,
    )


@transaction.atomic
def reattribute(*, actor: User, incident: Incident, unit: Unit, reason: str) -> Attribution:
    """A reviewer rules which unit answers; the head is the one of the incident's own moment.

    The reviewer must hold `review_escalations` on both units, the one relieved and the one charged, so that nobody
    shifts blame out of his own reach; he is posted above both, and neither is his own nor was he its head then.
    The finding before stays as it was. Raises PermissionDenied, and ValidationError without a reason, for an
    institution, while a contest is open, or when that unit answers already and nothing is contested. Duty D2.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    policy.demand(actor, "reattribute", [incident.responsible_unit_id])
    policy.demand(actor, "reattribute", [unit.pk])
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if unit.kind in INSTITUTIONS:
        raise ValidationError({"unit": _("An institution answers for no ground. Choose a unit at the border.")})
    if unit.pk == incident.responsible_unit_id and not incident.contested:
        raise ValidationError({"unit": _("This unit answers already.")})
    if Contest.objects.filter(incident=incident, state=ContestState.OPEN).exists():
        raise ValidationError(_("The unit contests that it answers. Rule on the contest."))
    before = cases.current(incident)
    conflicts.demand(actor, before.unit, head_person=cases.head_of(before))
    conflicts.demand(actor, unit, head_person=conflicts.head_then(unit, before.moment))
    row = rule_anew(incident, before, unit, actor, reason.strip())
    audit.record(
        actor=actor,
        verb="reattribute",
        target=incident,
        before={"unit": before.unit.code, "head": before.head_name_en, "rule": before.rule},
        after={"unit": unit.code, "head": row.head_name_en, "rule": row.rule},
        reason=row.reason,
    )
    book = Book([unit, before.unit])
    told = [*book.unit_and_head(unit), *book.unit_and_head(before.unit), person(incident.filed_by)]
    outbox.publish(
        Notice(
            topic="reattributed",
            event=f"incident:{incident.ref}:answers:{row.number}",
            kind="incident",
            key=incident.ref,
            recipients=exceptional.readers(incident, told),
            data=notices.attribution_facts(row, incident),
        )
    )
    after_ruling(incident)
    return row


def rule_anew(incident: Incident, before: Attribution, unit: Unit, actor: User, reason: str) -> Attribution:
    """Add the ruling's row beside the one it follows and copy it into the locked incident; inside a verb."""
    Attribution.objects.filter(pk=before.pk).update(current=False)
    row = _ruling(incident, before, unit, actor, reason)
    incident.responsible_unit = unit
    incident.head_name = row.head_name_en
    incident.contested = False
    incident.audience = exceptional.widened(incident, [unit])
    incident.save(update_fields=["responsible_unit", "head_name", "contested", "audience"])
    return row


def _ruling(incident: Incident, before: Attribution, unit: Unit, actor: User, reason: str) -> Attribution:
    tenure = CommandTenure.objects.head_of(unit.pk, before.moment)
    sector = Sector.objects.at(before.moment).filter(unit=unit).first()
    return Attribution.objects.create(
        incident=incident,
        number=before.number + 1,
        rule=Rule.RULING,
        confidence=Confidence.HIGH,
        contested=False,
        unit=unit,
        unit_name_km=unit.name_km,
        unit_name_en=unit.name_en,
        sector=sector,
        sector_code=sector.code if sector else "",
        point=before.point,
        accuracy_m=before.accuracy_m,
        moment=before.moment,
        margin_m=before.margin_m,
        candidates=before.candidates,
        decided_by=actor,
        decided_at=clock.now(),
        reason=reason,
        **_head(tenure),
    )
