"""The states of a patrol and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from units.choices import PatrolState

# verb: (from any of these, to this; None: the patrol stays as it is)
TRANSITIONS: dict[str, tuple[frozenset[str], str | None]] = {
    # One that was held to have been missed, because nobody had said that it set out, may be put right.
    "start_patrol": (frozenset({PatrolState.PLANNED, PatrolState.MISSED}), PatrolState.UNDER_WAY),
    "finish_patrol": (frozenset({PatrolState.UNDER_WAY}), PatrolState.FINISHED),
    "call_off_patrol": (frozenset({PatrolState.PLANNED}), PatrolState.CANCELLED),
    "mark_missed": (frozenset({PatrolState.PLANNED}), PatrolState.MISSED),
    "add_track": (frozenset({PatrolState.UNDER_WAY, PatrolState.FINISHED}), None),
    "add_observation": (frozenset({PatrolState.UNDER_WAY, PatrolState.FINISHED}), None),
}


class Refused(ValidationError):
    """The patrol's state does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The state after the verb; raises Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [name for name in TRANSITIONS if name != "mark_missed" and allowed(name, state)]
        raise Refused(
            _("The patrol is in the state “%(state)s”; this cannot be done now. Possible: %(possible)s.")
            % {
                "state": PatrolState(state).label,
                "possible": ", ".join(str(verb_label(name)) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    return TRANSITIONS[verb][1] or state


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "start_patrol": _("set out"),
        "finish_patrol": _("come back"),
        "call_off_patrol": _("call off"),
        "mark_missed": _("mark as missed"),
        "add_track": _("add a track"),
        "add_observation": _("add an observation"),
    }[verb]
