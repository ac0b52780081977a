"""A day of traffic in a real Chromium: typed on a telephone by keyboard alone, and kept when the page goes away."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from borderwatch.tests.processes import wait_for
from borderwatch.tests.test_browser import PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from crossings.models import TrafficSheet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def focused(page):
    """The name of the cell the keyboard is in."""
    return page.evaluate("document.activeElement.name || document.activeElement.className")


def tab_to(page, chosen, most=120):
    """Press Tab until the place is reached."""
    for _n in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches('{chosen}')"):
            return
    raise AssertionError(f"Tab never came to {chosen}")


def test_a_day_is_entered_on_a_telephone_by_keyboard_alone(visit, world):  # noqa: F811
    day = timezone.localdate() - timedelta(days=1)
    page = visit("district", viewport=PHONE)
    page.goto(f"/crossings/traffic/vn-o-yadav/{day}/")
    quiet(page)
    tab_to(page, '[name="in-passengers-khmer-"]')
    # Down the column with Enter, across with the arrow, up again: as in a spreadsheet.
    for figure in ("120", "៤៥", "3"):
        page.keyboard.type(figure)
        page.keyboard.press("Enter")
    assert focused(page) == "in-vehicles-motorcycle-"
    assert page.locator('[data-total="in-passengers"]').inner_text() == "168"
    page.keyboard.type("31")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "out-passengers-other-"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "out-passengers-khmer-"
    page.keyboard.type("99")
    # The page goes away before it was sent: what was typed stands there again.
    page.wait_for_timeout(500)
    page.reload()
    assert page.input_value('[name="in-passengers-neighbour-"]') == "៤៥"
    assert page.locator(".draft-note").is_visible()
    assert page.locator('[data-total="in-passengers"]').inner_text() == "168"
    tab_to(page, ".day-send")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message-success")
    into, out = TrafficSheet.objects.order_by("direction")
    assert (into.passengers, into.vehicles, into.refused) == (168, 31, None)
    assert (out.passengers, out.vehicles) == (99, None)
    # Once the server has it, the device keeps nothing.
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('traffic:')).length") == 0
    quiet(page)


def test_a_draft_of_an_older_version_is_offered_and_not_laid_over(visit, world, province):  # noqa: F811
    from crossings import actions
    from crossings.counts import Line
    from crossings.models import Crossing

    day = timezone.localdate() - timedelta(days=1)
    page = visit("district", viewport=PHONE)
    page.goto(f"/crossings/traffic/vn-o-yadav/{day}/")
    page.fill('[name="in-passengers-khmer-"]', "500")
    page.wait_for_timeout(500)
    actions.record_sheet(
        actor=province, crossing=Crossing.objects.get(slug="vn-o-yadav"), day=day, direction="in",
        observed_minutes=720, method="counted", observer="Other",
        lines=[Line("passengers", nationality="khmer", number=7)],
    )  # fmt: skip
    page.reload()
    assert page.input_value('[name="in-passengers-khmer-"]') == "7"
    page.locator("[data-take]").click()
    assert page.input_value('[name="in-passengers-khmer-"]') == "500"
    page.locator("[data-discard]").click()
    wait_for(lambda: page.input_value('[name="in-passengers-khmer-"]') == "7", saying="the draft was not discarded")
