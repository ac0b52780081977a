"""The states of guidance and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table. Source: directive duty D10.
"""

from django.utils.translation import gettext as _

from incidents.choices_answers import InstructionState
from incidents.workflow import Refused

S = InstructionState
OPEN = frozenset({S.ISSUED, S.QUESTIONED, S.ACKNOWLEDGED, S.DONE})
# The province or unit owes the next step; in the other open states the institution does.
OWED = frozenset({S.ISSUED, S.ACKNOWLEDGED})
# Where an answered question leads: to the state it was asked in.
BACK = ""

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "acknowledge_instruction": (frozenset({S.ISSUED}), S.ACKNOWLEDGED),
    "ask_back": (OWED, S.QUESTIONED),
    "answer_question": (frozenset({S.QUESTIONED}), BACK),
    "report_instruction_done": (frozenset({S.ACKNOWLEDGED}), S.DONE),
    "find_adequate": (frozenset({S.DONE}), S.ADEQUATE),
    "find_wanting": (frozenset({S.DONE}), S.ACKNOWLEDGED),
    "withdraw_instruction": (OPEN, S.WITHDRAWN),
}
# Verbs of whoever carries it out; the others are the institution's.
OF_THE_UNIT = frozenset({"acknowledge_instruction", "ask_back", "report_instruction_done"})
# What each verb asks for (units/policy.py): two findings are one right.
RIGHTS = {"find_adequate": "judge_instruction", "find_wanting": "judge_instruction"}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str, *, asked_in: str = "") -> str:
    """The state after the verb; `asked_in` is the state a question was asked in.

    Raises workflow.Refused, saying what the state is and what could be done instead.
    """
    if not allowed(verb, state):
        possible = [name for name, (sources, _to) in TRANSITIONS.items() if state in sources]
        raise Refused(
            _("The guidance is: %(state)s. This cannot be done now. Possible: %(possible)s.")
            % {
                "state": InstructionState(state).label,
                "possible": ", ".join(verb_label(name) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    return TRANSITIONS[verb][1] or asked_in


def verb_label(verb: str) -> str:
    """A verb in words, as a button says it."""
    return {
        "acknowledge_instruction": _("acknowledge"),
        "ask_back": _("ask back"),
        "answer_question": _("answer the question"),
        "report_instruction_done": _("report it done"),
        "find_adequate": _("find it adequate"),
        "find_wanting": _("find it wanting"),
        "withdraw_instruction": _("withdraw it"),
    }[verb]


def step_label(verb: str) -> str:
    """A step in words, as the thread says what was done."""
    return {
        "instruct": _("Guidance issued"),
        "acknowledge_instruction": _("Acknowledged"),
        "ask_back": _("Question asked back"),
        "answer_question": _("Question answered"),
        "report_instruction_done": _("Reported as done"),
        "find_adequate": _("Found adequate"),
        "find_wanting": _("Found wanting"),
        "withdraw_instruction": _("Withdrawn"),
    }[verb]
