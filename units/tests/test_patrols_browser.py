"""A patrol in a real Chromium, on real processes: drawn by keyboard, uploaded from a phone, shown on the map."""

import uuid
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch import clock
from borderwatch.tests.processes import wait_for
from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from units import actions
from units.models import Observation, Track
from units.tests.walks import gpx

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def patrol(head, world):
    """One of the head's post, under way for an hour and a half."""
    now, post = clock.now(), world["post-1607-1"]
    planned = actions.plan_patrol(
        actor=head, client_key=uuid.uuid4(), unit=post, leader_name="Leader", strength=4,
        sector_code=post.sectors.at(now).get().code,
        planned_from=now - timedelta(hours=2), planned_to=now + timedelta(hours=2),
    ).patrol  # fmt: skip
    return actions.start_patrol(actor=head, patrol=planned, at=now - timedelta(minutes=90))


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_a_phone_uploads_its_track_and_sees_it_on_the_map(visit, patrol):  # noqa: F811
    page = visit("head", viewport=PHONE)
    for address in ("/patrols/", "/patrols/new/", f"/patrols/{patrol.pk}/"):
        page.goto(address)
        quiet(page)
    page.locator("#upload summary").click()
    walk = gpx(patrol.started_at).read()
    page.set_input_files("#upload-upload", {"name": "walk.gpx", "mimeType": "application/gpx+xml", "buffer": walk})
    page.locator("#upload form button").click()
    page.wait_for_selector(".message-success")
    assert Track.objects.get().original_name == "walk.gpx"
    page.locator("[data-patrol]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-patrol] canvas")
    quiet(page)


def test_a_line_and_a_place_are_set_by_keyboard_alone(visit, patrol):  # noqa: F811
    page = visit("head", viewport=DESKTOP)
    page.goto(f"/patrols/{patrol.pk}/")

    def tab_to(chosen, most=80):
        for _n in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches('{chosen}')"):
                return
        raise AssertionError(f"Tab never came to {chosen}")

    def open_map(part):
        tab_to(f"#{part} > summary")
        page.keyboard.press("Enter")
        tab_to(f"#{part} [data-draw-open]")
        page.keyboard.press("Enter")
        # The map takes the focus when it is there.
        wait_for(
            lambda: page.evaluate("document.activeElement.matches('.maplibregl-canvas')"),
            saying="the map did not take the focus",
        )

    open_map("draw")
    for n in range(1, 4):
        page.keyboard.press("Enter")
        wait_for(lambda n=n: len(page.input_value("#draw-drawn").split("\n")) == n, saying="no place was added")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(600)
    page.keyboard.press("Backspace")
    assert len(page.input_value("#draw-drawn").split("\n")) == 2
    tab_to("#draw form > button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message-success")
    assert Track.objects.get().source == "drawn"
    open_map("observe")
    page.keyboard.press("Enter")
    wait_for(lambda: page.input_value("#observe-point"), saying="no place was set")
    tab_to("#observe form > button")
    page.keyboard.press("Enter")
    # Without a word it comes back, at the error, with the place.
    page.wait_for_selector("#observe .error-summary:focus")
    assert page.input_value("#observe-point")
    page.fill("#observe-text", "A new path")
    page.locator("#observe form > button").press("Enter")
    page.wait_for_selector(".message-success")
    assert Observation.objects.get().text == "A new path"
    assert not page.problems
