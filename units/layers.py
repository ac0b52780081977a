"""Layers of the ground: sectors, border markers, and the restricted one of unresolved areas."""

from datetime import timedelta
from typing import Any

from django.contrib.gis.db.models import Collect, GeometryField, Union
from django.contrib.gis.db.models.functions import GeoFunc, Transform
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, F, Func, Max, Q, Sum, Value, When
from django.db.models.functions import Round
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from borderwatch import clock, layers
from borderwatch.localised import name_of
from units import ground, policy
from units.choices import DemarcationState, MarkerStatus, Neighbour
from units.forms_coverage import DaysForm
from units.models import METRIC, BorderMarker, Patch, Sector, UnresolvedArea


class LineMerge(GeoFunc):
    """Pieces that touch put together to lines."""

    function = "ST_LineMerge"
    geom_param_pos = (0,)


class Square(Func):
    """The square of one kilometre whose south-west corner lies so many metres east and north on the planar grid."""

    template = f"ST_Translate(ST_MakeEnvelope(0, 0, 1000, 1000, {METRIC}), %(expressions)s)"
    output_field = GeometryField(srid=METRIC)


def words(choices: Any) -> dict[str, Any]:
    """A list of choices as slug → label."""
    return dict(choices.choices)


def _sectors(user: Any, params: QueryDict) -> Any:
    """In force now, or at the moment `at` of the address (ISO 8601 with its zone)."""
    return Sector.objects.visible_to(user).filter(period__contains=_moment(params.get("at", "")))


def _moment(text: str) -> Any:
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        raise ValidationError({"at": _("Write the moment as 2026-12-25T14:00Z.")})
    return found or clock.sql_now()


def _markers(user: Any, params: QueryDict) -> Any:
    """Where markers stand is no secret among those who serve there."""
    return BorderMarker.objects.all() if getattr(user, "is_active", False) else BorderMarker.objects.none()


def _unresolved(user: Any, params: QueryDict) -> Any:
    return UnresolvedArea.objects.visible_to(user).filter(period__contains=clock.sql_now())


def may_see_unresolved(user: Any) -> bool:
    """Whether the person decides on anything, here or at an institution; only then he is told the layer exists."""
    return bool(_unresolved(user, QueryDict()).exists())


# When a patch was last seen, freshest first: each band with its age in days, and its colour on the map.
BANDS: tuple[tuple[str, int | None, str], ...] = (
    ("week", 7, "#14603a"),
    ("month", 30, "#5b8c2a"),
    ("quarter", 90, "#c98a00"),
    ("older", None, "#c2571a"),
    ("never", None, "#a3161d"),
)
BAND_WORDS = {
    "week": _("within 7 days"),
    "month": _("within 30 days"),
    "quarter": _("within 90 days"),
    "older": _("longer ago"),
    "never": _("never seen"),
}


def _band(moment: str) -> Case:
    """The band of a time, from the freshest on."""
    now = clock.now()
    fresh = [
        When(**{f"{moment}__gte": now - timedelta(days=days)}, then=Value(name))
        for name, days, _colour in BANDS
        if days is not None
    ]
    seen = When(**{f"{moment}__isnull": False}, then=Value("older"))
    return Case(*fresh, seen, default=Value("never"), output_field=CharField())


def _days(params: QueryDict) -> int:
    """The days looked back: `days` of the address, or the setting."""
    form = DaysForm({"days": params.get("days", "")})
    if not form.is_valid():
        raise ValidationError({"days": list(form.errors["days"])})
    return form.chosen()


def _visible_patches(user: Any, kind: str) -> Any:
    now = clock.sql_now()
    return Patch.objects.visible_to(user).filter(**{f"{kind}__period__contains": now}).order_by()


def _coverage(user: Any, params: QueryDict) -> Any:
    """A feature a kilometre of line and band of time, so that what nobody saw is not painted over by its neighbours.

    Each piece tells when it was last visited, and how much of it was seen within `days`.
    """
    since = clock.now() - timedelta(days=_days(params))
    rows = _visible_patches(user, "sector")
    code = params.get("code", "")
    return (
        (rows.filter(sector__code=code) if code else rows)
        .annotate(band=_band("last_seen_at"))
        .values("sector__code", "kilometre", "band")
        .annotate(
            line=Transform(LineMerge(Collect("shape")), 4326),
            seen_at=Max("last_seen_at"),
            share=100 * Sum("measure", filter=Q(last_seen_at__gte=since), default=0.0) / Sum("measure"),
        )
    )


def _covered_areas(user: Any, params: QueryDict) -> Any:
    """The squares of an unresolved area that were last seen in the same band of time, as one feature."""
    rows = _visible_patches(user, "area")
    code = params.get("code", "")
    return (
        (rows.filter(area__code=code) if code else rows)
        .annotate(band=_band("last_seen_at"))
        .values("area__code", "area__name_en", "area__name_km", "band")
        .annotate(area_shape=Transform(Union("shape"), 4326), seen_at=Max("last_seen_at"))
    )


def _effort(user: Any, params: QueryDict) -> Any:
    """Squares of one kilometre patrols of the person's units were in within `days`."""
    return ground.effort(user, _days(params)).annotate(
        square=Transform(Square(F("east_km") * 1000, F("north_km") * 1000), 4326), minutes=Round(F("time") / 60.0)
    )


def _sees_patrols(user: Any) -> bool:
    return bool(policy.unit_ids(user, policy.VIEW))


layers.register(
    layers.Layer(
        name="coverage",
        label=_("Border seen by patrols"),
        kind="line",
        geometry="line",
        rows=_coverage,
        properties=lambda: {
            "name": "sector__code",
            "code": "sector__code",
            "kilometre": "kilometre",
            "seen_at": "seen_at",
            "share": Round("share"),
            "band": "band",
        },
        fields=(
            layers.Field("kilometre", _("kilometre")),
            layers.Field("band", _("last visit"), words=BAND_WORDS),
            layers.Field("seen_at", _("last seen"), format="time"),
            layers.Field("share", _("seen"), unit="%"),
        ),
        colour="#a3161d",
        colour_by="band",
        colours={name: colour for name, _days_, colour in BANDS},
        listed_for=_sees_patrols,
    ),
    layers.Layer(
        name="coverage_areas",
        label=_("Unresolved areas seen by patrols"),
        kind="area",
        geometry="area_shape",
        rows=_covered_areas,
        properties=lambda: {"name": name_of("area"), "code": "area__code", "seen_at": "seen_at", "band": "band"},
        fields=(
            layers.Field("band", _("last visit"), words=BAND_WORDS),
            layers.Field("seen_at", _("last seen"), format="time"),
        ),
        colour="#a3161d",
        colour_by="band",
        colours={name: colour for name, _days_, colour in BANDS},
        listed_for=may_see_unresolved,
    ),
    layers.Layer(
        name="effort",
        label=_("Time of patrols per square kilometre"),
        kind="area",
        geometry="square",
        rows=_effort,
        properties=lambda: {"name": Value(str(_("Patrols"))), "minutes": "minutes", "metres": Round("way")},
        fields=(
            layers.Field("minutes", _("time"), unit="min"),
            layers.Field("metres", _("way"), unit="m"),
        ),
        colour="#5a3fa0",
        listed_for=_sees_patrols,
    ),
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
