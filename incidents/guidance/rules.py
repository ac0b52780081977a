"""Questions about guidance: who may instruct whom, who may do what now, what waits for whom. Reading only."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from incidents.choices import Status
from incidents.choices_answers import InstructionState, Precedence
from incidents.guidance.workflow import OF_THE_UNIT, OPEN, OWED, RIGHTS, TRANSITIONS, allowed
from incidents.models import Incident, Instruction
from units import policy
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit

# These are carried out by night and on holidays too: every hour counts.
AT_ONCE = frozenset({Precedence.IMMEDIATE, Precedence.FLASH})
# Minutes somebody may be given: a quarter of an hour to a year round the clock.
SHORTEST_MIN, LONGEST_MIN = 15, 366 * 24 * 60


def instructing_units(user: Any, incident: Incident) -> list[Unit]:
    """The institutions for which this person may instruct about an incident he sees.

    The institution was told of the incident, or it stands above the province (the Ministry of Interior).
    """
    reviewed = policy.unit_ids(user, policy.REVIEW)
    if not reviewed:
        return []
    found = Unit.objects.filter(pk__in=reviewed, kind__in=INSTITUTIONS).order_by("code")
    return [unit for unit in found if _concerned(unit, incident)]


def _concerned(unit: Unit, incident: Incident) -> bool:
    if unit.pk in incident.audience:
        return True
    below = unit.descendants().filter(Q(kind=UnitKind.PROVINCE, province=incident.province_id))
    return bool(below.exists())


def units_to_instruct(incident: Incident) -> list[Unit]:
    """Who can be instructed about an incident: the administrations of its province, the unit that answers, and the
    other units of the province; of a report in confidence only those who see it.
    """
    mine = Q(province=incident.province_id) | Q(pk=incident.responsible_unit_id)
    found = list(Unit.objects.filter(mine).exclude(kind__in=INSTITUTIONS).order_by("code"))
    if incident.exceptional:
        seeing = _seeing(incident)
        found = [unit for unit in found if unit.pk in seeing]
    return sorted(found, key=lambda unit: _nearness(unit, incident))


def _seeing(incident: Incident) -> set[int]:
    """The units whose people see a report in confidence: those of its audience, and those above them."""
    own = Unit.objects.with_tree_fields().filter(  # type: ignore[attr-defined]
        pk__in=[pk for pk in incident.audience if pk > 0]
    )
    return {pk for unit in own for pk in unit.tree_path}


def _nearness(unit: Unit, incident: Incident) -> tuple[int, str]:
    """The order in which they are offered."""
    if unit.kind == UnitKind.PROVINCE:
        return 0, unit.code
    if unit.kind == UnitKind.DISTRICT:
        return (1 if unit.district_id == incident.district_id else 3), unit.code
    return (2 if unit.pk == incident.responsible_unit_id else 4), unit.code


def may_instruct(user: Any, incident: Incident) -> bool:
    """Whether the person, who sees the incident, may instruct about it now."""
    return incident.status != Status.CLOSED and bool(instructing_units(user, incident))


def side(verb: str, instruction: Instruction) -> int:
    """The unit on which a verb asks for a right."""
    return instruction.to_unit_id if verb in OF_THE_UNIT else instruction.from_unit_id


def holds(user: Any, verb: str, instruction: Instruction) -> bool:
    """Whether the person's posting gives him this verb, whatever the state."""
    return policy.may(user, RIGHTS.get(verb, verb), [side(verb, instruction)])


def judging_refusal(user: Any, instruction: Instruction) -> str:
    """Why a person may not find it adequate or wanting although his posting would do, "" if he may."""
    if instruction.done_by_id == user.pk:
        return _("You reported it done yourself; a second person judges it.")
    return ""


def verbs_open_to(user: Any, instruction: Instruction) -> list[str]:
    """The verbs the person may do with it as it stands, in the order of the table."""
    found = [verb for verb in TRANSITIONS if allowed(verb, instruction.state) and holds(user, verb, instruction)]
    if judging_refusal(user, instruction):
        found = [verb for verb in found if RIGHTS.get(verb) != "judge_instruction"]
    return found


# --- what waits for whom --------------------------------------------------------------------------------------


def owed(user: Any, rows: Any) -> Any:
    """Of these the open ones that units of this person carry out, whoever has the next step."""
    return rows.filter(to_unit__in=policy.unit_ids(user, policy.FILE), state__in=OPEN)


def to_carry_out(user: Any) -> Any:
    """What this person's units have to acknowledge or to carry out; the nearest deadline first."""
    rows = owed(user, Instruction.objects.visible_to(user)).filter(state__in=OWED)
    return rows.select_related("to_unit").order_by(F("due_at").asc(nulls_last=True), "pk")


def to_judge(user: Any) -> Any:
    """What was reported done and this person may find adequate or wanting; the longest waiting first."""
    rows = Instruction.objects.visible_to(user).filter(
        from_unit__in=policy.unit_ids(user, policy.REVIEW), state=InstructionState.DONE
    )
    return rows.exclude(done_by=user).select_related("to_unit").order_by("issued_at", "pk")


def to_answer(user: Any) -> Any:
    """Questions asked back that this person's institution has to answer; meanwhile the clock stands still."""
    rows = Instruction.objects.visible_to(user).filter(
        from_unit__in=policy.unit_ids(user, policy.REVIEW), state=InstructionState.QUESTIONED
    )
    return rows.select_related("to_unit").order_by("issued_at", "pk")


def still_open(incident: Incident) -> str:
    """Why an incident cannot be closed: guidance on it is not at its end; "" when none is open."""
    refs = list(
        Instruction.objects.filter(incident=incident, state__in=OPEN).order_by("number").values_list("ref", flat=True)
    )
    if not refs:
        return ""
    return _("Guidance on this incident is still open: %(refs)s. It is carried out or withdrawn first.") % {
        "refs": listed(refs)
    }


def listed(refs: Iterable[str]) -> str:
    """References beside each other."""
    return ", ".join(refs)
