"""Escalate, and answer. One duty per institution, its steps planned beforehand, cancelled by the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Notice
from incidents import exceptional, notices, policies, workflow
from incidents.choices import Answer, DutyState
from incidents.models import Acknowledgement, Duty, Escalation, EscalationPolicy, Incident
from units import policy as permissions
from units.models import Unit, User
from units.recipients import Book, person


def start_automatic(incident: Incident) -> list[Escalation]:
    """Start what policy starts by itself at filing (D9); inside the filing's transaction."""
    started = []
    for policy in policies.automatic_for(incident):
        started.append(_start(incident, policy, actor=None, reason=""))
    return started


@transaction.atomic
def escalate(*, actor: User, incident: Incident, reason: str, policy: EscalationPolicy | None = None) -> Escalation:
    """The province decides to tell institutions, with a reason; without a policy the first that fits is taken.

    Raises PermissionDenied, workflow.Refused, and ValidationError without a reason, when the policy does not fit,
    or when every institution it names still owes an answer on this incident. Duties D9, D10.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    permissions.demand(actor, "escalate", [incident.filed_for_id, incident.responsible_unit_id])
    workflow.move("escalate", incident.status)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    fitting = policies.matching(incident)
    chosen = policy or next(iter(fitting), None)
    if chosen is None or chosen not in fitting:
        raise ValidationError({"policy": _("This policy does not fit the incident.")})
    waiting = set(
        Duty.objects.filter(escalation__incident=incident, state=DutyState.WAITING).values_list("unit", flat=True)
    )
    if all(duty.unit_id in waiting for duty in chosen.duties.all()):
        raise ValidationError(_("These institutions have been told and still owe their answer."))
    return _start(incident, chosen, actor=actor, reason=reason.strip())


def _start(incident: Incident, policy: EscalationPolicy, *, actor: User | None, reason: str) -> Escalation:
    now = clock.now()
    frozen, institutions = policies.freeze(policy)
    escalation = Escalation.objects.create(
        incident=incident,
        number=incident.escalations.count() + 1,
        policy=policy,
        frozen_policy=frozen,
        automatic=actor is None,
        reason=reason,
        started_by=actor,
        started_at=now,
    )
    before = incident.status
    incident.status = workflow.move("escalate", incident.status)
    incident.audience = sorted({*incident.audience, *(unit.pk for unit in institutions)})
    incident.save(update_fields=["status", "audience"])
    _open_duties(escalation, incident, institutions)
    audit.record(
        actor=actor,
        verb="escalate",
        target=incident,
        before={"status": before},
        after={
            "status": incident.status,
            "escalation": escalation.number,
            "policy": policy.slug,
            "automatic": escalation.automatic,
            "institutions": [unit.code for unit in institutions],
        },
        reason=reason,
        at=now,
    )
    return escalation


def _open_duties(escalation: Escalation, incident: Incident, institutions: Sequence[Unit]) -> None:
    """Write the duties and every step of their ladders, planned ones with their time."""
    start = escalation.started_at
    demanded = {duty["unit"]: duty["answer_within_min"] for duty in escalation.frozen_policy["duties"]}
    duties = Duty.objects.bulk_create(
        Duty(
            escalation=escalation,
            unit=unit,
            started_at=start,
            due_at=start + timedelta(minutes=demanded[unit.code]),
        )
        for unit in institutions
    )
    book = Book(institutions)
    outbox.publish(*(notice for duty in duties for notice in _ladder(duty, incident, book)))


def _ladder(duty: Duty, incident: Incident, book: Book) -> list[Notice]:
    facts = notices.duty_facts(duty, incident)
    return [
        Notice(
            topic="duty_opened" if number == 0 else "duty_reminder",
            event=f"duty:{duty.pk}:step:{number}",
            kind="incident",
            key=incident.ref,
            recipients=book.desk(duty.unit, step["level"]),
            data={**facts, "step": {"number": number, "level": step["level"], "after_min": step["after_min"]}},
            at=duty.started_at + timedelta(minutes=step["after_min"]),
            bundle=duty.bundle,
        )
        for number, step in enumerate(duty.escalation.frozen_policy["steps"])
    ]


@dataclass(frozen=True)
class Acknowledged:
    """The acknowledgement on record; `first` is False when another official had answered already."""

    acknowledgement: Acknowledgement
    first: bool


@transaction.atomic
def acknowledge(
    *,
    actor: User,
    duty: Duty,
    answer: str,
    comment: str = "",
    who_instead: str = "",
    expected_at: datetime | None = None,
) -> Acknowledged:
    """Answer a duty with substance. Planned steps of that duty are cancelled in the same transaction.

    Two officials pressing together make one acknowledgement: the second gets the first one's back. Raises
    PermissionDenied and ValidationError by field. Duties D9, D10.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("unit", "escalation").get(pk=duty.pk)
    permissions.demand(actor, "acknowledge", [duty.unit_id])
    known = Acknowledgement.objects.filter(duty=duty).first()
    if known is not None:
        return Acknowledged(known, first=False)
    now = clock.now()
    _check_answer(answer, comment, who_instead, expected_at, now)
    row = Acknowledgement.objects.create(
        duty=duty,
        answer=answer,
        comment=comment.strip(),
        who_instead=who_instead.strip(),
        expected_at=expected_at,
        by=actor,
        by_name=actor.record_name,
        at=now,
    )
    duty.state, duty.answered_at = DutyState.ANSWERED, now
    duty.seen_at = duty.seen_at or now
    duty.save(update_fields=["state", "answered_at", "seen_at"])
    cancelled = outbox.cancel(duty.bundle, reason=f"answered by {row.by_name}")
    incident = _incident_answered(duty)
    audit.record(
        actor=actor,
        verb="acknowledge",
        target=incident,
        before={"duty": duty.pk, "institution": duty.unit.code, "state": DutyState.WAITING},
        after={"answer": answer, "status": incident.status, "cancelled_steps": cancelled},
        reason=row.comment,
    )
    _tell_answer(row, incident)
    return Acknowledged(row, first=True)


def _check_answer(answer: str, comment: str, who_instead: str, expected_at: datetime | None, now: datetime) -> None:
    errors: dict[str, str] = {}
    if answer not in Answer.values:
        errors["answer"] = _("Choose one of the four answers.")
    if answer == Answer.NOT_OURS and not who_instead.strip():
        errors["who_instead"] = _("Name the institution whose matter it is.")
    if answer == Answer.NEED_INFORMATION and not comment.strip():
        errors["comment"] = _("Say which information you need.")
    if expected_at is not None and expected_at < now:
        errors["expected_at"] = _("The expected time lies in the past.")
    if errors:
        raise ValidationError(errors)


def _incident_answered(duty: Duty) -> Incident:
    """The first answer moves an escalated incident on; a closed one stays closed."""
    incident: Incident = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("province", "district", "responsible_unit", "filed_by")
        .get(pk=duty.escalation.incident_id)
    )
    if workflow.allowed("acknowledge", incident.status):
        incident.status = workflow.move("acknowledge", incident.status)
        incident.save(update_fields=["status"])
    return incident


def _tell_answer(row: Acknowledgement, incident: Incident) -> None:
    """The filer, the province and whoever was told of the duty so far learn who has answered."""
    from incidents.actions.filing import administration_of

    administration = administration_of(incident.province_id)
    book = Book([administration, row.duty.unit])
    told = [person(incident.filed_by), *book.province_desk(administration), *book.officials(row.duty.unit)]
    outbox.publish(
        Notice(
            topic="duty_answered",
            event=f"duty:{row.duty_id}:answered",
            kind="incident",
            key=incident.ref,
            recipients=exceptional.readers(incident, [one for one in told if one.user_id != row.by_id]),
            data=notices.acknowledgement_facts(row, incident),
        )
    )


@transaction.atomic
def open_duty(*, actor: User, duty: Duty) -> Duty:
    """Write down when an official of the institution first opened the duty; later openings change nothing."""
    duty = Duty.objects.select_for_update(of=("self",)).select_related("escalation__incident").get(pk=duty.pk)
    permissions.demand(actor, "acknowledge", [duty.unit_id])
    if duty.seen_at is None:
        duty.seen_at = clock.now()
        duty.save(update_fields=["seen_at"])
        audit.record(
            actor=actor,
            verb="open_duty",
            target=duty.escalation.incident,
            after={"duty": duty.pk, "seen_at": duty.seen_at.isoformat()},
        )
    return duty
