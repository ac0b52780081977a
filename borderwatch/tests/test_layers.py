"""The kernel's layers: one table, GeoJSON made in the database, a cap that says so."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from borderwatch import bbox, layers


def test_a_name_is_given_once() -> None:
    known = layers.table()["incidents"]
    twin = layers.Layer(name="incidents", label="", kind="point", rows=known.rows, properties=dict)
    with pytest.raises(ValueError, match="incidents"):
        layers.register(twin)
    assert layers.table()["incidents"] is known


def test_every_layer_of_the_map_is_there() -> None:
    ground = {"sectors", "markers", "unresolved", "coverage", "coverage_areas", "effort"}
    assert set(layers.table()) == ground | {"incidents", "crossings", "perimeters", "closures"}


def test_what_is_left_out_is_said(world: Any, province: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "FEATURES_MAX", 2)
    found = layers.geojson(layers.table()["crossings"], province, QueryDict())
    data = json.loads(found.body)
    assert len(data["features"]) == found.shown == 2
    assert found.truncated
    assert data["truncated"]
    assert data["count"] == found.count > 2
    monkeypatch.setattr(layers, "COUNT_MAX", 4)
    assert layers.geojson(layers.table()["crossings"], province, QueryDict()).count == 4


def test_rows_without_a_person_are_none(world: Any) -> None:
    from django.contrib.auth.models import AnonymousUser

    for layer in layers.table().values():
        assert layers.geojson(layer, AnonymousUser(), QueryDict()).shown == 0, layer.name


def test_features_are_as_many_as_rows_and_valid(world: Any, moi: Any) -> None:
    for layer in layers.table().values():
        data = json.loads(layers.geojson(layer, moi, QueryDict()).body)
        assert data["type"] == "FeatureCollection"
        for feature in data["features"]:
            assert feature["type"] == "Feature"
            assert feature["geometry"]["coordinates"]
            assert layer.title in feature["properties"]
            assert {line.name for line in layer.fields} <= set(feature["properties"])


def test_a_box_reads_in_order() -> None:
    assert bbox.parse("106.5,13.2,107.6,14.6").extent == (106.5, 13.2, 107.6, 14.6)
    for wrong in ("", "1,2,3", "2,1,1,2", "nan,0,1,1"):
        with pytest.raises(ValidationError):
            bbox.parse(wrong)
