"""The engagement log and guidance in a real Chromium on real processes: a telephone in the field, a ministry's desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from incidents.models import Engagement, Instruction
from incidents.tests.engaging import instruct

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_a_telephone_logs_a_contact_and_answers_guidance_a_desk_gives_it(visit, ponds, mfaic, world):  # noqa: F811
    page = visit("district", viewport=PHONE)
    page.goto(f"/engagements/{ponds.ref}/new/")
    quiet(page)
    page.select_option("#id_counterpart", "vn-le-thanh-border-gate-post")
    page.locator("label.choice", has=page.locator("[name=kind][value=meeting]")).click()
    page.fill("#id_demanded", "សុំឱ្យផ្អាកការជីកស្រះ")
    page.locator("label.choice", has=page.locator("[name=result][value=goes_on]")).click()
    page.locator(".log-form button.btn-lg").click()
    # Their answer is missing: everything typed is there, the error leads to the control.
    page.wait_for_selector(".error-summary")
    assert page.input_value("#id_demanded") == "សុំឱ្យផ្អាកការជីកស្រះ"
    page.problems.clear()
    quiet(page)
    page.fill("#id_answer", "គេមិនព្រមផ្អាក")
    page.locator(".log-form button.btn-lg").click()
    page.wait_for_selector(".message-success")
    quiet(page)
    assert Engagement.objects.get().answer == "គេមិនព្រមផ្អាក"

    desk = visit("mfaic", viewport=DESKTOP)
    for address in ("/engagements/", Engagement.objects.get().get_absolute_url(), f"/guidance/{ponds.ref}/new/"):
        desk.goto(address)
        quiet(desk)
    desk.select_option("#id_to_unit", "district-1607")
    desk.fill("#id_subject", "វាស់វែងស្រះ")
    desk.fill("#id_text", "សុំវាស់វែង និងថតរូប ដោយភ្ជាប់ផែនទីយោង។")
    desk.locator(".log-form button.btn-lg").click()
    desk.wait_for_selector(".message-success")
    quiet(desk)

    row = Instruction.objects.get()
    page.goto("/guidance/")
    quiet(page)
    page.locator(".waiting a.line-ref").click()
    page.locator("#acknowledge button").click()
    page.wait_for_selector(".message-success")
    page.locator("#done > summary").click() if not page.is_visible("#done button") else None
    page.fill("#done-text", "បានវាស់រួច")
    page.locator("#done form > button").click()
    page.wait_for_selector(".message-success")
    quiet(page)
    row.refresh_from_db()
    assert row.state == "done"
    instruct(mfaic, ponds, giver=world["mfaic"], taker=world["province-16"])
    desk.goto(row.get_absolute_url())
    quiet(desk)
    desk.goto("/guidance/")
    quiet(desk)
    page.goto(ponds.get_absolute_url())
    quiet(page)
