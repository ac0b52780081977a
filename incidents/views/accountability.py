"""The part of an incident's page about answering for it: its cases, and contests of who answers (duty D2)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.forms import BaseForm
from django.utils.translation import gettext as _

from borderwatch.templatetags.words import distance
from borderwatch.views import SignedIn
from incidents import cases
from incidents import forms_cases as forms
from incidents.choices import ContestState
from incidents.forms_cases import Near
from incidents.models import AccountabilityCase, Attribution, Contest, Incident, Statement
from incidents.views import files
from incidents.views.cases import patrols_near
from units import policy
from units.choices import INSTITUTIONS
from units.models import Unit, User

# What may be done with a contest that runs, by the last word of the address.
CONTEST_ACTS: dict[str, tuple[str, Any]] = {
    "statement": ("state_in_contest", forms.StatementForm),
    "rule": ("rule_contest", forms.RuleContestForm),
    "withdraw": ("withdraw_contest", forms.WithdrawContestForm),
}
# The names of their addresses.
ADDRESSES = {"statement": "statement", "rule": "contest_rule", "withdraw": "contest_withdraw"}


@dataclass(frozen=True)
class Heard:
    """A unit that is asked for its part, and what it said."""

    unit: Unit
    statement: Statement | None
    files: list[files.Shown]


@dataclass(frozen=True)
class Told:
    """A contest as the page shows it; `forms` are those of the verbs open to the reader."""

    row: Contest
    files: list[files.Shown]
    heard: list[Heard]
    forms: dict[str, Any]


def panel(request: SignedIn, incident: Incident, answers: Attribution, refused: dict[str, BaseForm]) -> dict[str, Any]:
    """What the page shows of cases and contests, with a form for each verb open to the reader."""
    user = request.user
    held = AccountabilityCase.objects.visible_to(user).filter(incident=incident).select_related("unit")
    shown: dict[str, Any] = {
        "cases": list(held.order_by("number")),
        "contests": contests(request, incident, answers, refused),
    }
    if incident.responsible_unit_id in policy.unit_ids(user, policy.ANSWER):
        shown |= _contesting(user, incident, answers, refused)
    if "open_case" in refused or cases.may_open(user, incident):
        shown["open_case_form"] = refused.get("open_case") or forms.OpenCaseForm(auto_id="open-case-%s")
    shown["accountability"] = any(shown.values())
    shown["being_heard"] = any(one.row.state == ContestState.OPEN for one in shown["contests"])
    return shown


def _contesting(user: User, incident: Incident, answers: Attribution, refused: dict[str, BaseForm]) -> dict[str, Any]:
    """For those who answer for the unit: the form to contest, or why it cannot be contested."""
    if "contest" not in refused and (why := cases.why_no_contest(incident, answers)):
        return {"no_contest": why}
    form = refused.get("contest") or contest_form(user, incident, answers)
    return {"contest_form": form, "contest_until": cases.contest_until(incident, answers)}


def contests(request: SignedIn, incident: Incident, answers: Attribution, refused: dict[str, BaseForm]) -> list[Told]:
    """The contests of an incident, the first one first."""
    statements = Statement.objects.select_related("unit").prefetch_related(Prefetch("attachments", files.rows()))
    rows = list(
        Contest.objects.visible_to(request.user)
        .filter(incident=incident)
        .select_related("unit", "names_unit", "ruling")
        .prefetch_related("heard", Prefetch("statements", statements), Prefetch("attachments", files.rows()))
    )
    attached = [one for row in rows for owner in (row, *row.statements.all()) for one in owner.attachments.all()]
    shown = files.shown(request.user, attached, route="incidents:contest_file", ref=incident.ref)
    return [_told(request, incident, answers, refused, row, shown) for row in rows]


def _told(
    request: SignedIn,
    incident: Incident,
    answers: Attribution,
    refused: dict[str, BaseForm],
    row: Contest,
    shown: dict[int, files.Shown],
) -> Told:
    said = {one.unit_id: one for one in row.statements.all()}
    verbs = cases.contest_verbs(request.user, row)
    return Told(
        row,
        [shown[one.pk] for one in row.attachments.all()],
        [_heard(unit, said.get(unit.pk), shown) for unit in row.heard.all()],
        {
            name: refused.get(f"{name}-{row.pk}") or act_form(request.user, name, incident, answers, row)
            for name, (verb, _form) in CONTEST_ACTS.items()
            if verb in verbs or f"{name}-{row.pk}" in refused
        },
    )


def _heard(unit: Unit, statement: Statement | None, shown: dict[int, files.Shown]) -> Heard:
    return Heard(unit, statement, [shown[one.pk] for one in statement.attachments.all()] if statement else [])


def contest_form(user: User, incident: Incident, answers: Attribution, *given: Any) -> forms.ContestForm:
    """The form by which a unit contests, with the units near, and its patrols around that moment."""
    units = _border_units(Unit.objects.visible_to(user))  # type: ignore[attr-defined]
    others = [unit for unit in units if unit.pk != answers.unit_id]
    patrols = patrols_near(user, incident.responsible_unit_id, answers.moment)
    return forms.ContestForm(*given, units=others, near=near(answers, others), patrols=patrols, auto_id="contest-%s")


def act_form(
    user: User, name: str, incident: Incident, answers: Attribution, contest: Contest, *given: Any
) -> BaseForm:
    """The form of one of `CONTEST_ACTS`; a ruling chooses among the units the reviewer may charge."""
    more: dict[str, Any] = {"auto_id": f"{name}-{contest.pk}-%s"}
    if name == "rule":
        units = chargeable(user)
        more |= {"units": units, "near": near(answers, [one for one in units if one.pk != contest.unit_id], contest)}
    if name == "statement":
        more["heard"] = cases.units_to_state(user, contest)
    form: BaseForm = CONTEST_ACTS[name][1](*given, **more)
    return form


def chargeable(user: User) -> list[Unit]:
    """Units the reviewer may charge."""
    # Read through the grants themselves: whoever reviews a unit sees it (policy.ROLES).
    return _border_units(Unit.objects.filter(pk__in=policy.unit_ids(user, policy.REVIEW)))


def _border_units(units: Any) -> list[Unit]:
    return list(units.exclude(kind__in=INSTITUTIONS).order_by("code"))


def near(answers: Attribution, units: list[Unit], contest: Contest | None = None) -> Near:
    """Of these units the one a contest names, then those near the place with their distance."""
    metres = {one["unit_code"]: float(one["distance_m"]) for one in reversed(answers.candidates)}
    named = contest.names_unit_id if contest else None
    listed = sorted((metres[unit.code], unit.pk, unit) for unit in units if unit.code in metres and unit.pk != named)
    first = [(unit, _("named in the contest")) for unit in units if unit.pk == named]
    return [*first, *((unit, distance(away) if away else _("covers the place")) for away, _pk, unit in listed)]
