"""The register of crossings in a real Chromium: a map that follows its list, a perimeter drawn by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.tests.processes import wait_for
from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_every_page_is_quiet_on_a_phone(visit, keeper):  # noqa: F811
    page = visit("keeper", viewport=PHONE)
    for part in ("", "contradictions/", "new/", "vn-o-yadav/", "vn-o-yadav/edit/", "vn-o-yadav/classify/"):
        page.goto(f"/crossings/{part}")
        quiet(page)


def test_the_map_of_the_list_shows_what_the_filters_leave(visit, province):  # noqa: F811
    page = visit("province", viewport=DESKTOP)
    with page.expect_request(lambda one: "layers/crossings" in one.url):
        page.goto("/crossings/")
    page.wait_for_selector("[data-gates] canvas")
    page.locator(".filter-more summary").click()
    with page.expect_request(lambda one: "layers/crossings" in one.url and "province=16" in one.url):
        page.select_option("select[name=province]", "16")
    assert page.locator(".gates tbody tr").count() == 1
    with page.expect_request(lambda one: "layers/crossings" in one.url and "at=" in one.url):
        page.fill("input[name=at]", "12/12/2025")
        page.press("input[name=at]", "Enter")
    assert page.locator(".moment-note").is_visible()


def test_a_perimeter_is_drawn_by_keyboard_alone(visit, keeper):  # noqa: F811
    page = visit("keeper", viewport=DESKTOP)
    page.goto("/crossings/vn-o-yadav/edit/")
    box = page.locator("[data-perimeter]")
    box.locator("[data-draw-open]").focus()
    page.keyboard.press("Enter")
    # The map takes the focus when it is there.
    wait_for(
        lambda: page.evaluate("document.activeElement.matches('[data-perimeter] .maplibregl-canvas')"),
        saying="the map did not take the focus",
    )
    field = "#id_perimeter"
    for n, key in enumerate(("ArrowRight", "ArrowUp", "ArrowLeft"), start=1):
        page.keyboard.press("Enter")
        wait_for(lambda n=n: len(page.input_value(field).split("\n")) == n, saying="no corner was added")
        page.keyboard.press(key)
        page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    assert len(page.input_value(field).split("\n")) == 3
    assert "3" in box.locator("[data-draw-state]").inner_text()
