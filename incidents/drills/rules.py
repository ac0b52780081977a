"""What a drill allows and forbids, asked within other verbs: filing into one, and what is never done for play."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from incidents.choices import DutyState
from incidents.choices_answers import DrillState
from incidents.drills import roll
from incidents.models import Drill, Duty, Incident
from incidents.workflow import Refused
from units.models import Unit


def demand_open(drill: Drill, unit: Unit, now: datetime) -> Drill:
    """The drill under a lock that its end waits for, when a report for this unit may be filed into it now.

    Within the filing's transaction. Raises ValidationError.
    """
    row = Drill.objects.select_for_update(of=("self",), no_key=True).get(pk=drill.pk)
    if row.state != DrillState.RUNNING or row.ends_at <= now:
        raise ValidationError({"drill": _("The drill is not running. If this really happened, file it as real.")})
    if not roll.takes_part(row, [unit.pk]):
        raise ValidationError({"drill": _("%(unit)s does not take part in this drill.") % {"unit": unit.name}})
    return row


def refusal(incident: Incident) -> str:
    """Why what holds people to account or changes a register is not done here; "" for what really happened."""
    if incident.drill_id is None:
        return ""
    return _("This incident is an exercise; this is done for real incidents only.")


def refuse_in_drill(incident: Incident) -> None:
    """Nobody is held to account, and no register is changed, for what was played. Raises Refused."""
    if why := refusal(incident):
        raise Refused(why, code="refused")


def refuse_ended(duty: Duty) -> None:
    """What was still owed when its drill ended is owed no more. Raises Refused."""
    if duty.state == DutyState.ENDED:
        raise Refused(_("The drill is over; nothing is owed on it any more."), code="refused")


def is_over(incident: Incident) -> bool:
    """Whether the incident was played in a drill that is over: nothing more is done about it."""
    drill = incident.drill
    return drill is not None and drill.state in (DrillState.ENDED, DrillState.CALLED_OFF)
