"""The life of an assessment (duty D3): begin, fill in step by step, complete or abandon.

Several people of a province may write at one draft. What the record keeps of it: each deliberate save in full, one
entry per step, person and hour of what the form saves by itself, and everything again when it is completed or
abandoned. So the audit tells who wrote what without a line for each pause in typing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from borderwatch.models import AuditEntry
from crossings import assessment_steps as steps
from crossings import assessment_workflow as workflow
from crossings import deciders, scoring, security
from crossings.choices import OFFICIAL, CrossingCategory
from crossings.models import Assessment, Crossing
from units import policy
from units.actions.patrols import Clash, one_at_a_time
from units.models import Unit, User

# What the form saves by itself is put on record once in this time for each step and person.
QUIET = timedelta(hours=1)
# A security record older than this is drawn anew when its step, or the day of the visit, is saved.
FRESH = timedelta(days=1)
# A villager has no use for an airport or a seaport.
LAND_GATES = OFFICIAL - {CrossingCategory.AIRPORT, CrossingCategory.SEAPORT}


@dataclass(frozen=True)
class Started:
    """What beginning came to: "new", or "same" (the assessment that is there already)."""

    assessment: Assessment
    outcome: str


@dataclass(frozen=True)
class Saved:
    """What saving a step came to: "saved", or "same" when nothing was new; `done` whether the step is."""

    assessment: Assessment
    outcome: str
    done: bool


class Conflict(ValidationError):
    """Somebody else saved the step since it was opened; `theirs` are the values that differ from what was sent."""

    def __init__(self, name: str, at: datetime, revision: int, theirs: dict[str, Any]) -> None:
        super().__init__(
            _(
                "%(name)s saved this step at %(time)s, after you had opened it. Nothing of yours is lost: compare both "
                "and save again what is right."
            )
            % {"name": name, "time": f"{timezone.localtime(at):%H:%M}"},
            code="conflict",
        )
        self.name, self.at, self.revision, self.theirs = name, at, revision, theirs


@transaction.atomic
def start_assessment(*, actor: User, client_key: uuid.UUID, crossing: Crossing, unit: Unit) -> Started:
    """Begin to assess a crossing for a unit of its province. Duty D3.

    The same key gives the assessment that is there. Raises PermissionDenied, Clash (the key belongs to another one)
    and ValidationError by field.
    """
    deciders.demand(actor, "assess_crossing", crossing)
    if unit.province_id != crossing.district.province_id:
        raise ValidationError({"unit": _("Choose a unit of the crossing's province.")})
    policy.demand(actor, "assess_crossing", [unit.pk])
    one_at_a_time(client_key)
    if known := Assessment.objects.filter(client_key=client_key).select_related("crossing").first():
        if (known.crossing_id, known.unit_id, known.started_by_id) != (crossing.pk, unit.pk, actor.pk):
            raise Clash(_("This key already belongs to another assessment. Use a new key for another one."),
                        code="clash")  # fmt: skip
        return Started(known, "same")
    now = clock.now()
    assessment = Assessment(
        crossing=crossing, client_key=client_key, unit=unit, started_by=actor, started_at=now, saved_at=now
    )
    assessment.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="start_assessment",
        target=assessment,
        after={"crossing": crossing.slug, "unit": unit.code},
        at=now,
    )
    return Started(assessment, "new")


@transaction.atomic
def save_step(
    *,
    actor: User,
    assessment: Assessment,
    step: str,
    revision: int,
    content: Mapping[str, Any],
    form_key: str = "",
    auto: bool = False,
) -> Saved:
    """Save fields of one step; those not named stay. `revision` is the assessment's when the form was opened.

    The same content again changes nothing. When somebody else saved this step since `revision`, Conflict names him
    and nothing is written; another step may well have been saved meanwhile. `form_key` names the open form, so that
    an answer lost on the way does not make a person conflict with himself. `auto`: the form saved by itself, which
    the record keeps once an hour. Step "way" finds the nearest official crossing, step "security" draws the record.
    Raises KeyError for an unknown step, PermissionDenied, Refused, Conflict, ValidationError by field.
    """
    table = steps.by_slug(step)
    row = _locked(assessment, actor)
    workflow.move("save_step", row.state)
    given = steps.tidy(content)
    steps.demand_fields(table, given)
    changed = {name: value for name, value in given.items() if getattr(row, name) != value}
    now = clock.now()
    if changed:
        _demand_unchanged(row, step, revision, form_key, changed)
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    found = _find_out(row, table, now)
    if problems := step_errors(row, table, now):
        raise ValidationError(problems)
    lacking = table.lacks(steps.values_of(row, table))
    done = [one for one in steps.SLUGS if (one in row.steps_done if one != step else not lacking)]
    if changed or found or done != row.steps_done:
        row.steps_done = done
        _store(row, step, {*changed, *found}, actor, now, form_key)
    _record_step(row, table, actor, before, auto=auto, now=now)
    return Saved(row, "saved" if changed else "same", not lacking)


@transaction.atomic
def complete_assessment(*, actor: User, assessment: Assessment) -> Assessment:
    """Close the form: from now on it can be proposed with and is changed no more. Names the steps that lack something.

    Raises PermissionDenied, Refused, ValidationError.
    """
    row = _locked(assessment, actor)
    state = workflow.move("complete_assessment", row.state)
    now = clock.now()
    missing = [step for step in steps.STEPS if step.slug not in row.steps_done]
    if missing:
        raise ValidationError(
            _("Not complete yet. Still to be filled in: %(steps)s.")
            % {"steps": ", ".join(str(step.label) for step in missing)},
            code="incomplete",
        )
    for step in steps.STEPS:
        if problems := step_errors(row, step, now):
            raise ValidationError([f"{step.label}: {problem}" for problem in problems.values()])
    row.state, row.completed_by, row.completed_at = state, actor, now
    row.save(update_fields=["state", "completed_by", "completed_at"])
    weights = scoring.in_force(now)
    result = scoring.of(row, weights)
    after = {"state": state, **_everything(row)}
    if weights is not None and result is not None:
        after |= {"score": result.total, "weight_known": result.known, "weights": weights.pk}
    audit.record(actor=actor, verb="complete_assessment", target=row, after=after, at=now)
    return row


@transaction.atomic
def abandon_assessment(*, actor: User, assessment: Assessment, reason: str) -> Assessment:
    """Give a draft up, with the reason; what was written stays readable.

    Raises PermissionDenied, Refused, ValidationError.
    """
    row = _locked(assessment, actor)
    state = workflow.move("abandon_assessment", row.state)
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if len(reason) > steps.MAX_TEXT:
        raise ValidationError({"reason": _("This is too long.")})
    row.state, row.reason = state, reason.strip()
    row.save(update_fields=["state", "reason"])
    audit.record(
        actor=actor,
        verb="abandon_assessment",
        target=row,
        after={"state": state, **_everything(row)},
        reason=row.reason,
    )
    return row


# --- what the verbs share -------------------------------------------------------------------------------------


def step_errors(row: Assessment, table: steps.Step, now: datetime) -> dict[str, str]:
    """What cannot be true in a step of an assessment, by field."""
    nearest = None
    if table.slug == "way" and row.nearest_official is not None and row.nearest_km is not None:
        slack = row.crossing.precision_km + row.nearest_official.precision_km
        nearest = (row.nearest_km, slack)
    today = timezone.localtime(now).date()
    return steps.errors(table, steps.values_of(row, table), today=today, nearest=nearest)


def nearest_official(crossing: Crossing) -> tuple[Crossing, float] | None:
    """The nearest crossing by land or river that is official now, and the way there in km as the crow flies."""
    gates: Any = Crossing.objects.with_state()
    found = gates.filter(category__in=LAND_GATES).exclude(pk=crossing.pk).nearest_to(crossing.point).first()
    return (found, round(found.distance.m / 1000, 1)) if found else None


def security_record(crossing: Crossing, visited_on: date | None, now: datetime) -> dict[str, Any]:
    """The figures of the twelve months up to and with the day of the visit (none stated: today), as they are kept."""
    day = visited_on or timezone.localtime(now).date()
    zone = timezone.get_current_timezone()
    until = min(now, datetime.combine(day + timedelta(days=1), time(), zone))
    since = datetime.combine(steps.year_before(day), time(), zone)
    return {
        "figures": security.draw(crossing, since, until),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "visit": day.isoformat(),
        "drawn_at": now.isoformat(),
    }


def _locked(assessment: Assessment, actor: User) -> Assessment:
    """The assessment under its row lock, for a person who may assess its crossing."""
    rows = Assessment.objects.select_for_update(of=("self",)).select_related("crossing__district", "nearest_official")
    row: Assessment | None = rows.filter(pk=assessment.pk).first()
    if row is None:
        raise PermissionDenied(policy.nothing_here())
    deciders.demand(actor, "assess_crossing", row.crossing)
    return row


def _demand_unchanged(row: Assessment, step: str, revision: int, form_key: str, mine: Mapping[str, Any]) -> None:
    last = row.saves.get(step)
    if last is None or last["revision"] <= revision or (form_key and last["form"] == form_key):
        return
    theirs = {name: getattr(row, name) for name in mine}
    raise Conflict(last["name"], datetime.fromisoformat(last["at"]), row.revision, theirs)


def _find_out(row: Assessment, table: steps.Step, now: datetime) -> list[str]:
    """What the system adds by itself; returns the fields it set."""
    if table.slug == "way":
        found = nearest_official(row.crossing)
        gate, km = found or (None, None)
        if (row.nearest_official, row.nearest_km) == (gate, km):
            return []
        row.nearest_official, row.nearest_km = gate, km
        return ["nearest_official", "nearest_km"]
    judged = row.security_risk is not None
    if (table.slug == "security" and judged) or (table.slug == "visit" and row.security):
        day = row.visited_on or timezone.localtime(now).date()
        drawn = row.security
        if not drawn or drawn["visit"] != day.isoformat() or now - datetime.fromisoformat(drawn["drawn_at"]) > FRESH:
            row.security = security_record(row.crossing, row.visited_on, now)
            return ["security"]
    return []


def _store(row: Assessment, step: str, fields: set[str], actor: User, now: datetime, form_key: str) -> None:
    row.revision += 1
    row.saved_at = now
    row.saves = {**row.saves, step: _stamp(row.revision, actor, now, form_key)}
    row.save(update_fields=[*sorted(fields), "steps_done", "revision", "saved_at", "saves"])


def _stamp(revision: int, actor: User, now: datetime, form_key: str) -> dict[str, Any]:
    return {
        "revision": revision,
        "by": actor.pk,
        "name": actor.record_name,
        "at": now.isoformat(),
        "form": form_key[:40],
    }


def _record_step(
    row: Assessment, table: steps.Step, actor: User, before: Mapping[str, Any], *, auto: bool, now: datetime
) -> None:
    """One entry with the whole step, unless the last one says the same or the form saved by itself a while ago."""
    after = {"step": table.slug, **{name: plain(value) for name, value in steps.values_of(row, table).items()}}
    if table.slug == "way":
        after |= {"nearest_official": row.nearest_official.slug if row.nearest_official else None,
                  "nearest_km": row.nearest_km}  # fmt: skip
    if table.slug == "security":
        after["security"] = row.security
    entries = AuditEntry.objects.filter(kind=row.audit_kind, key=row.audit_key, verb="save_step")
    of_step = entries.filter(after__step=table.slug).order_by("-pk")
    last = of_step.first()
    if last.after == after if last else not any(not steps.is_empty(after[name]) for name in table.fields):
        return
    if auto and of_step.filter(actor_id=actor.pk, at__gt=now - QUIET).exists():
        return
    audit.record(
        actor=actor,
        verb="save_step",
        target=row,
        before={name: plain(value) for name, value in before.items()},
        after=after,
        at=now,
    )


def _everything(row: Assessment) -> dict[str, Any]:
    """Every fact, as the audit keeps it."""
    facts = {name: plain(value) for name, value in steps.values_of(row).items()}
    gate = row.nearest_official.slug if row.nearest_official else None
    return {**facts, "nearest_official": gate, "nearest_km": row.nearest_km, "security": row.security}


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
