"""The layer of crossings that are to be closed, coloured by how far each has come (duty D1)."""

from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from borderwatch import layers
from borderwatch.localised import name_of
from crossings import closures
from crossings.filters_closures import read_province


def _rows(user: Any, params: QueryDict) -> Any:
    """Filtered as the board is, by `province`."""
    return closures.found(user, read_province(params))


def _properties() -> dict[str, Any]:
    start, end = reverse("closures:detail", args=[0]).split("0")
    page = reverse("crossings:detail", args=["x"]).removesuffix("x/")
    order = Concat(Value(start), Cast(F("order_id"), CharField()), Value(end))
    crossing = Concat(Value(page), F("slug"), Value("/"))
    return {
        "slug": "slug",
        "name": name_of(),
        "stage": "stage",
        "number": "order_number",
        "due_on": "order_due_on",
        "precision_km": "precision_km",
        "url": Case(When(order_id=None, then=crossing), default=order, output_field=CharField()),
    }


layers.register(
    layers.Layer(
        name="closures",
        label=_("Closing of crossings"),
        kind="point",
        rows=_rows,
        properties=_properties,
        fields=(
            layers.Field("stage", _("state"), words=dict(closures.Stage.choices)),
            layers.Field("number", _("number")),
            layers.Field("due_on", _("due on")),
            layers.Field("precision_km", _("precision"), unit="km"),
        ),
        colour=closures.COLOURS[closures.Stage.NONE],
        colour_by="stage",
        colours=closures.COLOURS,
        # What is closed is a full disc, what nobody has ordered closed a ring.
        hollow_when=("stage", closures.Stage.NONE),
        size=7,
    )
)
