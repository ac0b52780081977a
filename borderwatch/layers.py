"""Layers of the map: one definition each, feeding GeoJSON now and tiles and OGC services from the same rows.

An app registers its layers in its own `layers.py`. A layer's rows start from `visible_to(user)`, so the map shows a
person what the lists show him. GeoJSON is made in the database from that very queryset.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Polygon
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast, JSONObject
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

# Features of one answer, and up to which figure the rows beyond it are counted.
FEATURES_MAX = 5_000
COUNT_MAX = 100_000
# Six decimals of a degree are a tenth of a metre.
DECIMALS = 6

Words = Mapping[str, str | Promise]


@dataclass(frozen=True)
class Field:
    """A line of a feature's little window: a property, its label, and how its value is worded.

    `words` translates slugs; `format` is "" or "time"; `unit` follows a figure ("m", "km").
    """

    name: str
    label: str | Promise
    words: Words | None = None
    format: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Layer:
    """Rows with a geometry, and how they look.

    `rows(user, params)` filters what is visible by the address and raises ValidationError for a filter that cannot be
    understood. `properties()` is asked in the reader's language. `colours` maps the values of `colour_by`.
    `hollow_when` (property, value) draws a ring instead of a disc, so that colour is never alone; `ringed_when` adds
    an outer ring: what is there only for show.
    `listed_for(user)` says whether a person is offered the layer at all.
    """

    name: str
    label: str | Promise
    kind: str  # "point", "line" or "area"
    rows: Callable[[Any, QueryDict], Any]
    properties: Callable[[], Mapping[str, Any]]
    geometry: str = "point"
    title: str = "name"
    fields: tuple[Field, ...] = ()
    colour: str = "#555555"
    colour_by: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    hollow_when: tuple[str, str] | None = None
    ringed_when: tuple[str, Any] | None = None
    size: int = 6
    listed_for: Callable[[Any], bool] = lambda user: True


@dataclass(frozen=True)
class Collection:
    """A GeoJSON answer: its bytes, how many features it holds, how many there are (up to COUNT_MAX)."""

    body: bytes
    shown: int
    count: int

    @property
    def truncated(self) -> bool:
        """Whether rows were left out."""
        return self.count > self.shown


_LAYERS: dict[str, Layer] = {}


def register(*layers: Layer) -> None:
    """Add layers to the table; a name is given once."""
    for layer in layers:
        if _LAYERS.setdefault(layer.name, layer) is not layer:
            raise ValueError(f"two layers are called {layer.name}")


@cache
def _discover() -> None:
    autodiscover_modules("layers")


def table() -> Mapping[str, Layer]:
    """Every layer by name."""
    _discover()
    return _LAYERS


def offered(user: Any, name: str) -> Layer | None:
    """The layer of that name, None when there is none or the person is not offered it."""
    layer = table().get(name)
    return layer if layer is not None and layer.listed_for(user) else None


def listed(user: Any) -> dict[str, Layer]:
    """The layers a person is offered."""
    return {name: layer for name, layer in table().items() if layer.listed_for(user)}


def geojson(layer: Layer, user: Any, params: QueryDict, box: Polygon | None = None) -> Collection:
    """The layer's visible, filtered rows inside the box as a FeatureCollection, at most FEATURES_MAX of them.

    One query for the features; a second one counts when rows had to be left out.
    """
    rows = layer.rows(user, params)
    if box is not None:
        rows = rows.filter(**{f"{layer.geometry}__bboverlaps": box})
    rows = rows.exclude(**{f"{layer.geometry}__isnull": True})
    features = list(_features(layer, rows)[: FEATURES_MAX + 1])
    shown = min(len(features), FEATURES_MAX)
    count = shown if len(features) <= FEATURES_MAX else rows.order_by()[:COUNT_MAX].count()
    left_out = "true" if count > shown else "false"
    head = f'{{"type":"FeatureCollection","count":{count},"truncated":{left_out},"features":['
    return Collection((head + ",".join(features[:shown]) + "]}").encode(), shown, count)


def _features(layer: Layer, rows: Any) -> Any:
    """One JSON text a row, written by the database."""
    feature = JSONObject(
        type=Value("Feature"),
        geometry=Cast(AsGeoJSON(layer.geometry, precision=DECIMALS), JSONField()),
        properties=JSONObject(**layer.properties()),
    )
    return rows.annotate(feature_json=Cast(feature, TextField())).values_list("feature_json", flat=True)


def appearance(layer: Layer, url: str) -> dict[str, Any]:
    """What the page's script needs to draw and word the layer, in the reader's language."""
    return {
        "url": url,
        "label": str(layer.label),
        "kind": layer.kind,
        "title": layer.title,
        "colour": layer.colour,
        "colour_by": layer.colour_by,
        "colours": dict(layer.colours),
        "hollow_when": layer.hollow_when,
        "ringed_when": layer.ringed_when,
        "size": layer.size,
        "fields": [_field(line) for line in layer.fields],
    }


def _field(line: Field) -> dict[str, Any]:
    words = None if line.words is None else {slug: str(word) for slug, word in line.words.items()}
    return {
        "name": line.name,
        "label": str(line.label),
        "words": words,
        "format": line.format,
        "unit": line.unit,
    }
