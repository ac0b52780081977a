"""Layers of crossings: the gates by their status on a day, and their perimeters."""

from typing import Any

from django.db.models import Case, CharField, Value, When
from django.db.models.functions import Concat
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from borderwatch import layers
from borderwatch.localised import name_of
from crossings import closure_layer  # noqa: F401 - the layer of closings
from crossings.choices import (
    CATEGORY_WORDS,
    STATUS_COLOURS,
    UNOFFICIAL,
    CrossingCategory,
    CrossingMode,
    GateStatus,
)
from crossings.filters_register import narrow
from crossings.models import Crossing
from units.choices import Neighbour

# Corridors are rings, gates are discs: the second sign beside the colour.
CORRIDOR, GATE = "corridor", "gate"


def _crossings(user: Any, params: QueryDict) -> Any:
    return narrow(Crossing.objects.visible_to(user), params)


def _perimeters(user: Any, params: QueryDict) -> Any:
    """The geometry is asked for by the layer itself, which leaves out crossings without one."""
    return narrow(Crossing.objects.visible_to(user), params)


def _page() -> Concat:
    """The address of a crossing's page."""
    start, end = reverse("crossings:detail", args=["x"]).rsplit("x", 1)
    return Concat(Value(start), "slug", Value(end))


def _sign() -> Case:
    corridor = When(category__in=sorted(UNOFFICIAL), then=Value(CORRIDOR))
    return Case(corridor, default=Value(GATE), output_field=CharField())


layers.register(
    layers.Layer(
        name="crossings",
        label=_("Crossings"),
        kind="point",
        rows=_crossings,
        properties=lambda: {
            "slug": "slug",
            "name": name_of(),
            "category": "category",
            "category_neighbour": "category_neighbour",
            "status": "status",
            "status_neighbour": "status_neighbour",
            "sign": _sign(),
            "mode": "mode",
            "neighbour": "neighbour",
            "precision_km": "precision_km",
            "url": _page(),
        },
        fields=(
            layers.Field("category", _("category"), words=dict(CrossingCategory.choices)),
            layers.Field("status", _("status"), words=dict(GateStatus.choices)),
            layers.Field("status_neighbour", _("neighbour's side"), words=dict(GateStatus.choices)),
            layers.Field("category_neighbour", _("the neighbour's category"), words=CATEGORY_WORDS),
            layers.Field("mode", _("mode"), words=dict(CrossingMode.choices)),
            layers.Field("neighbour", _("neighbour"), words=dict(Neighbour.choices)),
            layers.Field("precision_km", _("precision"), unit="km"),
        ),
        # Nothing on record is grey, which is not "open".
        colour="#7a7a7a",
        colour_by="status",
        colours={str(status): colour for status, colour in STATUS_COLOURS.items()},
        hollow_when=("sign", CORRIDOR),
        size=6,
    )
)

layers.register(
    layers.Layer(
        name="perimeters",
        label=_("Perimeters of crossings"),
        kind="area",
        geometry="perimeter",
        rows=_perimeters,
        properties=lambda: {
            "slug": "slug",
            "name": name_of(),
            "category": "category",
            "status": "status",
            "source": "perimeter_source",
            "url": _page(),
        },
        fields=(
            layers.Field("category", _("category"), words=dict(CrossingCategory.choices)),
            layers.Field("status", _("status"), words=dict(GateStatus.choices)),
            layers.Field("source", _("source of the perimeter")),
        ),
        colour="#7a4b00",
    )
)
