"""The layer of crossing points."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from borderwatch import layers
from borderwatch.localised import name_of
from crossings.choices import CrossingCategory, CrossingMode, GateStatus
from crossings.models import Crossing
from units.choices import Neighbour


def _crossings(user: Any, params: QueryDict) -> Any:
    return Crossing.objects.visible_to(user).with_state()


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
            "status": "status",
            "mode": "mode",
            "neighbour": "neighbour",
            "precision_km": "precision_km",
        },
        fields=(
            layers.Field("category", _("category"), words=dict(CrossingCategory.choices)),
            layers.Field("status", _("status"), words=dict(GateStatus.choices)),
            layers.Field("mode", _("mode"), words=dict(CrossingMode.choices)),
            layers.Field("neighbour", _("neighbour"), words=dict(Neighbour.choices)),
            layers.Field("precision_km", _("precision"), unit="km"),
        ),
        # International gates stand out from all others.
        colour="#7a7a7a",
        colour_by="category",
        colours={CrossingCategory.INTERNATIONAL: "#1b1b1b"},
        size=5,
    )
)
