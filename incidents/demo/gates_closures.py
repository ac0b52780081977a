"""Closing crossings in the demo world: an order in each of its states, done by those whose posting allows it."""

import io
import uuid
from datetime import date, datetime, timedelta
from functools import partial

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from borderwatch import clock, sealed
from crossings import actions as verbs
from crossings.models import ClosureOrder, Crossing, ReopeningSign
from incidents import photos
from incidents.demo import pictures
from incidents.demo.gates_register import corridor
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from units.models import User

FORD = "O Tang stream ford (demo)"
TRACK = "Pak Nhai forest track (demo)"
LANDING = "Ta Veng river landing (demo)"
FIELD = "Ou Beichoan field path (demo)"
SCRUB = "Kouk Romiet track (demo)"
# Metres of a degree, to stand a few steps beside the crossing.
DEGREE_M = 110_600


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan the lives of five orders, one in each state a visitor of the demo should find."""
    life = _Life(replay, staff, now)
    # Closed, verified, and now found open again: the province has to judge the sign.
    life.order(150, FORD, "០៣១ សសរ.រតក", measures=("barrier", "guard"), due_after=20)
    life.report(138, FORD, "ដាក់របារឈើ និងអ្នកយាម ២ នាក់ វេនយប់។")
    life.verify(135, FORD, "របារនៅល្អ មិនមានដានថ្មី។")
    life.look(32, FORD, "closed", "របារនៅដដែល។")
    life.look(2, FORD, "reopened", "របារត្រូវគេគាស់ មានដានម៉ូតូ និងរទេះថ្មីៗឆ្លងកាត់។", broken=True)
    # Ordered, and the day has passed.
    life.order(40, TRACK, "០៤២ សសរ.រតក", measures=("trench", "sign"), due_after=30)
    # Reported, and nobody has verified it yet.
    life.order(45, LANDING, "០៤៣ សសរ.រតក", measures=("barrier", "sign"), due_after=42)
    life.report(6, LANDING, "ដកស្ពានឈើ ដាក់ផ្លាកហាមឆ្លងនៅមាត់ទន្លេ។")
    # Closed long ago.
    life.order(170, FIELD, "០១៨ សសរ.បមជ", measures=("trench",), due_after=20)
    life.report(160, FIELD, "ជីកប្រឡាយបែរកាត់ផ្លូវភ្លឺស្រែ។")
    life.verify(158, FIELD, "ប្រឡាយជ្រៅ ឆ្លងមិនបាន។")
    life.look(60, FIELD, "closed", "ប្រឡាយនៅដដែល។")
    # Opened again, confirmed, and ordered closed anew.
    life.order(140, SCRUB, "០២២ សសរ.បមជ", measures=("barrier", "sign"), due_after=20)
    life.report(130, SCRUB, "ដាក់របារ និងផ្លាក។")
    life.verify(126, SCRUB, "បិទរួច។")
    life.look(20, SCRUB, "reopened", "របារបាត់ ផ្លូវត្រូវគេប្រើជាថ្មី។", broken=True)
    life.confirm(19, SCRUB, "ទៅពិនិត្យផ្ទាល់ ឃើញផ្លូវបើកវិញពិតមែន។", due_in=9)
    # The system's own round, as it would have run on those days.
    for days in (9.5, 1):
        replay.plan(now - timedelta(days=days), verbs.watch_closures)


class _Life:
    """Plans steps so many days before now; a step whose crossing this world does not have is left out."""

    def __init__(self, replay: Replay, staff: Staff, now: datetime) -> None:
        self._replay, self._staff, self._now = replay, staff, now
        self._photos: dict[str, photos.Photo] = {}

    def order(self, days: int, name: str, number: str, *, measures: tuple[str, ...], due_after: int) -> None:
        self._plan(days, partial(self._order, name, number, measures, timedelta(days=due_after)), name)

    def report(self, days: int, name: str, text: str) -> None:
        self._plan(days, partial(self._report, name, text), name)

    def verify(self, days: int, name: str, text: str) -> None:
        self._plan(days, partial(self._verify, name, text), name)

    def look(self, days: int, name: str, finding: str, text: str, *, broken: bool = False) -> None:
        self._plan(days, partial(self._look, name, finding, text, broken), name)

    def confirm(self, days: int, name: str, reason: str, *, due_in: int) -> None:
        due_on = timezone.localdate(self._now) + timedelta(days=due_in)
        self._plan(days, partial(self._confirm, name, reason, due_on), name)

    def _plan(self, days: int, act: partial[None], name: str) -> None:
        def if_found() -> None:
            if Crossing.objects.filter(name_en=name, illustrative=True).exists():
                act()

        self._replay.plan(self._now - timedelta(days=days), if_found)

    # --- the steps, at their moments --------------------------------------------------------------------------

    def _order(self, name: str, number: str, measures: tuple[str, ...], within: timedelta) -> None:
        crossing = corridor(name)
        due_on = timezone.localdate(clock.now()) + within
        text = "បិទច្រកនេះទាំងស្រុង មិនឱ្យមនុស្ស ទំនិញ និងយានយន្តឆ្លងកាត់ តាមបទបញ្ជាចុះថ្ងៃទី០៣ ខែវិច្ឆិកា ឆ្នាំ២០២៤។"
        terms = verbs.Terms(
            scope=crossing.flows, measures=measures, due_on=due_on, number=number, text=text, scan=_letter()
        )
        verbs.order_closure(actor=self._officer(crossing), crossing=crossing, terms=terms)

    def _report(self, name: str, text: str) -> None:
        order = _order_of(name)
        verbs.report_carried_out(actor=self._head(order), order=order, seen=self._seen(order, text, away_m=12))

    def _verify(self, name: str, text: str) -> None:
        order = _order_of(name)
        officer = self._officer(order.crossing)
        # Where the province had to report itself, the ministry looks.
        second = self._staff.officials["moi"] if self._head(order) == officer else officer
        verbs.verify_closure(actor=second, order=order, seen=self._seen(order, text, away_m=-9))

    def _look(self, name: str, finding: str, text: str, broken: bool) -> None:
        order = _order_of(name)
        seen = self._seen(order, text, away_m=18, picture="broken_barrier" if broken else "barrier")
        verbs.follow_up_closure(actor=self._head(order), order=order, seen=seen, finding=finding)

    def _confirm(self, name: str, reason: str, due_on: date) -> None:
        sign = ReopeningSign.objects.filter(order=_order_of(name), cause_kind="closurevisit").latest("found_at")
        verbs.confirm_reopening(actor=self._officer(sign.order.crossing), sign=sign, reason=reason, due_on=due_on)

    def _seen(self, order: ClosureOrder, text: str, *, away_m: float, picture: str = "barrier") -> verbs.Seen:
        """Somebody stands some metres north of the crossing's point."""
        if picture not in self._photos:
            self._photos[picture] = pictures.draw(picture)
        lon, lat = order.crossing.point.coords
        return verbs.Seen(
            client_key=uuid.uuid4(),
            at=clock.now(),
            point=Point(lon, lat + away_m / DEGREE_M, srid=4326),
            accuracy_m=12,
            photo=self._photos[picture],
            measures=() if picture == "broken_barrier" else order.measures,
            text=text,
        )

    def _officer(self, crossing: Crossing) -> User:
        return self._staff.officer(crossing.district.province)

    def _head(self, order: ClosureOrder) -> User:
        """The head of the responsible unit, else of the battalion above it; a province without either reports."""
        heads, province = self._staff.heads, order.crossing.district.province
        above = heads.get(f"battalion-{province.code}")
        return heads.get(order.responsible_unit.code) or above or self._staff.officer(province)


def _order_of(name: str) -> ClosureOrder:
    orders = ClosureOrder.objects.select_related("crossing__district__province", "responsible_unit")
    order: ClosureOrder = orders.filter(crossing=corridor(name)).latest("drafted_at")
    return order


def _letter() -> sealed.SealedFile:
    """A drawn page in place of the scan of a letter; it says that it is one."""
    page = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(page)
    pen.text((170, 60), "ILLUSTRATION - no real letter", fill="#1f2d3a", font=ImageFont.load_default(22))
    for height in range(140, 800, 34):
        pen.rectangle((70, height, 550 - (height * 7) % 120, height + 8), fill="#c9ced6")
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return sealed.keep_document(SimpleUploadedFile("ដីកាគំរូ-illustration.png", out.getvalue(), "image/png"))
