"""The life of an incident in the demo world: filed, checked, escalated, answered, ruled on, closed, taken up again.

Every step is a verb done by a person whose posting allows it, at its moment; a step that the incident's state no
longer allows at that moment is left out, as a person would see no button for it.
"""

import random
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from borderwatch import actions as kernel
from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions as verbs
from incidents import workflow
from incidents.choices import Answer
from incidents.demo import phrases
from incidents.demo.holding import Holding
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.models import Attribution, Duty, Incident
from incidents.photos import Photo
from incidents.reports import Report
from units.models import Unit, User


@dataclass(frozen=True)
class Reply:
    """An institution's answer, so long after it was asked. `opened_only`: it looks and stays silent."""

    after: timedelta
    answer: str = Answer.ACCEPT
    comment: str = ""
    expected: timedelta | None = None
    opened_only: bool = False
    # How long after the institution asked back the province gives the information; it then accepts.
    informed: timedelta | None = None


@dataclass(frozen=True)
class Life:
    """What becomes of an incident after filing; times count from the filing, None means it does not happen."""

    replies: Mapping[str, Reply] = field(default_factory=dict)
    verified: timedelta | None = None
    escalated: timedelta | None = None
    ruled: timedelta | None = None
    closed: timedelta | None = None
    close_reason: str = ""
    reopened: timedelta | None = None
    escalate_reason: str = ""


@dataclass(frozen=True)
class Filing:
    """One POST: who files what for which unit, with which key."""

    actor: User
    unit: Unit
    report: Report
    key: uuid.UUID
    photos: Sequence[Photo] = ()
    # What else follows, told the incident once it is there.
    then: Callable[[Incident], object] | None = None


class Storyteller:
    """Plans and does the steps."""

    def __init__(self, replay: Replay, staff: Staff, holding: Holding, chance: random.Random) -> None:
        self._replay = replay
        self._staff = staff
        self._holding = holding
        self._chance = chance

    def file(self, at: datetime, filing: Filing, life: Life) -> None:
        """Plan the filing, and with it everything that follows."""
        self._replay.plan(at, partial(self._file, at, filing, life))

    def _file(self, at: datetime, filing: Filing, life: Life) -> None:
        filed = verbs.file_incident(
            actor=filing.actor,
            unit=filing.unit,
            client_key=filing.key,
            report=filing.report,
            photos=filing.photos,
        )
        if filed.outcome != "new":
            return
        pk = filed.incident.pk
        if filing.then is not None:
            filing.then(filed.incident)
        steps = (
            (life.verified, partial(self._verify, pk)),
            (life.escalated, partial(self._escalate, pk, life)),
            (life.ruled, partial(self._rule, pk)),
            (life.closed, partial(self._close, pk, life.close_reason)),
            (life.reopened, partial(self._reopen, pk)),
        )
        for after, act in steps:
            if after is not None:
                self._replay.plan(at + after, act)
        self._plan_replies(Duty.objects.filter(escalation__incident=pk).select_related("unit"), life)

    def _plan_replies(self, duties: Iterable[Duty], life: Life) -> None:
        for duty in duties:
            reply = life.replies.get(duty.unit.code)
            if reply is None:
                continue
            answered = duty.started_at + reply.after
            opened = answered - min(reply.after / 2, timedelta(minutes=self._chance.randint(3, 20)))
            self._replay.plan(opened, partial(self._open, duty.pk))
            if not reply.opened_only:
                self._replay.plan(answered, partial(self._answer, duty.pk, reply))

    def _incident(self, pk: int) -> Incident:
        return Incident.objects.select_related("province", "responsible_unit", "filed_for").get(pk=pk)

    def catch_up(self, person: User) -> None:
        """Let a person open everything he has been told so far."""
        for notice in Delivery.objects.inbox(person).filter(opened_at=None):
            kernel.open_notice(actor=person, delivery=notice)

    def _read(self, person: User, incident: Incident) -> None:
        """Open the person's notices about the incident."""
        for notice in Delivery.objects.inbox(person).about("incident", incident.ref).filter(opened_at=None):
            kernel.open_notice(actor=person, delivery=notice)

    def _verify(self, pk: int) -> None:
        incident = self._incident(pk)
        officer = self._staff.officer(incident.province)
        self._read(officer, incident)
        if workflow.allowed("verify_incident", incident.status):
            verbs.verify_incident(actor=officer, incident=incident, reason=self._chance.choice(phrases.VERIFYING))
            self._holding.follow(incident)

    def _escalate(self, pk: int, life: Life) -> None:
        incident = self._incident(pk)
        if not workflow.allowed("escalate", incident.status) or incident.escalations.exists():
            return
        officer = self._staff.officer(incident.province)
        self._read(officer, incident)
        reason = life.escalate_reason or self._chance.choice(phrases.ESCALATING)
        escalation = verbs.escalate(actor=officer, incident=incident, reason=reason)
        self._plan_replies(escalation.duties.select_related("unit"), life)

    def _who(self, duty: Duty) -> User:
        """The official, or the deputy once it has come to him."""
        late = clock.now() > duty.due_at
        return (self._staff.deputies if late else self._staff.officials)[duty.unit.code]

    def _open(self, pk: int) -> None:
        duty = Duty.objects.select_related("unit", "escalation__incident").get(pk=pk)
        person = self._who(duty)
        self._read(person, duty.escalation.incident)
        verbs.open_duty(actor=person, duty=duty)

    def _answer(self, pk: int, reply: Reply) -> None:
        duty = Duty.objects.select_related("unit").get(pk=pk)
        verbs.acknowledge(
            actor=self._who(duty),
            duty=duty,
            answer=reply.answer,
            comment=reply.comment or self._chance.choice(phrases.ANSWERS[reply.answer]),
            who_instead=phrases.INSTEAD[duty.unit.code] if reply.answer == Answer.NOT_OURS else "",
            expected_at=clock.now() + reply.expected if reply.expected else None,
        )
        if reply.answer == Answer.NEED_INFORMATION and reply.informed is not None:
            self._replay.plan(clock.now() + reply.informed, partial(self._inform, pk))

    def _inform(self, pk: int) -> None:
        """The province says what an institution asked; the institution accepts an hour later."""
        duty = Duty.objects.select_related("escalation__incident__province").get(pk=pk)
        asked = duty.requests.open().first()
        if asked is None:
            return
        incident = duty.escalation.incident
        officer = self._staff.officer(incident.province)
        self._read(officer, incident)
        verbs.give_information(actor=officer, request=asked, answer=self._chance.choice(phrases.INFORMING))
        after = timedelta(minutes=self._chance.uniform(20, 60))
        self._replay.plan(clock.now() + after, partial(self._answer, pk, Reply(after)))

    def _rule(self, pk: int) -> None:
        """A reviewer rules on a contested incident: the province, or MoI where two provinces meet."""
        incident = self._incident(pk)
        if not incident.contested:
            return
        row = Attribution.objects.get(incident=incident, current=True)
        rivals = [c["unit_id"] for c in row.candidates if c["distance_m"] <= (row.accuracy_m or 0)]
        unit = incident.responsible_unit
        if rivals and self._chance.random() < 0.6:
            unit = Unit.objects.get(pk=rivals[0])
        same = unit.province_id == incident.responsible_unit.province_id
        ours = self._staff.officers.get(unit.province.code if unit.province else "")
        reviewer = ours if same and ours else self._staff.officials["moi"]
        verbs.reattribute(actor=reviewer, incident=incident, unit=unit, reason=self._chance.choice(phrases.RULING))
        self._holding.follow(incident)

    def _close(self, pk: int, close_reason: str) -> None:
        incident = self._incident(pk)
        waiting = Duty.objects.filter(escalation__incident=incident).unanswered().exists()
        # A province rules before it closes what two units may answer for.
        if waiting or incident.contested or not workflow.allowed("close_incident", incident.status):
            return
        verbs.close_incident(
            actor=self._staff.officer(incident.province),
            incident=incident,
            close_reason=close_reason,
            reason=self._chance.choice(phrases.CLOSING[close_reason]),
        )

    def _reopen(self, pk: int) -> None:
        incident = self._incident(pk)
        if workflow.allowed("reopen_incident", incident.status):
            verbs.reopen_incident(
                actor=self._staff.officer(incident.province),
                incident=incident,
                reason=self._chance.choice(phrases.REOPENING),
            )
