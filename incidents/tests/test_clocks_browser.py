"""Clocks on a phone in a real Chromium: an institution asks back, the district gives it, reminders are put off."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.tests.test_browser import PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from incidents.models import Duty, InformationRequest, Snooze

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser, nothing too wide."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_a_question_goes_to_the_district_and_back(visit, ponds):  # noqa: F811
    duty = Duty.objects.get(unit__code="mfaic")
    page = visit("mfaic", viewport=PHONE)
    page.goto(f"/inbox/{duty.pk}/")
    quiet(page)
    page.locator('input[name="answer"][value="need_information"]').check()
    page.fill('textarea[name="comment"]', "How many ponds?")
    page.locator("#answer button").click()
    page.wait_for_selector(".message-success")
    page.goto("/inbox/?tab=paused")
    assert page.locator(f'[data-duty="{duty.pk}"]').count() == 1
    quiet(page)
    asked = InformationRequest.objects.get()
    other = visit("district", viewport=PHONE)
    other.goto("/")
    other.locator(f'a[href="/clocks/requests/{asked.pk}/"]').first.click()
    other.wait_for_selector('textarea[name="answer"]')
    quiet(other)
    other.fill('textarea[name="answer"]', "Three.")
    other.locator("form.panel button").click()
    other.wait_for_selector(".message-success")
    page.goto(f"/clocks/duty/{duty.pk}/")
    assert "Three." in page.content()
    quiet(page)
    page.locator("#put-off summary").click()
    page.fill('input[name="until"]', "nonsense")
    page.fill('textarea[name="reason"]', "Abroad")
    page.locator("#put-off button").click()
    page.wait_for_selector(".error-summary")
    assert page.input_value('textarea[name="reason"]') == "Abroad"
    quiet(page)
    assert not Snooze.objects.exists()
