"""Closing in a real Chromium on real processes: the head reports from his telephone, the board shows its map."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from crossings.models import ClosureOrder, ClosureVisit
from crossings.tests import closing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order(world, province, head, moi):
    """An order to the head's post, just issued."""
    return closing.Closing(closing.corridor(), province=province, head=head, moi=moi).issue()


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_a_telephone_reports_a_closing_and_a_desk_sees_it(visit, order):  # noqa: F811
    lon, lat = closing.PLACE
    here = {"latitude": lat + 0.0003, "longitude": lon, "accuracy": 12}
    page = visit("head", viewport=PHONE, geolocation=here, permissions=["geolocation"])
    page.goto(f"/crossings/closures/{order.pk}/")
    page.locator(".to-acts").click()
    page.locator("#report [data-point-here]").click()
    page.wait_for_function("document.getElementById('report-point').value")
    assert page.input_value("#report-accuracy_m") == "12"
    page.locator("#report form > button").click()
    # Without a photo it comes back at the error, with the place.
    page.wait_for_selector("#report .error-summary:focus")
    assert page.input_value("#report-point")
    photo = {"name": "closed.jpg", "mimeType": "image/jpeg", "buffer": closing.picture()}
    page.set_input_files("#report-photo", photo)
    page.locator("#report label.choice", has=page.locator("[value=barrier]")).click()
    # What answered with 422 is told by the console too; it is meant.
    page.problems.clear()
    page.locator("#report form > button").click()
    page.wait_for_selector(".message-success")
    assert ClosureVisit.objects.get().distance_m == pytest.approx(33, abs=3)
    assert ClosureOrder.objects.get().state == "carried_out"
    quiet(page)
    desk = visit("province", viewport=DESKTOP)
    for address in ("/crossings/closures/", "/crossings/closures/orders/", f"/crossings/closures/{order.pk}/"):
        desk.goto(address)
        quiet(desk)
    # A day and a reason are asked for only of what goes back to the unit.
    assert not desk.is_visible("#verify-due_on")
    desk.locator("#verify label.choice", has=desk.locator("[value=passable]")).click()
    assert desk.is_visible("#verify-due_on")
    desk.locator("[data-closure]").scroll_into_view_if_needed()
    desk.wait_for_selector("[data-closure] canvas")
    desk.goto("/crossings/closures/")
    desk.locator("[data-closures]").scroll_into_view_if_needed()
    desk.wait_for_selector("[data-closures] canvas")
