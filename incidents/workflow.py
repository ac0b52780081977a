"""The states of an incident and the verbs that move it. Nothing else decides what is allowed.

Every allowed and every forbidden pair is tested from this table.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from incidents.choices import Status

# verb: (from any of these, to this)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "verify_incident": (frozenset({Status.SUBMITTED}), Status.VERIFIED),
    "escalate": (
        frozenset({Status.SUBMITTED, Status.VERIFIED, Status.DISPATCHED, Status.ACKNOWLEDGED}),
        Status.DISPATCHED,
    ),
    "acknowledge": (frozenset({Status.DISPATCHED, Status.ACKNOWLEDGED}), Status.ACKNOWLEDGED),
    "close_incident": (
        frozenset({Status.SUBMITTED, Status.VERIFIED, Status.ACKNOWLEDGED}),
        Status.CLOSED,
    ),
    "reopen_incident": (frozenset({Status.CLOSED}), Status.VERIFIED),
}


class Refused(ValidationError):
    """The incident's state does not allow the verb."""


def allowed(verb: str, status: str) -> bool:
    """Whether the verb may be done in this state."""
    return status in TRANSITIONS[verb][0]


def move(verb: str, status: str) -> str:
    """The state after the verb; raises Refused, saying what the state is and what could be done instead."""
    if not allowed(verb, status):
        possible = [name for name, (sources, _to) in TRANSITIONS.items() if status in sources]
        raise Refused(
            _("The incident is %(state)s; this cannot be done now. Possible: %(possible)s.")
            % {
                "state": Status(status).label,
                "possible": ", ".join(str(verb_label(name)) for name in possible) or _("nothing"),
            },
            code="refused",
        )
    return TRANSITIONS[verb][1]


def verb_label(verb: str) -> str:
    """A verb in words."""
    return {
        "verify_incident": _("verify"),
        "escalate": _("escalate"),
        "acknowledge": _("acknowledge"),
        "close_incident": _("close"),
        "reopen_incident": _("reopen"),
    }[verb]
