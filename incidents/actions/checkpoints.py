"""Unauthorised checkpoints (duty D5): recognised by place, and what is known of them. How they go: `removals`.

Each verb locks the incident, then its checkpoint. Who reported in confidence stays safe: the row is seen with its
incident alone, and nobody is told who does not see that.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit
from crossings.choices import Currency
from incidents import checkpoint_workflow, checkpoints
from incidents.choices import CheckpointOperator, CheckpointState, Obstruction, RecognisedBy
from incidents.drills import rules
from incidents.models import Checkpoint, Incident
from units import policy
from units.models import Unit, User

# Nothing stands since before; an earlier day is a slip of the hand.
OLDEST = date(1990, 1, 1)


# --- recognition ----------------------------------------------------------------------------------------------


def recognise(incident: Incident) -> Checkpoint | None:
    """At filing: an unauthorised checkpoint gets its row, with the crossing whose ground it stands on. Else None.

    Within the filing's own transaction; four queries, and none for any other report.
    """
    if incident.type != checkpoints.TYPE:
        return None
    return _insert(incident, actor=None, at=incident.received_at)


@transaction.atomic
def recognise_checkpoint(*, actor: User, incident: Incident, reason: str) -> Checkpoint:
    """Hold an irregularity at a checkpoint, filed as something else, to be an unauthorised checkpoint.

    Raises PermissionDenied, and ValidationError when it is one already, is of another kind, bears no reason, or was
    played in a drill.
    """
    incident = _lock_incident(incident.pk)
    _demand_sight(actor, incident)
    rules.refuse_in_drill(incident)
    if not checkpoints.may_recognise(actor, incident):
        raise PermissionDenied(policy.nothing_here())
    if Checkpoint.objects.filter(incident=incident).exists():
        raise ValidationError(_("Another person has recognised it already."))
    return _insert(incident, actor=actor, reason=need(reason))


def _insert(incident: Incident, *, actor: User | None, reason: str = "", at: datetime | None = None) -> Checkpoint:
    row = Checkpoint(incident=incident, state=CheckpointState.STANDING)
    found = _place(row)
    row.save(force_insert=True)
    audit.record(actor=actor, verb="recognise_checkpoint", target=row, after=found, reason=reason, at=at)
    return row


def _place(row: Checkpoint) -> dict[str, Any]:
    """Find the crossing by place, else by the reporter's word, and with it the remover; what the audit keeps of it."""
    incident = row.incident
    found = checkpoints.holding(incident.point, incident.occurred_at)
    row.crossing, row.inside_m, row.recognised_by = None, None, RecognisedBy.NOWHERE
    province_id = incident.province_id
    if found:
        row.crossing_id, row.inside_m = found[0].crossing_id, found[0].inside_m
        row.recognised_by, province_id = RecognisedBy.PERIMETER, found[0].province_id
    elif incident.near_crossing is not None:
        row.crossing, row.recognised_by = incident.near_crossing, RecognisedBy.REPORTER
        province_id = incident.near_crossing.district.province_id
    if row.remove_by is None:
        # What has been ordered of somebody is not shifted to another without an order.
        row.remover, row.remover_rule = checkpoints.remover(row.operator, row.operator_unit, province_id)
    return {
        "recognised_by": row.recognised_by,
        "holding": [{"crossing": one.slug, "inside_m": round(one.inside_m, 1)} for one in found],
        "crossing": found[0].slug if found else row.crossing.slug if row.crossing else None,
        "remover": row.remover.code if row.remover else None,
        "remover_rule": row.remover_rule,
    }


@transaction.atomic
def recognise_again(*, actor: User, checkpoint: Checkpoint, reason: str) -> Checkpoint:
    """Find the crossing by place once more, by the perimeters of today; also takes up one that was held to be none.

    Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    row = locked(checkpoint, actor, "recognise_again")
    before = {"state": row.state, "crossing": row.crossing.slug if row.crossing else None, "by": row.recognised_by}
    row.state = checkpoint_workflow.move("recognise_again", row.state)
    reason = need(reason)
    if before["state"] == CheckpointState.NO_CHECKPOINT:
        row.remove_by = None
    after = {"state": row.state, **_place(row)}
    row.save(update_fields=["state", "crossing", "inside_m", "recognised_by", "remover", "remover_rule", "remove_by"])
    audit.record(actor=actor, verb="recognise_again", target=row, before=before, after=after, reason=reason)
    return row


# --- what is known of it --------------------------------------------------------------------------------------

_TOLD = (
    "operator", "operator_name", "operator_unit", "fee_asked", "fee_amount", "fee_currency", "fee_note",
    "obstruction", "obstruction_note", "first_seen_on",
)  # fmt: skip


@transaction.atomic
def describe_checkpoint(
    *,
    actor: User,
    checkpoint: Checkpoint,
    operator: str,
    operator_name: str = "",
    operator_unit: Unit | None = None,
    fee_asked: bool | None = None,
    fee_amount: Decimal | None = None,
    fee_currency: str = "",
    fee_note: str = "",
    obstruction: str = "",
    obstruction_note: str = "",
    first_seen_on: date | None = None,
) -> Checkpoint:
    """Say who stands there, what is asked of people, how they are held up, and since when (duty D5).

    Who must remove it follows by rule, until its removal has been ordered: then a new order is needed. Raises
    PermissionDenied, workflow.Refused, ValidationError by field.
    """
    row = locked(checkpoint, actor, "describe_checkpoint")
    checkpoint_workflow.move("describe_checkpoint", row.state)
    before = _facts(row)
    row.operator, row.operator_name, row.operator_unit = operator, operator_name.strip(), operator_unit
    row.fee_asked, row.fee_amount, row.fee_currency = fee_asked, fee_amount, fee_currency
    row.fee_note, row.obstruction = fee_note.strip(), obstruction
    row.obstruction_note, row.first_seen_on = obstruction_note.strip(), first_seen_on
    if errors := _operator_errors(row, actor) | _fee_errors(row) | _other_errors(row):
        raise ValidationError(errors)
    if row.remove_by is None:
        province_id = checkpoints.province_of(row)
        row.remover, row.remover_rule = checkpoints.remover(row.operator, row.operator_unit, province_id)
    after = _facts(row)
    changed = [name for name in after if after[name] != before[name]]
    row.save(update_fields=[*_TOLD, "remover", "remover_rule"])
    audit.record(
        actor=actor,
        verb="describe_checkpoint",
        target=row,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return row


def _facts(row: Checkpoint) -> dict[str, Any]:
    """What is known, as the audit keeps it."""
    return {
        "operator": row.operator,
        "operator_name": row.operator_name,
        "operator_unit": row.operator_unit.code if row.operator_unit else None,
        "fee_asked": row.fee_asked,
        "fee": f"{row.fee_amount} {row.fee_currency}" if row.fee_amount is not None else None,
        "fee_note": row.fee_note,
        "obstruction": row.obstruction,
        "obstruction_note": row.obstruction_note,
        "first_seen_on": row.first_seen_on.isoformat() if row.first_seen_on else None,
        "remover": row.remover.code if row.remover else None,
        "remover_rule": row.remover_rule,
    }


def _operator_errors(row: Checkpoint, actor: User) -> dict[str, Any]:
    if row.operator not in CheckpointOperator.values:
        return {"operator": _("Say who stands there; “not known” is an answer too.")}
    if row.operator_unit is None:
        return {}
    if row.operator not in checkpoints.OF_OURS:
        return {"operator_unit": _("A unit is named only when a force or an authority of ours stands there.")}
    if not Unit.objects.visible_to(actor).filter(pk=row.operator_unit.pk).exists():  # type: ignore[attr-defined]
        return {"operator_unit": _("No unit with this code can be seen by you.")}
    return {}


def _fee_errors(row: Checkpoint) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if row.fee_amount is not None and row.fee_amount <= 0:
        errors["fee_amount"] = _("The amount is more than nothing; leave it empty when it is not known.")
    elif row.fee_amount is not None and row.fee_amount >= Decimal(10) ** 12:
        errors["fee_amount"] = _("This amount cannot be right.")
    elif row.fee_amount is not None and not row.fee_currency:
        errors["fee_currency"] = _("Say in which currency.")
    elif row.fee_amount is None and row.fee_currency:
        errors["fee_amount"] = _("Give the amount, or leave the currency empty.")
    if row.fee_currency and row.fee_currency not in Currency.values:
        errors["fee_currency"] = _("Say in which currency.")
    if row.fee_amount is not None and row.fee_asked is not True:
        errors["fee_asked"] = _("An amount is given, so say that a fee is asked.")
    return errors


def _other_errors(row: Checkpoint) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if row.obstruction and row.obstruction not in Obstruction.values:
        errors["obstruction"] = _("Choose from the list how people are held up.")
    seen = checkpoints.seen_on(row.incident)
    since = row.first_seen_on
    if since is not None and since > checkpoints.today():
        errors["first_seen_on"] = _("This day lies in the future.")
    elif since is not None and since < OLDEST:
        errors["first_seen_on"] = _("This day lies too far in the past.")
    elif since is not None and seen is not None and since > seen:
        errors["first_seen_on"] = _("The report says that it stood on %(day)s already.") % {"day": f"{seen:%d/%m/%Y}"}
    return errors


# --- shared ---------------------------------------------------------------------------------------------------


def _lock_incident(pk: int) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",))
    found: Incident = rows.select_related("near_crossing__district").get(pk=pk)
    return found


def locked(checkpoint: Checkpoint, actor: User, verb: str) -> Checkpoint:
    """Incident and checkpoint under their locks, for a person who sees the one and may do the verb with the other."""
    incident = _lock_incident(checkpoint.incident_id)
    rows = checkpoints.with_names(Checkpoint.objects.select_for_update(of=("self",)))
    row: Checkpoint = rows.get(pk=checkpoint.pk)
    row.incident = incident
    _demand_sight(actor, incident)
    if why := checkpoints.refusal(actor, verb, row):
        raise PermissionDenied(why)
    return row


def _demand_sight(actor: User, incident: Incident) -> None:
    """Nobody acts on what he does not see: a unit's officer on a report in confidence about that unit."""
    if not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        raise PermissionDenied(policy.nothing_here())


def need(reason: str) -> str:
    """The reason without blanks around it; ValidationError when there is none."""
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    return reason.strip()
