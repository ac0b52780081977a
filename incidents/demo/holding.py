"""Holding to account in the demo world: contests, statements, rulings, cases, explanations, appeals.

Every step is a verb by a person whose posting allows it; a step the state no longer allows is left out.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from borderwatch import clock
from incidents import actions as verbs
from incidents import case_workflow
from incidents.choices import CaseState, ContestOutcome, ContestState, Outcome
from incidents.demo import sayings
from incidents.demo.replay import Act, Replay
from incidents.demo.staff import Staff
from incidents.models import AccountabilityCase, Contest, Incident
from units.models import User


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)


class Holding:
    """Plans what becomes of cases and contests."""

    def __init__(self, replay: Replay, staff: Staff, heads: Mapping[str, User], chance: random.Random) -> None:
        self._replay = replay
        self._staff = staff
        self._heads = heads
        self._chance = chance
        # Cases whose life is planned, and lives set up by hand: incident → (days after opening, step).
        self._planned: set[int] = set()
        self._set_up: dict[int, list[tuple[float, Callable[[int], None]]]] = {}

    # --- a case as it goes by itself --------------------------------------------------------------------------

    def follow(self, incident: Incident) -> None:
        """Plan the lives of the cases that are open on an incident and not planned yet."""
        for case in AccountabilityCase.objects.filter(incident=incident).open().with_names():
            if case.pk in self._planned:
                continue
            self._planned.add(case.pk)
            if incident.pk in self._set_up:
                for after, step in self._set_up[incident.pk]:
                    self._replay.plan(case.opened_at + days(after), partial(step, case.pk))
            else:
                self._plan_life(case)

    def _plan_life(self, case: AccountabilityCase) -> None:
        chance, now = self._chance, clock.now()
        explains = case.head_person is not None and chance.random() < 0.85
        if case.state == CaseState.OPENED:
            self._replay.plan(now + days(chance.uniform(0.2, 2.5)), partial(self.notify, case.pk))
        if explains:
            self._replay.plan(now + days(chance.uniform(2.6, 6.5)), partial(self.explain, case.pk))
        begun = now + days(chance.uniform(7.5, 11))
        self._replay.plan(begun, partial(self.review, case.pk))
        ruled = begun + days(chance.uniform(2, 9))
        outcome = self._outcome(case)
        self._replay.plan(ruled, partial(self.rule, case.pk, outcome))
        if outcome == Outcome.NOT_ACCOUNTABLE:
            self._replay.plan(ruled + days(1), partial(self.close, case.pk))
            return
        if case.head_person is not None and chance.random() < 0.35:
            self._replay.plan(ruled + days(chance.uniform(2, 12)), partial(self.appeal, case.pk))
            self._replay.plan(ruled + days(chance.uniform(16, 30)), partial(self.decide, case.pk, Outcome.ACCOUNTABLE))
        self._replay.plan(ruled + days(15.1), partial(self.run_out, case.pk))

    def _outcome(self, case: AccountabilityCase) -> str:
        if case.credited:
            return Outcome.NOT_ACCOUNTABLE
        return self._chance.choices(
            (Outcome.NOT_ACCOUNTABLE, Outcome.ACCOUNTABLE, Outcome.REFERRED_DISCIPLINE, Outcome.REFERRED_COURT),
            (50, 33, 13, 4),
        )[0]

    def _case(self, pk: int, verb: str) -> AccountabilityCase | None:
        """The case, None when its state no longer allows the verb."""
        rows = AccountabilityCase.objects.select_related("unit__province", "head_person", "incident__province")
        case: AccountabilityCase = rows.get(pk=pk)
        return case if case_workflow.allowed(verb, case.state) else None

    def _reviewer(self, case: AccountabilityCase) -> User:
        """The officer of the unit's province, which need not be the incident's; for the province's own case an official
        of the ministry.
        """
        if case.unit.code.startswith("province-"):
            return self._staff.officials["moi"]
        return self._staff.officer(case.unit.province or case.incident.province)

    def notify(self, pk: int) -> None:
        """The reviewer notifies the head."""
        if case := self._case(pk, "notify_head"):
            verbs.notify_head(actor=self._reviewer(case), case=case, text="")

    def explain(self, pk: int, text: str = "") -> None:
        """The head of that time explains."""
        case = self._case(pk, "explain")
        if case and case.head_person:
            verbs.explain(actor=case.head_person, case=case, text=text or self._chance.choice(sayings.EXPLAINING))

    def review(self, pk: int) -> None:
        """The reviewer takes it up; without an explanation only once the time for it has run out."""
        case = self._case(pk, "take_to_review")
        if case and (case.state == CaseState.EXPLAINED or (case.due_at and case.due_at < clock.now())):
            verbs.take_to_review(actor=self._reviewer(case), case=case)

    def rule(self, pk: int, outcome: str, text: str = "") -> None:
        """The ruling."""
        if case := self._case(pk, "rule_case"):
            verbs.rule_case(
                actor=self._reviewer(case),
                case=case,
                outcome=outcome,
                measures=sayings.MEASURES[outcome],
                text=text or self._chance.choice(sayings.CASE_RULING[outcome]),
            )

    def appeal(self, pk: int) -> None:
        """The head appeals."""
        case = self._case(pk, "appeal")
        if case and case.head_person and case.outcome != Outcome.NOT_ACCOUNTABLE:
            verbs.appeal(actor=case.head_person, case=case, text=self._chance.choice(sayings.APPEALING))

    def decide(self, pk: int, outcome: str) -> None:
        """The ministry decides the appeal."""
        if case := self._case(pk, "decide_appeal"):
            verbs.decide_appeal(
                actor=self._staff.officials["moi"],
                case=case,
                outcome=outcome,
                measures=sayings.MEASURES[outcome],
                text=sayings.APPEAL_DECIDED,
            )

    def close(self, pk: int) -> None:
        """The reviewer closes what needs no waiting."""
        if case := self._case(pk, "close_case"):
            verbs.close_case(actor=self._reviewer(case), case=case, text="")

    def run_out(self, pk: int) -> None:
        """The time to appeal has run out."""
        case = self._case(pk, "close_case")
        if case and (case.due_at is None or case.due_at < clock.now()):
            verbs.close_case(actor=None, case=case)

    # --- contests ---------------------------------------------------------------------------------------------

    def contest(self, incident_pk: int, named: str, *, reason: str = "") -> None:
        """The head of the unit that answers contests it."""
        incident = Incident.objects.select_related("responsible_unit").get(pk=incident_pk)
        head = self._heads.get(incident.responsible_unit.code)
        if head is not None:
            verbs.contest_attribution(
                actor=head,
                incident=incident,
                reason=reason or self._chance.choice(sayings.CONTESTING),
                names_unit=self._staff.units[named],
            )

    def state(self, incident_pk: int, unit: str) -> None:
        """The neighbouring unit is heard."""
        contest = self._open_contest(incident_pk)
        if contest is not None and unit in self._heads:
            verbs.state_in_contest(
                actor=self._heads[unit],
                contest=contest,
                unit=self._staff.units[unit],
                text=self._chance.choice(sayings.STATING),
            )

    def settle(self, incident_pk: int, outcome: str, unit: str = "") -> None:
        """The province rules."""
        contest = self._open_contest(incident_pk)
        if contest is None:
            return
        verbs.rule_contest(
            actor=self._staff.officer(contest.incident.province),
            contest=contest,
            outcome=outcome,
            unit=self._staff.units[unit] if outcome == ContestOutcome.MOVED else None,
            reason=sayings.CONTEST_RULING[outcome],
        )

    @staticmethod
    def _open_contest(incident_pk: int) -> Contest | None:
        rows = Contest.objects.filter(incident=incident_pk, state=ContestState.OPEN)
        return rows.select_related("incident__province", "unit").first()

    # --- what is set up by hand -------------------------------------------------------------------------------

    def stage(self, name: str, incident: Incident) -> None:
        """Plan a story set up by hand, from the filing of its incident on."""
        getattr(self, f"_stage_{name}")(incident.pk, incident.received_at)

    def _stage_heard(self, pk: int, filed: datetime) -> None:
        self._plan(filed, (0.8, partial(self.contest, pk, "post-1607-2")))

    def _stage_moved(self, pk: int, filed: datetime) -> None:
        self._plan(
            filed,
            (1.5, partial(self.contest, pk, "post-1607-2")),
            (3.1, partial(self.state, pk, "post-1607-2")),
            (6.2, partial(self.settle, pk, ContestOutcome.MOVED, "post-1607-2")),
        )

    def _stage_upheld(self, pk: int, filed: datetime) -> None:
        self._plan(
            filed,
            (1.2, partial(self.contest, pk, "post-1607-2")),
            (2.4, partial(self.state, pk, "post-1607-2")),
            (5.5, partial(self.settle, pk, ContestOutcome.UPHELD)),
        )
        self._set_up[pk] = [
            (5.8, self.explain),
            (7, self.review),
            (11, partial(self.rule, outcome=Outcome.ACCOUNTABLE)),
        ]

    def _stage_appealed(self, pk: int, filed: datetime) -> None:
        discipline = partial(self.rule, outcome=Outcome.REFERRED_DISCIPLINE)
        self._set_up[pk] = [(4, self.explain), (8, self.review), (20, discipline), (29, self.appeal)]

    def _stage_credited(self, pk: int, filed: datetime) -> None:
        cleared = partial(self.rule, outcome=Outcome.NOT_ACCOUNTABLE)
        self._set_up[pk] = [(2, self.explain), (4, self.review), (9, cleared), (10, self.close)]

    def _stage_own_province(self, pk: int, filed: datetime) -> None:
        self._plan(filed, (2, partial(self._charge_province, pk)))

    def _plan(self, filed: datetime, *acts: tuple[float, Act]) -> None:
        for after, act in acts:
            self._replay.plan(filed + days(after), act)

    def _charge_province(self, pk: int) -> None:
        """The ministry finds that the province's own administration answered, and opens a case on it."""
        incident = Incident.objects.get(pk=pk)
        moi = self._staff.officials["moi"]
        unit = self._staff.units["province-16"]
        verbs.reattribute(actor=moi, incident=incident, unit=unit, reason=sayings.PROVINCE_ANSWERS)
        incident.refresh_from_db()
        case = verbs.open_case(
            actor=moi, incident=incident, charge=sayings.PROVINCE_CHARGE, reason=sayings.PROVINCE_ANSWERS
        )
        verbs.notify_head(actor=moi, case=case)
