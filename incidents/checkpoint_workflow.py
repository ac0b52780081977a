"""The states of an unauthorised checkpoint and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table. Source: directive duty D5.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from incidents.choices import CheckpointState
from incidents.workflow import Refused

_OPEN = (CheckpointState.STANDING, CheckpointState.REMOVAL_ORDERED, CheckpointState.REPORTED_REMOVED)

# verb: {from this state: to that one}
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "describe_checkpoint": {state: state for state in _OPEN},
    # Ordered anew with another day, or because another unit must do it.
    "order_removal": dict.fromkeys(_OPEN[:2], CheckpointState.REMOVAL_ORDERED),
    # Some go before anybody has ordered it.
    "report_removal": dict.fromkeys(_OPEN[:2], CheckpointState.REPORTED_REMOVED),
    "confirm_removal": {CheckpointState.REPORTED_REMOVED: CheckpointState.REMOVED},
    # What was never ordered stands as it stood before (`move`).
    "deny_removal": {CheckpointState.REPORTED_REMOVED: CheckpointState.REMOVAL_ORDERED},
    "not_a_checkpoint": dict.fromkeys(_OPEN, CheckpointState.NO_CHECKPOINT),
    # Found by place once more; one that was held to be none is taken up again by it.
    "recognise_again": {**{state: state for state in _OPEN}, CheckpointState.NO_CHECKPOINT: CheckpointState.STANDING},
}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb]


def move(verb: str, state: str, *, ordered: bool = True) -> str:
    """The state after the verb; `ordered` says whether its removal has ever been ordered.

    Raises workflow.Refused, saying what the state is and what could be done instead.
    """
    if not allowed(verb, state):
        possible = [name for name, pairs in TRANSITIONS.items() if state in pairs]
        raise Refused(
            _("The checkpoint is: %(state)s. This cannot be done now. Possible: %(possible)s.")
            % {
                "state": CheckpointState(state).label,
                "possible": ", ".join(verb_label(name) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    if verb == "deny_removal" and not ordered:
        return CheckpointState.STANDING
    return TRANSITIONS[verb][state]


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "describe_checkpoint": _("describe who stands there"),
        "order_removal": _("order its removal"),
        "report_removal": _("report that it is gone"),
        "confirm_removal": _("confirm that it is gone"),
        "deny_removal": _("deny that it is gone"),
        "not_a_checkpoint": _("put on record that it was none"),
        "recognise_again": _("recognise it again"),
    }[verb]
