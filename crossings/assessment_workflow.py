"""The states of an assessment and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table. Source: directive duty D3.
"""

from django.utils.translation import gettext as _

from crossings.choices import AssessmentState
from units.workflow import Refused

__all__ = ("TRANSITIONS", "Refused", "allowed", "move", "verb_label")

# verb: (from any of these, to this; None: the assessment stays as it is)
TRANSITIONS: dict[str, tuple[frozenset[str], str | None]] = {
    "save_step": (frozenset({AssessmentState.DRAFT}), None),
    "complete_assessment": (frozenset({AssessmentState.DRAFT}), AssessmentState.COMPLETE),
    "abandon_assessment": (frozenset({AssessmentState.DRAFT}), AssessmentState.ABANDONED),
}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The state after the verb; raises Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [name for name in TRANSITIONS if allowed(name, state)]
        raise Refused(
            _("The assessment is in the state “%(state)s”; this cannot be done now. Possible: %(possible)s.")
            % {
                "state": AssessmentState(state).label,
                "possible": ", ".join(str(verb_label(name)) for name in possible)
                or _("nothing; begin a new assessment"),
            },
            code="refused",
        )
    return TRANSITIONS[verb][1] or state


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "save_step": _("fill in a step"),
        "complete_assessment": _("complete it"),
        "abandon_assessment": _("give it up"),
    }[verb]
