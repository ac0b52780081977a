"""The panel of an incident's page: who was told, and what proves it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from borderwatch import clock
from borderwatch.models import Delivery
from borderwatch.proof import Known, Proof, Stage, proof
from incidents import areas
from incidents.models import Incident

# Notices shown on the incident's page; what is beyond is counted in words.
SHOWN = 200
# More lines than this are folded.
UNFOLDED = 8


@dataclass(frozen=True)
class Told:
    """A notice that has left or should have left, and its stages."""

    notice: Delivery
    whom: str
    stages: tuple[Proof, ...]


def context(user: Any, incident: Incident) -> dict[str, Any] | None:
    """One query; nothing for an incident of which nobody was to be told yet."""
    rows = Delivery.objects.about("incident", incident.ref).filter(planned_at__lte=clock.sql_now())
    rows = rows.exclude(state=Delivery.State.CANCELLED).with_fetches().select_related("user", "endpoint__unit")
    found = list(rows.order_by("-planned_at", "recipient_name", "channel")[: SHOWN + 1])
    if not found:
        return None
    told = [Told(row, _whom(row), proof(row)) for row in found[:SHOWN]]
    return {"told": told, "counts": _counts(told), "more": len(found) > SHOWN, "folded": len(told) > UNFOLDED}


def _counts(told: list[Told]) -> list[tuple[str, int]]:
    """How many notices are proved to have come so far, by stage."""
    return [
        (str(stage.label), sum(one.stages[place].known is Known.PROVED for one in told))
        for place, stage in enumerate(Stage)
    ]


def _whom(row: Delivery) -> str:
    """The recipient in the reader's language; the row itself keeps the name as it was."""
    if row.user is not None:
        return str(row.user.get_full_name())
    return str(row.endpoint.unit.name) if row.endpoint is not None else row.recipient_name


areas.register_panel(
    areas.Panel(
        slug="proof",
        label=_("Who was told, and what proves it"),
        template="answering/panel.html",
        context=context,
        place=80,
    )
)
