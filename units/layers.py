"""Layers of the ground: sectors, border markers, and the restricted one of unresolved areas."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from borderwatch import clock, layers
from borderwatch.localised import name_of
from units.choices import DemarcationState, MarkerStatus, Neighbour
from units.models import BorderMarker, Sector, UnresolvedArea


def words(choices: Any) -> dict[str, Any]:
    """A list of choices as slug → label."""
    return dict(choices.choices)


def _sectors(user: Any, params: QueryDict) -> Any:
    return Sector.objects.visible_to(user).filter(period__contains=clock.sql_now())


def _markers(user: Any, params: QueryDict) -> Any:
    """Where markers stand is no secret among those who serve there."""
    return BorderMarker.objects.all() if getattr(user, "is_active", False) else BorderMarker.objects.none()


def _unresolved(user: Any, params: QueryDict) -> Any:
    return UnresolvedArea.objects.visible_to(user).filter(period__contains=clock.sql_now())


def may_see_unresolved(user: Any) -> bool:
    """Whether the person decides on anything, here or at an institution; only then he is told the layer exists."""
    return bool(_unresolved(user, QueryDict()).exists())


layers.register(
    layers.Layer(
        name="sectors",
        label=_("Sectors"),
        kind="area",
        geometry="area",
        rows=_sectors,
        properties=lambda: {"code": "code", "name": name_of("unit"), "unit": "unit__code"},
        fields=(layers.Field("code", _("sector")),),
        colour="#44719c",
    ),
    layers.Layer(
        name="markers",
        label=_("Border markers"),
        kind="point",
        rows=_markers,
        properties=lambda: {
            "code": "code",
            "name": "label",
            "neighbour": "neighbour",
            "status": "status",
            "accuracy_m": "accuracy_m",
        },
        fields=(
            layers.Field("neighbour", _("neighbour"), words=words(Neighbour)),
            layers.Field("status", _("status"), words=words(MarkerStatus)),
            layers.Field("accuracy_m", _("accuracy"), unit="m"),
        ),
        colour="#6b5b3e",
        size=4,
    ),
    layers.Layer(
        name="unresolved",
        label=_("Unresolved areas"),
        kind="area",
        geometry="area",
        rows=_unresolved,
        properties=lambda: {"code": "code", "name": name_of(), "term": "term", "neighbour": "neighbour"},
        fields=(
            layers.Field("term", _("state of demarcation"), words=words(DemarcationState)),
            layers.Field("neighbour", _("neighbour"), words=words(Neighbour)),
        ),
        colour="#a05a00",
        listed_for=may_see_unresolved,
    ),
)
