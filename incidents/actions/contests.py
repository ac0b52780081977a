"""The verbs of a contest: a unit says it does not answer, others are heard, a reviewer above rules.

The ruling is a second attribution row; nothing else's clock stops meanwhile. Source: directive duty D2.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from incidents import accountability, cases, conflicts, exceptional, notices_cases
from incidents.actions.attachments import Files, attach, check_patrols, keep
from incidents.actions.attribution import rule_anew
from incidents.actions.opening import after_ruling
from incidents.choices import ContestOutcome, ContestState
from incidents.models import AccountabilityPolicy, Attribution, Contest, Incident, Statement
from incidents.workflow import Refused
from units import policy
from units.choices import INSTITUTIONS
from units.models import Patrol, Unit, User
from units.recipients import person

# Beside the unit named, so many of the nearest other units are heard; more only where the accuracy reaches them.
NEAREST_HEARD = 1


@transaction.atomic
def contest_attribution(
    *,
    actor: User,
    incident: Incident,
    reason: str,
    names_unit: Unit | None = None,
    files: Files = (),
    patrols: Sequence[Patrol] = (),
) -> Contest:
    """Who answers for the unit contests that it does, with a reason, files and patrols; others near are heard.

    The incident is contested until a ruling; nothing else stops. Raises PermissionDenied, and ValidationError without
    a reason, out of time, a second time, on the ruling of the unit's own contest, or for a unit that cannot answer.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    policy.demand(actor, "contest_attribution", [incident.responsible_unit_id])
    if not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        raise PermissionDenied
    row = cases.current(incident)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if why := cases.why_no_contest(incident, row):
        raise ValidationError(why)
    _check_chargeable(names_unit, row.unit, "names_unit")
    check_patrols(patrols, row.unit, actor)
    contest = _open(incident, row, actor, reason.strip(), names_unit)
    given = attach(actor, contest.at, keep(files), patrols, contest=contest)
    audit.record(
        actor=actor,
        verb="contest_attribution",
        target=incident,
        before={"contested": row.contested},
        after={
            "contested": True,
            "unit": row.unit.code,
            "attribution": row.number,
            "names_unit": names_unit.code if names_unit else None,
            "heard": [unit.code for unit in contest.heard.all()],
            "attachments": given,
        },
        reason=contest.reason,
        at=contest.at,
    )
    _tell_opened(contest)
    return contest


def _check_chargeable(unit: Unit | None, answers: Unit, field: str) -> None:
    if unit is not None and unit.kind in INSTITUTIONS:
        raise ValidationError({field: _("An institution answers for no ground. Choose a unit at the border.")})
    if unit is not None and unit.pk == answers.pk:
        raise ValidationError({field: _("This unit answers already.")})


def _open(incident: Incident, row: Attribution, actor: User, reason: str, named: Unit | None) -> Contest:
    now = clock.now()
    terms: AccountabilityPolicy = accountability.terms_for(incident)
    contest = Contest.objects.create(
        incident=incident,
        attribution=row,
        unit=row.unit,
        names_unit=named,
        reason=reason,
        by=actor,
        by_name=actor.record_name,
        at=now,
        hear_by=now + timedelta(days=terms.hear_within_days),
        due_at=now + timedelta(days=terms.rule_contest_within_days),
    )
    heard = _to_be_heard(row, named)
    contest.heard.set(heard)
    incident.contested = True
    # Who is heard must be able to read what it is about.
    incident.audience = exceptional.widened(incident, heard)
    incident.save(update_fields=["contested", "audience"])
    return contest


def _to_be_heard(row: Attribution, named: Unit | None) -> list[Unit]:
    """The unit named, the nearest other one, and every one the accuracy of the place reaches."""
    near = [c for c in row.candidates if c["unit_id"] != row.unit_id]
    reach = row.accuracy_m or 0
    ids = [c["unit_id"] for number, c in enumerate(near) if number < NEAREST_HEARD or c["distance_m"] <= reach]
    chosen = {named.pk} if named is not None else set()
    return list(Unit.objects.filter(pk__in={*ids, *chosen}).exclude(kind__in=INSTITUTIONS))


def _tell_opened(contest: Contest) -> None:
    """The reviewers and those to be heard, and each again before and at the deadline."""
    reviewers = [person(user) for user in conflicts.reviewers(contest.unit)]
    heard = [person(user) for unit in contest.heard.all() for user in conflicts.answering(unit)]
    notices = [
        notices_cases.contest_notice(contest, "contest_opened", to=reviewers),
        notices_cases.contest_notice(contest, "contest_hearing", to=heard),
    ]
    days = accountability.terms_for(contest.incident).remind_before_days
    for to, due in ((heard, contest.hear_by), (reviewers, contest.due_at)):
        at = due - timedelta(days=days)
        if at > contest.at:
            notices.append(notices_cases.contest_notice(contest, "contest_reminder", to=to, at=at))
    outbox.publish(*notices)


@transaction.atomic
def state_in_contest(*, actor: User, contest: Contest, unit: Unit, text: str, files: Files = ()) -> Statement:
    """A unit that is heard says what it knows; once, and as long as nobody has ruled.

    Raises PermissionDenied, workflow.Refused when the contest is settled, ValidationError by field.
    """
    contest = _locked(contest)
    policy.demand(actor, "state_in_contest", [unit.pk])
    if not contest.heard.filter(pk=unit.pk).exists():
        raise PermissionDenied(_("This unit is not asked for a statement."))
    _demand_open(contest)
    if not text.strip():
        raise ValidationError({"text": _("Write it down; it stays on record.")})
    if contest.statements.filter(unit=unit).exists():
        raise ValidationError(_("This unit has been heard already."))
    now = clock.now()
    statement = Statement.objects.create(
        contest=contest, unit=unit, text=text.strip(), by=actor, by_name=actor.record_name, at=now
    )
    given = attach(actor, now, keep(files), statement=statement)
    audit.record(
        actor=actor,
        verb="state_in_contest",
        target=contest.incident,
        after={"unit": unit.code, "contest": contest.pk, "attachments": given},
        reason=statement.text,
        at=now,
    )
    to = [*conflicts.reviewers(contest.unit), *conflicts.answering(contest.unit)]
    outbox.publish(
        notices_cases.contest_notice(
            contest, "contest_stated", to=[person(user) for user in to if user != actor], part=unit.code
        )
    )
    return statement


@transaction.atomic
def withdraw_contest(*, actor: User, contest: Contest, reason: str) -> Contest:
    """The unit takes its contest back, with a reason; it cannot contest the same finding again.

    What the rule of attribution itself left contested stays so. Raises as `state_in_contest`.
    """
    contest = _locked(contest)
    policy.demand(actor, "withdraw_contest", [contest.unit_id])
    _demand_open(contest)
    reason = _need(reason)
    incident = contest.incident
    incident.contested = contest.attribution.contested
    incident.save(update_fields=["contested"])
    _settle(contest, actor, ContestState.WITHDRAWN, reason)
    audit.record(
        actor=actor,
        verb="withdraw_contest",
        target=incident,
        before={"contest": contest.pk, "state": ContestState.OPEN},
        after={"state": contest.state, "contested": incident.contested},
        reason=reason,
        at=contest.settled_at,
    )
    _tell_settled(contest, contest.unit, actor)
    if not incident.contested:
        after_ruling(incident)
    return contest


@transaction.atomic
def rule_contest(*, actor: User, contest: Contest, outcome: str, unit: Unit | None = None, reason: str) -> Attribution:
    """A reviewer above the units rules: the unit keeps answering, or another one answers. Either way the ruling is a
    new attribution row with the reason; cases that rested on another unit end.

    Raises PermissionDenied (also for a member of either unit and for its head), workflow.Refused, ValidationError.
    """
    contest = _locked(contest)
    before, incident = contest.attribution, contest.incident
    conflicts.demand(actor, contest.unit, head_person=cases.head_of(before))
    _demand_open(contest)
    chosen = _chosen(contest, outcome, unit)
    reason = _need(reason)
    if chosen.pk != contest.unit_id:
        conflicts.demand(actor, chosen, head_person=conflicts.head_then(chosen, before.moment))
    row = rule_anew(incident, before, chosen, actor, reason)
    contest.outcome, contest.ruling = outcome, row
    _settle(contest, actor, ContestState.RULED, reason)
    unheard = contest.heard.exclude(pk__in=contest.statements.values("unit"))
    audit.record(
        actor=actor,
        verb="rule_contest",
        target=incident,
        before={"unit": before.unit.code, "head": before.head_name_en, "rule": before.rule, "contest": contest.pk},
        after={
            "outcome": outcome,
            "unit": chosen.code,
            "head": row.head_name_en,
            "rule": row.rule,
            "unheard": [unit.code for unit in unheard],
        },
        reason=reason,
        at=contest.settled_at,
    )
    _tell_settled(contest, chosen, actor)
    after_ruling(incident)
    return row


def _locked(contest: Contest) -> Contest:
    """The incident's lock first, as everywhere, then the contest's."""
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=contest.incident_id)
    row: Contest = (
        Contest.objects.select_for_update(of=("self",))
        .select_related("unit", "attribution__unit", "attribution__tenure__person")
        .get(pk=contest.pk)
    )
    row.incident = incident
    return row


def _demand_open(contest: Contest) -> None:
    if contest.state != ContestState.OPEN:
        raise Refused(_("This contest is settled already."), code="refused")


def _need(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    return reason.strip()


def _chosen(contest: Contest, outcome: str, unit: Unit | None) -> Unit:
    if outcome not in ContestOutcome.values:
        raise ValidationError({"outcome": _("Choose the ruling.")})
    if outcome == ContestOutcome.UPHELD:
        return contest.unit
    if unit is None:
        raise ValidationError({"unit": _("Choose the unit that answers instead.")})
    _check_chargeable(unit, contest.unit, "unit")
    return unit


def _settle(contest: Contest, actor: User, state: str, reason: str) -> None:
    contest.state, contest.settled_by, contest.settled_by_name = state, actor, actor.record_name
    contest.settled_at, contest.settled_reason = clock.now(), reason
    contest.save(
        update_fields=[
            "state",
            "outcome",
            "ruling",
            "settled_by",
            "settled_by_name",
            "settled_at",
            "settled_reason",
        ]
    )
    outbox.cancel(notices_cases.contest_bundle(contest), reason=f"contest {state}")


def _tell_settled(contest: Contest, chosen: Unit, actor: User) -> None:
    """The unit that contested, those heard, the unit that answers now, and the reviewers."""
    units = {unit.pk: unit for unit in (contest.unit, chosen, *contest.heard.all())}
    people = [user for unit in units.values() for user in conflicts.answering(unit)]
    people += conflicts.reviewers(contest.unit)
    to = [person(user) for user in dict.fromkeys(people) if user != actor]
    outbox.publish(notices_cases.contest_notice(contest, "contest_settled", to=to))
