"""The pages of addresses in a real Chromium, on a phone: no fault for a screen reader, and usable without a mouse."""

import pytest

from borderwatch.tests.test_browser import PHONE, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from units.models import Endpoint
from units.tests.test_patrols_browser import quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_administrator_asks_for_a_machines_address_on_a_phone(visit):  # noqa: F811
    page = visit("admin", viewport=PHONE)
    page.goto("/endpoints/")
    quiet(page)
    page.goto("/endpoints/new/")
    quiet(page)
    page.fill("[name=unit]", "ssba")
    page.select_option("[name=channel]", "webhook")
    page.fill("[name=reason]", "letter 12")
    page.locator("main form .btn-primary").press("Enter")
    page.wait_for_selector(".error-summary")
    quiet(page)
    page.fill("[name=address]", "https://hook.ssba.example.org/in")
    page.locator("main form .btn-primary").press("Enter")
    secret = page.locator("#secret").input_value()
    quiet(page)
    assert secret == Endpoint.objects.get(address="https://hook.ssba.example.org/in").secret
    page.locator("main .btn-primary").press("Enter")
    page.wait_for_selector("#reject")
    page.locator("#reject summary").press("Enter")
    quiet(page)
    assert secret not in page.content()
