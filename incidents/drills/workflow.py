"""The states of a drill and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.utils.translation import gettext as _

from incidents.choices_answers import DrillState
from incidents.workflow import Refused

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "begin_drill": (frozenset({DrillState.PLANNED}), DrillState.RUNNING),
    "end_drill": (frozenset({DrillState.RUNNING}), DrillState.ENDED),
    "call_off_drill": (frozenset({DrillState.PLANNED, DrillState.RUNNING}), DrillState.CALLED_OFF),
    "note_lessons": (frozenset({DrillState.ENDED}), DrillState.ENDED),
}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The state after the verb; raises Refused, saying what the state is."""
    if not allowed(verb, state):
        raise Refused(
            _("The drill is %(state)s; this cannot be done now.") % {"state": DrillState(state).label}, code="refused"
        )
    return TRANSITIONS[verb][1]
