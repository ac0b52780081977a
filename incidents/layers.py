"""The layer of incidents: what the list shows, on the map."""

from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from borderwatch import layers
from borderwatch.localised import name_of
from borderwatch.topics import EXERCISE
from incidents.choices import TYPE_LABELS, Category, Impact, Status
from incidents.filters import narrow
from incidents.models import Incident

# Distinct also for the colour-blind as far as eleven can be; closed incidents are rings.
COLOURS: dict[str, str] = {
    Category.ILLEGAL_CROSSING: "#0072b2",
    Category.FACILITATION: "#8a3ffc",
    Category.SMUGGLING: "#8c564b",
    Category.CHECKPOINT: "#5f6b00",
    Category.FOREIGNERS: "#009e73",
    Category.NEIGHBOUR: "#d55e00",
    Category.OWN_SIDE: "#e69f00",
    Category.ARMED: "#b00020",
    Category.MARKER: "#4d4d4d",
    Category.PUBLIC_ORDER: "#56b4e9",
    Category.OTHER_CRIME: "#cc79a7",
}


def _incidents(user: Any, params: QueryDict) -> Any:
    """Newest first, so that what a full answer leaves out is the oldest."""
    return narrow(Incident.objects.visible_to(user), params).order_by("-received_at", "-id")


def _properties() -> dict[str, Any]:
    start, end = reverse("incidents:detail", args=["REF"]).split("REF")
    return {
        "ref": "ref",
        "category": "category",
        "type": "type",
        "status": "status",
        "impact": "impact",
        "contested": "contested",
        "exercise": Q(drill__isnull=False),
        "occurred_at": "occurred_at",
        "unit": name_of("responsible_unit"),
        "url": Concat(Value(start), "ref", Value(end)),
    }


layers.register(
    layers.Layer(
        name="incidents",
        label=_("Incidents"),
        kind="point",
        rows=_incidents,
        properties=_properties,
        title="ref",
        fields=(
            # Nothing is said of what is real.
            layers.Field("exercise", _("exercise"), words={"true": EXERCISE, "false": ""}),
            layers.Field("category", _("category"), words=dict(Category.choices)),
            layers.Field("type", _("type"), words=TYPE_LABELS),
            layers.Field("status", _("state"), words=dict(Status.choices)),
            layers.Field("impact", _("how serious"), words=dict(Impact.choices)),
            layers.Field("occurred_at", _("happened at"), format="time"),
            layers.Field("unit", _("unit that answers")),
        ),
        colour_by="category",
        colours=COLOURS,
        hollow_when=("status", Status.CLOSED),
        ringed_when=("exercise", True),
        size=7,
    )
)
