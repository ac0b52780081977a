"""Escalate. One duty per institution with its own clock; every step of its ladder is planned beforehand."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from incidents import policies, workflow
from incidents.actions import clocks
from incidents.clocks.ladder import Ladder
from incidents.models import Duty, Escalation, EscalationPolicy, Incident
from units import policy as permissions
from units.calendar import calendars
from units.models import Unit, User
from units.recipients import Book


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
    owing = set(Duty.objects.filter(escalation__incident=incident).unanswered().values_list("unit", flat=True))
    if all(duty.unit_id in owing for duty in chosen.duties.all()):
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
    incident.save(update_fields=["status"])
    open_duties(escalation, incident, institutions, at=now)
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


def open_duties(
    escalation: Escalation, incident: Incident, units: Sequence[Unit], *, at: datetime, minutes: int = 0
) -> list[Duty]:
    """Write duties of institutions with their clocks and every step of their ladders, planned ones with their time.

    `minutes` is the time of an institution the policy does not name. The caller holds the incident's lock: whoever
    will be told comes into its audience now, also who stands above the institutions, since a notice that shows itself
    at its time, whatever process is dead, must never lead to a closed door.
    """
    terms = policies.Terms.of(escalation.frozen_policy)
    above = {unit.pk: terms.above(unit) for unit in units}
    told = [*units, *(unit for unit in above.values() if unit is not None)]
    incident.audience = sorted({*incident.audience, *(unit.pk for unit in told)})
    incident.save(update_fields=["audience"])
    started = clocks.start_many([(terms.minutes.get(u.code, minutes), terms.hours_of(u)) for u in units], at=at)
    duties = Duty.objects.bulk_create(
        Duty(escalation=escalation, unit=unit, clock=running, started_at=at, due_at=running.due_at or at)
        for unit, running in zip(units, started, strict=True)
    )
    book = Book(told)
    found = calendars(running.hours_of for running in started)
    steps = []
    for duty, running in zip(duties, started, strict=True):
        ladder = Ladder(duty, incident, terms, above[duty.unit_id])
        steps += ladder.begin(book, calendar=found[running.hours_of_id], at=at)
    outbox.publish(*steps)
    return duties


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
