"""A drill on a telephone, in a real Chromium on real processes: the question while filing, the marks, the report."""

import pytest

from borderwatch.tests.test_browser import PHONE, filed, fill_in, pick, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from incidents import actions
from incidents.models import Incident
from incidents.tests.drills import running
from incidents.tests.test_guidance_browser import quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_telephone_files_into_a_drill_and_its_pages_have_no_serious_fault(visit, province, world):  # noqa: F811
    drill = running(province, world)
    page = visit("district", viewport=PHONE)
    page.goto("/incidents/new/")
    page.wait_for_selector(".exercise-banner")
    quiet(page)
    fill_in(page, "ហាត់សម")
    page.locator("#filing button[type=submit]").click()
    # Nobody said whether it really happened: nothing is filed, nothing is lost.
    page.wait_for_selector("#error-summary")
    assert page.input_value("[name=text]") == "ហាត់សម"
    assert not Incident.objects.exists()
    quiet(page)
    pick(page, "exercise", str(drill.pk))
    page.locator("#filing button[type=submit]").click()
    incident = filed(page)
    assert incident.drill == drill
    assert page.is_visible(".exercise-note")
    quiet(page)
    actions.end_drill(actor=province, drill=drill)
    desk = visit("moi", viewport=PHONE)
    for address in ("/drills/", f"/drills/{drill.pk}/", f"/drills/{drill.pk}/report/", "/drills/new/", "/alerts/"):
        desk.goto(address)
        quiet(desk)
