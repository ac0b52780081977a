"""The states of an address at which a unit is told and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from units.choices import EndpointState

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "confirm_endpoint": (frozenset({EndpointState.ASKED}), EndpointState.IN_USE),
    "reject_endpoint": (frozenset({EndpointState.ASKED}), EndpointState.REJECTED),
    "retire_endpoint": (frozenset({EndpointState.IN_USE}), EndpointState.RETIRED),
}
# verb: in any of these; the address stays where it is.
WHILE: dict[str, frozenset[str]] = {
    "try_endpoint": frozenset({EndpointState.ASKED, EndpointState.IN_USE}),
    "begin_secret_change": frozenset({EndpointState.ASKED, EndpointState.IN_USE}),
    "end_secret_change": frozenset({EndpointState.ASKED, EndpointState.IN_USE}),
    "cancel_secret_change": frozenset({EndpointState.ASKED, EndpointState.IN_USE}),
}


class Refused(ValidationError):
    """The address's state does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in (TRANSITIONS[verb][0] if verb in TRANSITIONS else WHILE[verb])


def move(verb: str, state: str) -> str:
    """The state after the verb; raises Refused, saying what the state is."""
    if not allowed(verb, state):
        raise Refused(
            _("The address is in the state “%(state)s”; this cannot be done now.")
            % {"state": EndpointState(state).label},
            code="refused",
        )
    return TRANSITIONS[verb][1] if verb in TRANSITIONS else state
