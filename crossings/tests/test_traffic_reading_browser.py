"""Charts of traffic in a real Chromium: on a phone and a desk, by keyboard, in both languages."""

from datetime import timedelta

import pytest

from borderwatch.tests.test_browser import DESKTOP, PHONE, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from crossings import actions, traffic
from crossings.counts import Given, Line
from crossings.models import Crossing, TrafficOutlier
from units.models import User
from units.tests.test_patrols_browser import quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def counted(province):
    """Twelve weeks of O Yadav into the country, every seventh day missing, and one wild day; by the verb."""
    gate = Crossing.objects.select_related("district__province", "responsible_unit").get(slug="vn-o-yadav")
    today = traffic.today()
    given = [
        Given(
            gate, today - timedelta(days=n), "in", 720, "counted", "Sok",
            (Line("passengers", nationality="khmer", number=400 if n == 3 else 0 if n == 9 else 40 + n % 5),),
        )
        for n in range(84, 0, -1)
        if n % 7 != 5
    ]  # fmt: skip
    actions.record_sheets(actor=province, given=given)
    return gate


@pytest.mark.parametrize("language", ["km", "en"])
def test_charts_fit_are_reached_by_keyboard_and_say_what_a_gap_is(language, visit, counted):  # noqa: F811
    User.objects.filter(username="province").update(language=language)
    outlier = TrafficOutlier.objects.get(why="high")
    try:
        for viewport in (PHONE, DESKTOP):
            page = visit("province", viewport=viewport)
            for address in (
                "/crossings/traffic/",
                "/crossings/traffic/vn-o-yadav/",
                "/crossings/traffic/compare/?c=vn-o-yadav&by=week",
                "/crossings/traffic/outliers/",
                f"/crossings/traffic/outliers/{outlier.pk}/",
                "/crossings/vn-o-yadav/",
            ):
                page.goto(address)
                quiet(page)
            page.goto("/crossings/traffic/vn-o-yadav/")
            plot = page.locator(".chart-plot")
            assert plot.locator(".gap.in").count() == 12 + 1
            assert plot.locator(".zero.in").count() == 1
            assert plot.locator(".sign").count() >= 1
            box = page.locator(".chart-scroll")
            box.focus()
            before = box.evaluate("box => box.scrollLeft")
            if viewport == PHONE:
                # The newest days are in sight; the arrow goes back in time.
                page.keyboard.press("ArrowLeft")
                page.wait_for_function("b => document.querySelector('.chart-scroll').scrollLeft < b", arg=before)
    finally:
        User.objects.filter(username="province").update(language="km")
