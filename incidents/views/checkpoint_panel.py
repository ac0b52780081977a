"""The part of an incident's page about an unauthorised checkpoint: what is known, by which rules, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.utils.translation import gettext_lazy as _

from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn
from crossings.choices import OFFICIAL
from crossings.models import Crossing
from incidents import checkpoints
from incidents import forms_checkpoints as forms
from incidents.choices import Category, RecognisedBy
from incidents.models import Checkpoint, Incident
from units.choices import INSTITUTIONS
from units.models import Unit, User


@dataclass(frozen=True)
class Act:
    """A step somebody may do: its verb, its form, and the words around it."""

    verb: str
    form: Callable[..., Any]
    title: Any
    button: Any
    done: Any
    explained: Any = ""


# By the last word of the address.
ACTS: dict[str, Act] = {
    "describe": Act(
        "describe_checkpoint", forms.DescribeForm, _("Say who stands there and what is asked"), _("Put it on record"),
        _("What is known of the checkpoint is on record."),
    ),
    "order_removal": Act(
        "order_removal", forms.OrderForm, _("Order its removal"), _("Order the removal"),
        _("The removal is ordered; whoever must remove it is told."),
        _("The unit named above as remover and the one above it are told at once."),
    ),
    "report_removal": Act(
        "report_removal", forms.ReportForm, _("Report that it is gone"), _("Report the removal"),
        _("The removal is reported; another person confirms it."),
        _("Another person looks at your proof and confirms it, or says that it still stands."),
    ),
    "confirm_removal": Act(
        "confirm_removal", forms.ConfirmForm, _("Confirm that it is gone"), _("Confirm the removal"),
        _("The removal is confirmed."),
        _("You have looked at the proof, or at the place, and nothing stands there any more."),
    ),
    "deny_removal": Act(
        "deny_removal", forms.ReasonForm, _("It still stands"), _("Put on record that it still stands"),
        _("It is on record that it still stands."),
    ),
    "no_checkpoint": Act(
        "not_a_checkpoint", forms.ReasonForm, _("It was no unauthorised checkpoint"), _("Put it on record"),
        _("It is on record that it was none."),
    ),
    "recognise": Act(
        "recognise_again", forms.ReasonForm, _("Recognise it again by place"), _("Recognise it again"),
        _("The crossing was found again by today's perimeters."),
        _("What was found at filing stays in the history. Do so when a perimeter has been drawn or mended since."),
    ),
}  # fmt: skip

# For an irregularity that was filed as something else.
RECOGNISE = Act(
    "recognise_checkpoint", forms.ReasonForm, _("This is an unauthorised checkpoint"), _("Put it on record"),
    _("It is on record as an unauthorised checkpoint. Say who stands there."),
    _("Then it stands in the list of checkpoints, with who must remove it."),
)  # fmt: skip


def name_of(form: str) -> str:
    """Under which name a refused form of this part comes back to the page."""
    return f"checkpoint-{form}"


def of(user: Any, incident: Incident) -> Checkpoint | None:
    """The checkpoint of an incident the person sees, with what a rule needs; one query."""
    rows = Checkpoint.objects.visible_to(user).filter(incident=incident).select_related("removal_by", "confirmed_by")
    found: Checkpoint | None = checkpoints.with_names(rows).first()
    return found


def panel(request: SignedIn, incident: Incident, refused: dict[str, BaseForm]) -> dict[str, Any]:
    """What the page shows; nothing for incidents of other kinds, and not a query either."""
    if incident.category != Category.CHECKPOINT:
        return {}
    row = of(request.user, incident)
    if row is None:
        return _unrecognised(request.user, incident, refused)
    found = checkpoints.holding(incident.point, incident.occurred_at)
    return {
        "checkpoint": row,
        "checkpoint_crossing": _crossing(request.user, row),
        "checkpoint_others": [one for one in found if one.crossing_id != row.crossing_id],
        "checkpoint_today": found[0] if found else None,
        "checkpoint_differs": checkpoints.differs(row, found),
        "checkpoint_inexact": row.inside_m is not None and (incident.accuracy_m or 0) > row.inside_m,
        "checkpoint_age": checkpoints.age_days(row),
        "checkpoint_since": checkpoints.stands_since(row),
        "checkpoint_overdue": checkpoints.is_overdue(row),
        "checkpoint_rule": checkpoints.REMOVER_RULES.get(row.remover_rule, ""),
        "checkpoint_shifted": _shifted(row),
        "checkpoint_conflict": checkpoints.conflict(request.user, row),
        "checkpoint_acts": acts(request.user, row, refused),
        "checkpoint_history": AuditEntry.objects.filter(kind=row.audit_kind, key=row.audit_key),
    }


def _unrecognised(user: User, incident: Incident, refused: dict[str, BaseForm]) -> dict[str, Any]:
    if not checkpoints.may_recognise(user, incident):
        return {}
    return {"checkpoint_acts": [("recognise", RECOGNISE, form(user, None, "recognise", refused))]}


def acts(user: User, row: Checkpoint, refused: dict[str, BaseForm]) -> list[tuple[str, Act, Any]]:
    """The steps open to the person, each with its form."""
    verbs = checkpoints.verbs_open_to(user, row)
    return [
        (name, act, form(user, row, name, refused))
        for name, act in ACTS.items()
        if act.verb in verbs or name_of(name) in refused
    ]


def form(user: User, row: Checkpoint | None, name: str, refused: dict[str, BaseForm], *given: Any) -> Any:
    """The form of a step: the one that was refused, else a new one that knows what is on record."""
    if not given and name_of(name) in refused:
        return refused[name_of(name)]
    more: dict[str, Any] = {"auto_id": f"checkpoint-{name}-%s"}
    if name == "describe" and row is not None:
        more |= {"units": _units(user, row), "initial": _known(row)}
    if name == "order_removal" and row is not None:
        more["initial"] = {"remove_by": row.remove_by}
    return (RECOGNISE if row is None else ACTS[name]).form(*given, **more)


def _units(user: User, row: Checkpoint) -> list[Unit]:
    """Units of the province the person sees, to choose the operator's among them, and the one on record."""
    province = checkpoints.province_of(row)
    visible = Unit.objects.visible_to(user).exclude(kind__in=INSTITUTIONS)  # type: ignore[attr-defined]
    units = list(visible.filter(province_id=province).order_by("code"))
    known = row.operator_unit
    return [*units, known] if known is not None and known not in units else units


def _known(row: Checkpoint) -> dict[str, Any]:
    plain = (
        "operator", "operator_name", "operator_unit", "fee_amount", "fee_currency", "fee_note", "obstruction",
        "obstruction_note", "first_seen_on",
    )  # fmt: skip
    asked = {True: "yes", False: "no", None: ""}[row.fee_asked]
    return {**{name: getattr(row, name) for name in plain}, "fee_asked": asked}


def _crossing(user: User, row: Checkpoint) -> dict[str, Any] | None:
    """The crossing: its name, its address for those who see it, and whether it was an official one then."""
    if row.crossing is None:
        return None
    if row.recognised_by == RecognisedBy.PERIMETER:
        return {"name": row.crossing.name, "url": row.crossing.get_absolute_url(), "official": True}
    rows = Crossing.objects.visible_to(user).with_state(row.incident.occurred_at)
    seen = rows.filter(pk=row.crossing.pk).first()
    return {
        "name": row.crossing.name,
        "url": seen.get_absolute_url() if seen else "",
        "official": seen is not None and seen.category in OFFICIAL,
    }


def _shifted(row: Checkpoint) -> Unit | None:
    """Who would have to remove it by what is known now, when the order that stands went to another."""
    if row.state != "removal_ordered":
        return None
    unit, _rule = checkpoints.remover(row.operator, row.operator_unit, checkpoints.province_of(row))
    return unit if unit is not None and unit.pk != row.remover_id else None
