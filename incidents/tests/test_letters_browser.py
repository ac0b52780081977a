"""Letters in a real Chromium: drafted, numbered, signed and verified; at a desk and on a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from incidents import actions
from incidents.choices_answers import LetterKind, LetterState
from incidents.models import Letter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(world, ponds, province):
    """The province's report of the ponds."""
    office = world["province-16"]
    return actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds)


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def test_a_letter_is_numbered_signed_and_verified(visit, draft):  # noqa: F811
    page = visit("province", viewport=DESKTOP)
    for address in ("/register/", draft.get_absolute_url(), f"{draft.get_absolute_url()}edit/", "/register/receive/"):
        page.goto(address)
        quiet(page)
    page.goto(draft.get_absolute_url())
    # The paper stands in its own faces, and the draft's mark lies over it.
    page.wait_for_function("document.fonts.check('16px Moul', 'ព') && document.fonts.check('16px Battambang', 'ព')")
    assert page.locator(".sheet .watermark").is_visible()
    for name, button in (("number", "#number form > button"), ("sign", "#sign form > button")):
        page.locator(f"#{name} > summary").click()
        page.locator(button).click()
        page.wait_for_selector(".message-success")
    letter = Letter.objects.get()
    assert letter.state == LetterState.SIGNED
    assert not page.locator(".sheet .watermark").count()
    page.goto(f"/verify/{letter.check_code}/")
    assert letter.number_text in page.content()
    quiet(page)
    phone = visit("province", viewport=PHONE)
    for address in ("/register/", letter.get_absolute_url(), f"/verify/{letter.check_code}/"):
        phone.goto(address)
        quiet(phone)
