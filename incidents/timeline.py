"""The chain of an incident, past and planned, so that nobody has to ask whether it goes on.

One line for each thing that happened or will happen, whatever number of channels and persons it reached; what an
answer made needless is one line for each institution.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from borderwatch import clock
from borderwatch.models import AuditEntry, Delivery
from borderwatch.topics import TOPICS
from incidents import areas, notices
from incidents.choices import DutyState
from incidents.choices_answers import Why
from incidents.models import Acknowledgement, Attribution, Duty, Escalation, Incident, Snooze
from units.choices import DeskLevel

# Verbs that show in the chain straight from the record.
RECORDED = (
    "verify_incident",
    "close_incident",
    "reopen_incident",
    "keep_conflicting_copy",
    "settle_conflicting_copy",
    "contest_attribution",
    "state_in_contest",
    "withdraw_contest",
)
STATES = {Delivery.State.CANCELLED: "cancelled", Delivery.State.DEAD: "failed", Delivery.State.DELIVERED: "past"}


@dataclass(frozen=True)
class Step:
    """One step: `state` is past, planned, cancelled or failed; `lane` is the institution's code or ""."""

    at: datetime
    state: str
    kind: str
    title: str
    detail: str = ""
    lane: str = ""


def chain(incident: Incident) -> list[Step]:
    """All steps of an incident in order of time: filing, attribution, telling, answers, and what is planned."""
    now = clock.now()
    duties = list(Duty.objects.filter(escalation__incident=incident).with_names().prefetch_related("snoozes"))
    names = {duty.unit.code: duty.unit.name for duty in duties}
    told = Delivery.objects.about("incident", incident.ref).select_related("user", "endpoint__unit")
    steps = [Step(incident.received_at, "past", "filed", _("Filed for %(unit)s") % {"unit": incident.filed_for})]
    steps += [_attributed(row) for row in Attribution.objects.filter(incident=incident)]
    steps += [_escalated(row) for row in Escalation.objects.filter(incident=incident).select_related("started_by")]
    steps += [step for duty in duties for step in _duty_steps(duty, now)]
    steps += _told(told, names)
    steps += _recorded(incident)
    steps += areas.chain(incident)
    return sorted(steps, key=lambda step: step.at)


def _attributed(row: Attribution) -> Step:
    title = _("A reviewer ruled: %(unit)s answers") if row.decided_by_id else _("%(unit)s answers by the register")
    detail = row.reason or row.get_rule_display()
    return Step(row.decided_at, "past", "attributed", title % {"unit": row.unit_name}, str(detail))


def _escalated(row: Escalation) -> Step:
    if row.started_by is None:
        title = _("Escalated by itself")
    else:
        title = _("Escalated by %(person)s") % {"person": row.started_by.get_full_name()}
    return Step(row.started_at, "past", "escalated", title, " – ".join(filter(None, [row.policy_name, row.reason])))


def _duty_steps(duty: Duty, now: datetime) -> list[Step]:
    lane, name = duty.unit.code, {"unit": duty.unit.name}
    steps: list[Step] = []
    if duty.seen_at and duty.seen_at != duty.answered_at:
        steps.append(Step(duty.seen_at, "past", "seen", _("%(unit)s opened it") % name, lane=lane))
    for answer in duty.acknowledgements.all():
        steps += _answer_steps(answer, duty.unit.name, lane)
    steps += [_put_off(row, duty.unit.name, lane) for row in duty.snoozes.all()]
    if duty.state == DutyState.ENDED:
        steps.append(Step(duty.due_at, "cancelled", "due", _("Answer of %(unit)s was due") % name, lane=lane))
    elif duty.state == DutyState.WAITING:
        state = "failed" if duty.due_at < now else "planned"
        steps.append(Step(duty.due_at, state, "due", _("Answer of %(unit)s due") % name, lane=lane))
    return steps


def _answer_steps(answer: Acknowledgement, unit: str, lane: str) -> list[Step]:
    """The answer as it was given, and why it no longer stands when it was taken back."""
    title = _("%(unit)s answered: %(answer)s") % {"unit": unit, "answer": answer.get_answer_display()}
    words = [f"{answer.by.get_full_name() if answer.by else answer.by_name}.", answer.who_instead, answer.comment]
    steps = [Step(answer.at, "past", "answered", title, " ".join(filter(None, words)), lane)]
    if answer.withdrawn_at is not None:
        again = answer.withdrawn_reason == Why.FORGOTTEN
        title = _("%(unit)s owes its answer again") if again else _("The question of %(unit)s is settled")
        why = str(answer.get_withdrawn_reason_display())
        steps.append(Step(answer.withdrawn_at, "past", "taken_back", title % {"unit": unit}, why, lane))
    return steps


def _put_off(row: Snooze, unit: str, lane: str) -> Step:
    until = date_format(timezone.localtime(row.until), "DATETIME_FORMAT")
    title = _("%(unit)s puts off its reminders until %(time)s") % {"unit": unit, "time": until}
    return Step(row.at, "past", "put_off", title, f"{row.by_name}. {row.reason}", lane)


def _told(rows: Iterable[Delivery], names: dict[str, str]) -> list[Step]:
    """Notices of one event and state are one line; the cancelled ones of an institution are one line together."""
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for row in rows:
        state = _state(row)
        together = f"{row.bundle}: {row.state_reason}" if state == "cancelled" and row.bundle else row.event
        groups.setdefault((together, state), []).append(row)
    return [_notice_step(group, state, names) for (_event, state), group in groups.items()]


def _state(row: Delivery) -> str:
    if row.state == Delivery.State.PENDING:
        return "planned" if row.attempts == 0 else "failed"
    return STATES[Delivery.State(row.state)]


def _notice_step(rows: list[Delivery], state: str, names: dict[str, str]) -> Step:
    first = rows[0]
    data = json.loads(first.payload)["data"]
    lane = data["duty"]["institution"]["code"] if first.bundle.startswith("duty:") and "duty" in data else ""
    whom = names.get(lane) or ", ".join(dict.fromkeys(_recipient(row) for row in rows))
    if state == "cancelled":
        return _cancelled(rows, whom, lane)
    level = data.get("step", {}).get("level", DeskLevel.DESK)
    if above := data.get("step", {}).get("of"):
        whom = notices.name(above)
    if level != DeskLevel.DESK:
        whom = f"{whom} ({DeskLevel(level).label})"
    title = {
        "past": _("%(whom)s told"),
        "planned": _("%(whom)s will be told"),
        "failed": _("Telling %(whom)s has failed so far"),
    }[state] % {"whom": whom}
    channels = ", ".join(dict.fromkeys(str(row.get_channel_display()) for row in rows))
    why = f": {first.state_reason}" if state == "failed" and first.state_reason else ""
    about = _("“%(topic)s”") % {"topic": TOPICS[first.topic].label} if first.topic in TOPICS else ""
    at = max(row.done_at or row.planned_at for row in rows) if state == "past" else first.planned_at
    return Step(at, state, "told", title, " · ".join(filter(None, [about, channels + why])), lane)


def _cancelled(rows: list[Delivery], whom: str, lane: str) -> Step:
    """At the moment of cancelling, not at the time once planned: that is when it was decided."""
    count = len({row.event for row in rows})
    title = ngettext(
        "%(n)d planned step for %(whom)s is no longer needed",
        "%(n)d planned steps for %(whom)s are no longer needed",
        count,
    ) % {"n": count, "whom": whom}
    return Step(max(row.done_at or row.planned_at for row in rows), "cancelled", "told", title, "", lane)


def _recorded(incident: Incident) -> list[Step]:
    titles: dict[str, Any] = {
        "verify_incident": _("Verified by %(who)s"),
        "close_incident": _("Closed by %(who)s"),
        "reopen_incident": _("Reopened by %(who)s"),
        "keep_conflicting_copy": _("A second report with the same key was kept, by %(who)s"),
        "settle_conflicting_copy": _("Conflicting copy settled by %(who)s"),
        "contest_attribution": _("Contested by %(who)s"),
        "state_in_contest": _("%(who)s was heard"),
        "withdraw_contest": _("Contest withdrawn by %(who)s"),
    }
    entries = AuditEntry.objects.filter(kind="incident", key=incident.ref, verb__in=RECORDED).select_related("actor")
    return [
        Step(
            entry.at,
            "past",
            {"close_incident": "closed"}.get(entry.verb, "decided"),
            titles[entry.verb] % {"who": entry.actor.get_full_name() if entry.actor else entry.actor_name},
            entry.reason,
        )
        for entry in entries
    ]


def _recipient(row: Delivery) -> str:
    """The recipient in the reader's language; the row itself keeps the name as it was."""
    if row.user is not None:
        return row.user.get_full_name()
    return row.endpoint.unit.name if row.endpoint is not None else row.recipient_name
