"""The states of a letter and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table. A sent letter is never made void: it lies with
others, so a further letter withdraws it.
"""

from django.utils.translation import gettext as _

from incidents.choices_answers import LetterState
from incidents.workflow import Refused

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "edit_letter": (frozenset({LetterState.DRAFT}), LetterState.DRAFT),
    "discard_letter": (frozenset({LetterState.DRAFT}), LetterState.DRAFT),
    "number_letter": (frozenset({LetterState.DRAFT}), LetterState.NUMBERED),
    "sign_letter": (frozenset({LetterState.NUMBERED}), LetterState.SIGNED),
    "send_letter": (frozenset({LetterState.SIGNED}), LetterState.SENT),
    "void_letter": (frozenset({LetterState.NUMBERED, LetterState.SIGNED, LetterState.RECEIVED}), LetterState.VOID),
}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The state after the verb; raises workflow.Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [verb_label(name) for name, (sources, _to) in TRANSITIONS.items() if state in sources]
        raise Refused(
            _("The letter is: %(state)s. This cannot be done now. Possible: %(possible)s.")
            % {"state": LetterState(state).label, "possible": ", ".join(possible) or _("nothing")},
            code="refused",
        )
    return TRANSITIONS[verb][1]


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "edit_letter": _("edit"),
        "discard_letter": _("discard the draft"),
        "number_letter": _("give it a number"),
        "sign_letter": _("sign"),
        "send_letter": _("send"),
        "void_letter": _("make it void"),
    }[verb]
