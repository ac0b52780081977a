"""A corridor in the sector of post-1607-1, and what its closing needs: terms of an order, a visit with a photo."""

import io
import uuid
from datetime import timedelta
from functools import cache
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from borderwatch import clock, photos
from crossings import actions
from crossings.models import ClosureOrder, Crossing
from units.models import District

PLACE = (107.42, 13.786)
POST = "post-1607-1"
# A degree of latitude in metres, near enough to step aside in tests.
DEGREE_M = 110_600


def corridor(**changes: Any) -> Crossing:
    """An illegal corridor known to 300 m, open, of which the post is in charge."""
    values: dict[str, Any] = {
        "actor": None, "name_km": "ច្រកអូរតេស្ត", "name_en": "Test stream ford", "category": "illegal_corridor",
        "mode": "foot", "district": District.objects.get(code="1607"), "neighbour": "VN",
        "point": Point(*PLACE, srid=4326), "precision_km": 0.3, "although_near": True,
        "since": clock.now() - timedelta(days=400),
    }  # fmt: skip
    return actions.register_crossing(**{**values, **changes})


def terms(**changes: Any) -> actions.Terms:
    """What an order says; name what differs."""
    values: dict[str, Any] = {
        "scope": ["people", "goods", "vehicles"], "measures": ["barrier", "guard"], "number": "047/26 សសរ",
        "due_on": in_days(10),
    }  # fmt: skip
    return actions.Terms(**{**values, **changes})


def in_days(days: int) -> Any:
    from django.utils import timezone

    return timezone.localdate(clock.now()) + timedelta(days=days)


@cache
def picture(colour: str = "brown") -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (16, 12), colour).save(out, "JPEG")
    return out.getvalue()


def upload(colour: str = "brown") -> SimpleUploadedFile:
    """A photo as a form sends it."""
    return SimpleUploadedFile("រូបថត.jpg", picture(colour), "image/jpeg")


def seen(**changes: Any) -> actions.Seen:
    """Somebody stood at the corridor just now; `away_m` moves him north."""
    north = changes.pop("away_m", 40) / DEGREE_M
    values: dict[str, Any] = {
        "client_key": uuid.uuid4(), "at": clock.now(), "point": Point(PLACE[0], PLACE[1] + north, srid=4326),
        "accuracy_m": 15, "photo": None, "measures": ["barrier"], "text": "របារឈើ",
    }  # fmt: skip
    values |= changes
    if "photo" not in changes:
        values["photo"] = photos.read(upload())
    return actions.Seen(**values)


class Closing:
    """The life of an order as the cast lives it; each step gives the order as it stands then."""

    def __init__(self, crossing: Crossing, *, province: Any, head: Any, moi: Any) -> None:
        self.crossing, self.province, self.head, self.moi = crossing, province, head, moi

    def draft(self, **changes: Any) -> ClosureOrder:
        return actions.draft_closure(actor=self.province, crossing=self.crossing, terms=terms(**changes))

    def issue(self, **changes: Any) -> ClosureOrder:
        return actions.order_closure(actor=self.province, crossing=self.crossing, terms=terms(**changes))

    def report(self, order: ClosureOrder | None = None, **changes: Any) -> ClosureOrder:
        order = order or self.issue()
        return actions.report_carried_out(actor=self.head, order=order, seen=seen(**changes)).visit.order

    def verify(self, order: ClosureOrder | None = None, **changes: Any) -> ClosureOrder:
        order = order or self.report()
        return actions.verify_closure(actor=self.province, order=order, seen=seen(**changes)).visit.order

    def send_back(self, order: ClosureOrder | None = None, **changes: Any) -> ClosureOrder:
        order = order or self.report()
        values = {"due_on": in_days(20), "reason": "One can walk round it", **changes}
        return actions.send_back_closure(actor=self.province, order=order, seen=seen(), **values).visit.order

    def sign(self, order: ClosureOrder | None = None) -> Any:
        order = order or self.verify()
        return actions.flag_reopening(
            crossing=order.crossing, cause_kind="closurevisit", cause_key="0", seen_at=clock.now(), distance_m=120.0
        )
