"""The states of an import of traffic and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crossings.choices import ImportState

# verb: (from any of these, to these)
TRANSITIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "take_reading": (frozenset({ImportState.READING}), frozenset({ImportState.READY, ImportState.UNREADABLE})),
    "apply_import": (frozenset({ImportState.READY}), frozenset({ImportState.APPLYING})),
    "finish_import": (frozenset({ImportState.APPLYING}), frozenset({ImportState.APPLIED})),
    # The entering broke before anything was written: it is to be confirmed again.
    "return_import": (frozenset({ImportState.APPLYING}), frozenset({ImportState.READY})),
    "abandon_import": (frozenset({ImportState.READING, ImportState.READY}), frozenset({ImportState.ABANDONED})),
}


class Refused(ValidationError):
    """The import's state does not allow the verb."""


def allowed(verb: str, state: str) -> bool:
    """Whether the verb may be done in this state."""
    return state in TRANSITIONS[verb][0]


def demand(verb: str, state: str) -> None:
    """Raise Refused, saying what the state is, unless the verb may be done in it."""
    if not allowed(verb, state):
        raise Refused(
            _("The import is in the state “%(state)s”; this cannot be done now.") % {"state": ImportState(state).label},
            code="refused",
        )
