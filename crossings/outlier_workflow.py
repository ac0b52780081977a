"""The states of an unusual day. Nothing else decides what is allowed; every pair is tested from this table.

A person may come to see it differently; the reasons of both stay in the history.
"""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crossings.choices import OutlierState

# judgement: the states it may be given in
JUDGEMENTS: Mapping[str, frozenset[str]] = {
    OutlierState.REAL: frozenset({OutlierState.OPEN, OutlierState.MISTAKE}),
    OutlierState.MISTAKE: frozenset({OutlierState.OPEN, OutlierState.REAL}),
}


class Refused(ValidationError):
    """The state of the unusual day does not allow the judgement."""


def allowed(judgement: str, state: str) -> bool:
    """Whether a day in this state may be judged so."""
    return state in JUDGEMENTS[judgement]


def demand(judgement: str, state: str) -> None:
    """Raise Refused, saying what has been decided, unless the day may be judged so."""
    if not allowed(judgement, state):
        raise Refused(
            _("This has been decided already: “%(state)s”.") % {"state": OutlierState(state).label}, code="refused"
        )
