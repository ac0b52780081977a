"""How an unauthorised checkpoint goes (duty D5): ordered away, reported gone with proof, confirmed by a second person.

Whoever is told sees the incident; of a report in confidence its unit learns nothing by an order either.
"""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox, sealed
from borderwatch.models import Delivery
from incidents import checkpoint_workflow, checkpoints, exceptional, notices_checkpoints
from incidents.actions.checkpoints import locked, need
from incidents.choices import CheckpointState
from incidents.models import Checkpoint, Incident
from units.models import User

# A removal takes days or weeks; a day farther away is a slip of the hand.
LONGEST = timedelta(days=366)


@transaction.atomic
def order_removal(*, actor: User, checkpoint: Checkpoint, remove_by: date, reason: str = "") -> Checkpoint:
    """Order whoever must remove it, by the rule as it stands now, to do so by a day; his superior is told too.

    May be ordered anew. The remover comes to see the incident, unless it was reported in confidence. Raises
    PermissionDenied, workflow.Refused, ValidationError by field.
    """
    row = locked(checkpoint, actor, "order_removal")
    before = {"state": row.state, **_order(row)}
    row.state = checkpoint_workflow.move("order_removal", row.state)
    day = checkpoints.today()
    if not day <= remove_by <= day + LONGEST:
        raise ValidationError({"remove_by": _("Give a day from today on, within a year.")})
    row.remover, row.remover_rule = checkpoints.remover(row.operator, row.operator_unit, checkpoints.province_of(row))
    if row.remover is None:
        raise ValidationError(_("Nobody is on record who must remove it. Ask the register keeper to add the province."))
    row.remove_by = remove_by
    row.save(update_fields=["state", "remover", "remover_rule", "remove_by"])
    widened = exceptional.widened(row.incident, [row.remover])
    if widened != row.incident.audience:
        row.incident.audience = widened
        row.incident.save(update_fields=["audience"])
    entry = audit.record(
        actor=actor,
        verb="order_removal",
        target=row,
        before=before,
        after={"state": row.state, **_order(row)},
        reason=reason.strip(),
    )
    outbox.publish(notices_checkpoints.ordered(row, str(entry.pk)))
    return row


def _order(row: Checkpoint) -> dict[str, Any]:
    return {
        "remover": row.remover.code if row.remover else None,
        "remover_rule": row.remover_rule,
        "remove_by": row.remove_by.isoformat() if row.remove_by else None,
    }


@transaction.atomic
def report_removal(
    *, actor: User, checkpoint: Checkpoint, removed_on: date, text: str, proof: UploadedFile[bytes] | None
) -> Checkpoint:
    """Report that it is gone, since when, with a photo or a document as proof. Another person confirms it.

    Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    row = locked(checkpoint, actor, "report_removal")
    before = {"state": row.state, "proof": row.proof_sha256}
    state = checkpoint_workflow.move("report_removal", row.state)
    errors = _removal_errors(row, removed_on, text, proof)
    if proof is not None and not errors:
        try:
            file = sealed.keep_document(proof)
        except ValidationError as error:
            errors["proof"] = error.messages
    if errors:
        raise ValidationError(errors)
    row.state, row.removed_on, row.removal_text = state, removed_on, text.strip()
    row.proof_sha256, row.proof_name = file.sha256, file.name
    row.proof_type, row.proof_size = file.content_type, file.size
    row.removal_by, row.removal_at = actor, clock.now()
    row.save(
        update_fields=[
            "state", "removed_on", "removal_text", "proof_sha256", "proof_name", "proof_type", "proof_size",
            "removal_by", "removal_at",
        ]
    )  # fmt: skip
    entry = audit.record(
        actor=actor,
        verb="report_removal",
        target=row,
        before=before,
        after={"state": state, "removed_on": removed_on.isoformat(), "proof": file.sha256, "text": row.removal_text},
    )
    outbox.publish(notices_checkpoints.reported(row, str(entry.pk)))
    return row


def _removal_errors(row: Checkpoint, removed_on: date, text: str, proof: UploadedFile[bytes] | None) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    seen = max(filter(None, (row.first_seen_on, checkpoints.seen_on(row.incident))), default=None)
    if removed_on > checkpoints.today():
        errors["removed_on"] = _("This day lies in the future.")
    elif seen is not None and removed_on < seen:
        errors["removed_on"] = _("It was seen standing on %(day)s.") % {"day": f"{seen:%d/%m/%Y}"}
    if not text.strip():
        errors["text"] = _("Say in a few words who removed it and what became of it.")
    if proof is None:
        errors["proof"] = _("Add a photo or a document that shows that it is gone.")
    return errors


@transaction.atomic
def confirm_removal(*, actor: User, checkpoint: Checkpoint) -> Checkpoint:
    """A second person confirms that it is gone. Raises PermissionDenied and workflow.Refused."""
    row = locked(checkpoint, actor, "confirm_removal")
    before = row.state
    row.state = checkpoint_workflow.move("confirm_removal", before)
    row.confirmed_by, row.confirmed_at = actor, clock.now()
    row.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record(actor=actor, verb="confirm_removal", target=row, before={"state": before}, after={"state": row.state})
    return row


@transaction.atomic
def deny_removal(*, actor: User, checkpoint: Checkpoint, reason: str) -> Checkpoint:
    """It still stands: the report of its removal stays on record, and the order with it.

    Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    row = locked(checkpoint, actor, "deny_removal")
    before = row.state
    row.state = checkpoint_workflow.move("deny_removal", before, ordered=row.remove_by is not None)
    reason = need(reason)
    row.save(update_fields=["state"])
    entry = audit.record(
        actor=actor,
        verb="deny_removal",
        target=row,
        before={"state": before, "proof": row.proof_sha256},
        after={"state": row.state},
        reason=reason,
    )
    outbox.publish(notices_checkpoints.denied(row, str(entry.pk)))
    return row


@transaction.atomic
def not_a_checkpoint(*, actor: User, checkpoint: Checkpoint, reason: str) -> Checkpoint:
    """Put on record that it was no unauthorised checkpoint. Raises PermissionDenied, Refused, ValidationError."""
    row = locked(checkpoint, actor, "not_a_checkpoint")
    return _end_as_none(row, actor, need(reason))


def refute(incident: Incident, actor: User, reason: str) -> None:
    """The incident was closed because it did not take place: then there was no checkpoint either."""
    row = Checkpoint.objects.select_for_update().filter(incident=incident).first()
    if row is not None and checkpoint_workflow.allowed("not_a_checkpoint", row.state):
        _end_as_none(row, actor, reason)


def _end_as_none(row: Checkpoint, actor: User, reason: str) -> Checkpoint:
    before = row.state
    row.state = checkpoint_workflow.move("not_a_checkpoint", before)
    row.save(update_fields=["state"])
    audit.record(
        actor=actor, verb="not_a_checkpoint", target=row, before={"state": before}, after={"state": row.state},
        reason=reason,
    )  # fmt: skip
    return row


# --- what is overdue ------------------------------------------------------------------------------------------


def watch_checkpoints() -> int:
    """Tell the remover, the province and the ministry once of each removal that is overdue; how many were told of."""
    late = Checkpoint.objects.filter(state=CheckpointState.REMOVAL_ORDERED, remove_by__lt=checkpoints.today())
    count = 0
    for row in checkpoints.with_names(late).order_by("pk"):
        notice = notices_checkpoints.overdue(row)
        with transaction.atomic():
            if not Delivery.objects.filter(event=notice.event).exists():
                count += bool(outbox.publish(notice))
    return count
