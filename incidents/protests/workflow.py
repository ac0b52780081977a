"""The states of a protest dossier: which verb leads from where to where. Source: duty D10."""

from django.utils.translation import gettext as _

from incidents.choices_answers import ProtestState
from incidents.workflow import Refused

DRAFT, LEGAL_CHECK, SIGN_OFF = ProtestState.DRAFT, ProtestState.LEGAL_CHECK, ProtestState.SIGN_OFF
SIGNED, SENT, REPLIED = ProtestState.SIGNED, ProtestState.SENT, ProtestState.REPLIED

# Verb: the states it may be done in, and the state afterwards.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "edit_protest": (frozenset({DRAFT}), DRAFT),
    "submit_protest": (frozenset({DRAFT}), LEGAL_CHECK),
    "pass_legal_check": (frozenset({LEGAL_CHECK}), SIGN_OFF),
    "send_protest_back": (frozenset({LEGAL_CHECK, SIGN_OFF}), DRAFT),
    # The evidence list is frozen with it.
    "sign_protest": (frozenset({SIGN_OFF}), SIGNED),
    "send_protest": (frozenset({SIGNED}), SENT),
    "file_reply": (frozenset({SENT}), REPLIED),
    # From SENT only with a reason: no reply was received.
    "close_protest": (frozenset({SENT, REPLIED}), ProtestState.CLOSED),
    "renew_protest": (frozenset({SENT, REPLIED}), ProtestState.RENEWED),
    "abandon_protest": (frozenset({DRAFT, LEGAL_CHECK, SIGN_OFF, SIGNED}), ProtestState.ABANDONED),
}
# What changes the evidence list and not the state.
EVIDENCE: dict[str, frozenset[str]] = {
    # What was checked is what is signed: after the legal check nothing is added any more.
    "add_protest_evidence": frozenset({DRAFT, LEGAL_CHECK}),
    "remove_protest_evidence": frozenset({DRAFT}),
}
# Codename table of units/policy.py: which of its verbs each of ours asks for, on the protesting office.
ASKS: dict[str, str] = {
    "draft_protest": "draft_protest",
    "edit_protest": "draft_protest",
    "submit_protest": "draft_protest",
    "add_protest_evidence": "draft_protest",
    "remove_protest_evidence": "draft_protest",
    "pass_legal_check": "check_protest",
    "send_protest_back": "check_protest",
    "sign_protest": "sign_protest",
    "send_protest": "send_protest",
    "file_reply": "file_reply",
    "close_protest": "end_protest",
    "renew_protest": "end_protest",
    "abandon_protest": "end_protest",
}
# States after which nothing more is done.
ENDED = frozenset({ProtestState.CLOSED, ProtestState.RENEWED, ProtestState.ABANDONED})


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in (EVIDENCE[verb] if verb in EVIDENCE else TRANSITIONS[verb][0])


def move(verb: str, state: str) -> str:
    """The state after the verb; raises Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [name for name, (sources, _to) in TRANSITIONS.items() if state in sources]
        raise Refused(
            _("The protest is: %(state)s. This cannot be done now. Possible: %(possible)s.")
            % {
                "state": ProtestState(state).label,
                "possible": ", ".join(verb_label(name) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    return state if verb in EVIDENCE else TRANSITIONS[verb][1]


def verb_label(verb: str) -> str:
    """A verb in words, as a button says it."""
    return {
        "draft_protest": _("draft a protest"),
        "edit_protest": _("change the draft"),
        "submit_protest": _("submit to the legal check"),
        "pass_legal_check": _("pass the legal check"),
        "send_protest_back": _("send back to the drafter"),
        "sign_protest": _("sign"),
        "send_protest": _("put the dispatch on record"),
        "file_reply": _("file the reply"),
        "close_protest": _("close the protest"),
        "renew_protest": _("renew the protest"),
        "abandon_protest": _("abandon the protest"),
    }[verb]


def step_label(verb: str) -> str:
    """A step in words, as the record says what was done."""
    return {
        "draft_protest": _("Protest drafted"),
        "edit_protest": _("Draft of a protest changed"),
        "submit_protest": _("Submitted to the legal check"),
        "pass_legal_check": _("Legal check passed"),
        "send_protest_back": _("Protest sent back to the drafter"),
        "sign_protest": _("Protest signed"),
        "send_protest": _("Protest sent"),
        "file_reply": _("Reply to a protest filed"),
        "close_protest": _("Protest closed"),
        "renew_protest": _("Protest renewed"),
        "abandon_protest": _("Protest abandoned"),
        "add_protest_evidence": _("Evidence added to a protest"),
        "remove_protest_evidence": _("Evidence taken off a protest"),
    }[verb]
