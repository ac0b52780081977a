"""The states of a proposed change of the register and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from units.choices import ChangeState

# verb: (from any of these, to these)
TRANSITIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "take_reading": (frozenset({ChangeState.READING}), frozenset({ChangeState.DRAFT, ChangeState.UNREADABLE})),
    "compare_anew": (frozenset({ChangeState.DRAFT}), frozenset({ChangeState.DRAFT})),
    "apply_change": (frozenset({ChangeState.DRAFT}), frozenset({ChangeState.APPLIED})),
    "abandon_change": (
        frozenset({ChangeState.READING, ChangeState.UNREADABLE, ChangeState.DRAFT}),
        frozenset({ChangeState.ABANDONED}),
    ),
}


class Refused(ValidationError):
    """The change's state does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def demand(verb: str, state: str) -> None:
    """Raise Refused, saying what the state is, unless the verb may be done in it."""
    if not allowed(verb, state):
        raise Refused(
            _("The change is in the state “%(state)s”; this cannot be done now.") % {"state": ChangeState(state).label},
            code="refused",
        )
