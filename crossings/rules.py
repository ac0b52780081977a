"""The register's own contradictions: perimeters that overlap, official gates without a legal reference."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock
from crossings import contradictions
from crossings import perimeter as shapes
from crossings.choices import OFFICIAL, GateSide
from crossings.contradictions import Contradiction
from crossings.models import Classification, Crossing
from units import policy
from units.choices import UnitKind
from units.models import Unit

# Edges that touch, or were drawn twice by hand, share a sliver; more than this is ground claimed twice.
SHARED_M2 = 100


def where_to_mend(user: Any) -> Callable[[Crossing], str]:
    """For a person: the address of the form that mends a crossing if he may use it, else of its page.

    As `deciders.may` with the verb describe_crossing, but one query for all crossings.
    """
    held = policy.unit_ids(user, policy.VERBS["describe_crossing"])
    units = list(Unit.objects.filter(pk__in=held).values_list("kind", "province_id", "district_id")) if held else []
    provinces = {province for kind, province, _district in units if kind == UnitKind.PROVINCE}
    districts = {district for kind, _province, district in units if kind == UnitKind.DISTRICT}

    def address(crossing: Crossing) -> str:
        here = crossing.district
        if here.province_id in provinces or here.pk in districts or crossing.responsible_unit_id in held:
            return reverse("crossings:edit", args=[crossing.slug])
        return crossing.get_absolute_url()

    return address


def overlaps(user: Any, crossings: Any) -> list[Contradiction]:
    """Each pair of visible perimeters that share ground, once; of one crossing asked for, its pairs with any other."""
    ours = list(crossings.exclude(perimeter__isnull=True).select_related("district__province").order_by("slug"))
    if not ours:
        return []
    asked = {one.pk for one in ours}
    others = Crossing.objects.visible_to(user).exclude(perimeter__isnull=True).exclude(pk__in=asked)
    beside = list(others.filter(perimeter__bboverlaps=_box(ours)).only("slug", "name_km", "name_en", "perimeter"))
    pairs = [*combinations(ours, 2), *((one, other) for one in ours for other in beside)]
    mend = where_to_mend(user)
    return [
        Contradiction("perimeters_overlap", one, words, mend(one))
        for one, other in pairs
        if (words := _shared(one, other))
    ]


def _box(ours: list[Crossing]) -> Any:
    """One box round all of them: a first sieve."""
    extents = [one.perimeter.extent for one in ours if one.perimeter is not None]
    west, south = (min(extent[i] for extent in extents) for i in (0, 1))
    east, north = (max(extent[i] for extent in extents) for i in (2, 3))
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4326
    return box


def _shared(one: Crossing, other: Crossing) -> str:
    """What two perimeters share, in words; "" when it is nothing."""
    mine, theirs = one.perimeter, other.perimeter
    assert mine is not None
    assert theirs is not None, "both have one"
    a, b = mine.extent, theirs.extent
    if a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]:
        return ""
    shared = mine.intersection(theirs)
    if not shared.area:
        return ""
    area = shapes.square_metres(shared)
    if area <= SHARED_M2:
        return ""
    return _("%(area)s of its perimeter also lie in that of %(other)s (%(slug)s).") % {
        "area": _("%(n)s km²") % {"n": f"{area / 1e6:.2f}"} if area >= 10_000 else _("%(n)s m²") % {"n": f"{area:.0f}"},
        "other": other.name,
        "slug": other.slug,
    }


def without_reference(user: Any, crossings: Any) -> list[Contradiction]:
    """Official gates in force for whose category neither its row nor the gate names a reference."""
    bare = Classification.objects.filter(
        crossing=OuterRef("pk"),
        side=GateSide.KH,
        category__in=OFFICIAL,
        legal_reference="",
        period__contains=clock.sql_now(),
    )
    rows = crossings.filter(Exists(bare), legal_references=[]).select_related("district__province").order_by("slug")
    mend = where_to_mend(user)
    return [
        Contradiction(
            "no_legal_reference",
            row,
            _("%(category)s, but no sub-decree, agreement or letter is named.") % {"category": row.category_label},
            mend(row),
        )
        for row in rows
    ]


contradictions.register(
    contradictions.Rule(
        slug="perimeters_overlap",
        label=gettext_lazy("Perimeters that overlap"),
        why=gettext_lazy(
            "One piece of ground cannot lie inside two crossings: a checkpoint there would belong to both. Correct one "
            "of the two perimeters."
        ),
        find=overlaps,
    ),
    contradictions.Rule(
        slug="no_legal_reference",
        label=gettext_lazy("Official category without a legal reference"),
        why=gettext_lazy(
            "A gate is official by a sub-decree, an agreement or a letter. Name it at the crossing, or set the "
            "category anew with its reference."
        ),
        find=without_reference,
    ),
)
