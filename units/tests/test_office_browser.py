"""The pages of my office in a real browser: they fit a phone and hold no fault a screen reader would stumble over."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

PHONE, DESKTOP = (390, 844), (1280, 800)
PAGES = (
    "/office/", "/office/reach/", "/office/stand-ins/", "/office/stand-ins/new/", "/office/calendar/",
    "/office/calendar/province-16/", "/office/calendar/province-16/hours/", "/office/calendar/province-16/days/new/",
)  # fmt: skip


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_every_page_fits_and_is_sound(live_server: Any, page: Any, context: Any, keeper: Any, signed_in: Any, size):
    cookie = signed_in(keeper).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for address in PAGES:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], address
        found = Axe().run(page).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")
        ]
        assert not serious, address
