"""Layers of the map as GeoJSON, for the browser's session and for machines with a token."""

import hashlib

from django.core.exceptions import ValidationError
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, renderer_classes
from rest_framework.request import Request
from rest_framework.response import Response

from borderwatch import bbox, layers
from borderwatch.api import GeoJSONRenderer, JSONRenderer
from borderwatch.views.machines import problem_answers


@extend_schema(
    operation_id="layer",
    tags=["layers"],
    summary="A layer of the map as GeoJSON",
    description=(
        "Layers: incidents, sectors, crossings, perimeters, markers, unresolved (only for those who decide), coverage, "
        "coverage_areas and effort of patrols. At most 5,000 "
        "features; `truncated` says whether more match and `count` how many. The layer of incidents takes the "
        "filters of the list of incidents, those of crossings and perimeters the filters of the list of crossings."
    ),
    parameters=[
        OpenApiParameter("name", str, OpenApiParameter.PATH, description="Name of the layer."),
        OpenApiParameter("bbox", str, description="west,south,east,north in degrees."),
    ],
    responses={(200, "application/geo+json"): OpenApiTypes.OBJECT, **problem_answers(400, 404)},
)
@api_view(["GET"])
@renderer_classes([GeoJSONRenderer, JSONRenderer])
def layer(request: Request, name: str) -> HttpResponseBase:
    """The features a person may see; 404 for a layer that is unknown or not his, 400 for a bad filter."""
    definition = layers.offered(request.user, name)
    if definition is None:
        raise Http404
    params = request.query_params.copy()
    text = "".join(params.pop("bbox", [])[-1:])
    try:
        box = bbox.parse(text) if text else None
    except ValidationError as error:
        raise ValidationError({"bbox": error.messages}) from None
    found = layers.geojson(definition, request.user, params, box)
    answer = Response(found.body)
    answer["ETag"] = etag = quote_etag(hashlib.sha256(found.body).hexdigest()[:32])
    # Asked again every time, sent again only when it changed; never kept for another person.
    patch_cache_control(answer, private=True, no_cache=True)
    patch_vary_headers(answer, ["Cookie", "Authorization", "Accept-Language"])
    return get_conditional_response(request._request, etag=etag, response=answer) or answer
