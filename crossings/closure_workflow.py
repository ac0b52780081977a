"""The states of a closure order and of a sign of reopening, and the verbs that move them (duty D1).

Nothing else decides what is allowed. Every allowed and every forbidden pair is tested from these tables.
"""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crossings.choices import ClosureState, SignState

S = ClosureState

# verb: (from any of these, to this; None: the order stays as it is)
TRANSITIONS: Mapping[str, tuple[frozenset[str], str | None]] = {
    "change_closure_draft": (frozenset({S.DRAFTED}), None),
    "issue_closure": (frozenset({S.DRAFTED}), S.ISSUED),
    "withdraw_closure": (frozenset({S.DRAFTED}), S.WITHDRAWN),
    "report_carried_out": (frozenset({S.ISSUED}), S.CARRIED_OUT),
    "verify_closure": (frozenset({S.CARRIED_OUT}), S.VERIFIED),
    # The verification found that one can still pass.
    "send_back_closure": (frozenset({S.CARRIED_OUT}), S.ISSUED),
    "follow_up_closure": (frozenset({S.VERIFIED}), None),
    "confirm_reopening": (frozenset({S.VERIFIED}), S.ISSUED),
    "lift_closure": (frozenset({S.ISSUED, S.CARRIED_OUT, S.VERIFIED}), S.LIFTED),
}
SIGNS: Mapping[str, tuple[frozenset[str], str]] = {
    "confirm_reopening": (frozenset({SignState.TO_CONFIRM}), SignState.CONFIRMED),
    "dismiss_sign": (frozenset({SignState.TO_CONFIRM}), SignState.DISMISSED),
}


class Refused(ValidationError):
    """The state of the order, or of the sign, does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done to an order in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The order's state after the verb; raises Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [str(verb_label(name)) for name in TRANSITIONS if allowed(name, state)]
        raise Refused(
            _("The closure order is in the state “%(state)s”; this cannot be done now. Possible: %(possible)s.")
            % {"state": ClosureState(state).label, "possible": ", ".join(possible) or _("nothing")},
            code="refused",
        )
    return TRANSITIONS[verb][1] or state


def decide(verb: str, state: str) -> str:
    """A sign's state after the verb; raises Refused when somebody has decided about it already."""
    if state not in SIGNS[verb][0]:
        raise Refused(
            _("This sign has been decided already: %(state)s.") % {"state": SignState(state).label}, code="refused"
        )
    return SIGNS[verb][1]


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "change_closure_draft": _("change the draft"),
        "issue_closure": _("issue it"),
        "withdraw_closure": _("withdraw the draft"),
        "report_carried_out": _("report that it is carried out"),
        "verify_closure": _("verify it"),
        "send_back_closure": _("send it back"),
        "follow_up_closure": _("enter a later look"),
        "confirm_reopening": _("confirm that it was reopened"),
        "lift_closure": _("lift it"),
    }[verb]
