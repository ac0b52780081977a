"""The states of an accountability case and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table. Source: directive duty D2.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from incidents.choices import CaseState
from incidents.workflow import Refused

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "notify_head": (frozenset({CaseState.OPENED}), CaseState.NOTIFIED),
    "explain": (frozenset({CaseState.NOTIFIED}), CaseState.EXPLAINED),
    # From NOTIFIED only once the time to explain has run out.
    "take_to_review": (frozenset({CaseState.NOTIFIED, CaseState.EXPLAINED}), CaseState.REVIEW),
    "rule_case": (frozenset({CaseState.REVIEW}), CaseState.RULED),
    "appeal": (frozenset({CaseState.RULED}), CaseState.APPEALED),
    "decide_appeal": (frozenset({CaseState.APPEALED}), CaseState.CLOSED),
    # Once the time to appeal has run out, or there is nothing to appeal against.
    "close_case": (frozenset({CaseState.RULED}), CaseState.CLOSED),
    "withdraw_case": (
        frozenset({CaseState.OPENED, CaseState.NOTIFIED, CaseState.EXPLAINED, CaseState.REVIEW}),
        CaseState.CLOSED,
    ),
    # By the system alone, when a ruling moves the attribution the case rests on.
    "lapse_case": (frozenset(set(CaseState.values) - {CaseState.CLOSED}), CaseState.CLOSED),
}
# Verbs of the accused side; the other ones are the reviewers', the last one is nobody's.
OF_THE_HEAD = frozenset({"explain", "appeal"})
BY_ITSELF = frozenset({"lapse_case"})

# State: the number of days of the policy that sets the deadline of the step owed in it.
CASE_DUE: dict[str, str] = {
    CaseState.OPENED: "notify_within_days",
    CaseState.NOTIFIED: "explain_within_days",
    CaseState.EXPLAINED: "review_within_days",
    CaseState.REVIEW: "rule_within_days",
    CaseState.RULED: "appeal_within_days",
    CaseState.APPEALED: "decide_appeal_within_days",
}


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def move(verb: str, state: str) -> str:
    """The state after the verb; raises workflow.Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, state):
        possible = [name for name, (sources, _to) in TRANSITIONS.items() if state in sources and name not in BY_ITSELF]
        raise Refused(
            _("The case is: %(state)s. This cannot be done now. Possible: %(possible)s.")
            % {
                "state": CaseState(state).label,
                "possible": ", ".join(verb_label(name) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    return TRANSITIONS[verb][1]


def due(state: str, frozen_policy: Mapping[str, int], at: datetime) -> datetime | None:
    """When the step owed in a state entered at `at` is due by the policy of the case; None when none is owed."""
    days = CASE_DUE.get(state)
    return at + timedelta(days=frozen_policy[days]) if days else None


def verb_label(verb: str) -> str:
    """A verb in words, as a button says it."""
    return {
        "open_case": _("open a case"),
        "notify_head": _("notify the head"),
        "explain": _("explain"),
        "take_to_review": _("take to review"),
        "rule_case": _("rule"),
        "appeal": _("appeal"),
        "decide_appeal": _("decide the appeal"),
        "close_case": _("close the case"),
        "withdraw_case": _("withdraw the case"),
        "lapse_case": _("end the case"),
    }[verb]


def step_label(verb: str) -> str:
    """A step in words, as the record says what was done."""
    return {
        "open_case": _("Case opened"),
        "notify_head": _("Head notified"),
        "explain": _("Explanation given"),
        "take_to_review": _("Taken to review"),
        "rule_case": _("Ruling"),
        "appeal": _("Appeal"),
        "decide_appeal": _("Appeal decided"),
        "close_case": _("Case closed"),
        "withdraw_case": _("Case withdrawn"),
        "lapse_case": _("Case ended: another unit answers"),
    }[verb]
