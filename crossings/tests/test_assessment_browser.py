"""The long form in a real Chromium, on real processes: it saves by itself, survives a dead line, needs no mouse."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from borderwatch.models import AuditEntry
from borderwatch.tests.processes import wait_for
from borderwatch.tests.test_browser import DESKTOP, PHONE, fits, site, visit  # noqa: F401
from borderwatch.tests.test_faults import receivers, stage  # noqa: F401
from crossings import actions
from crossings.models import Assessment, Crossing
from crossings.tests.assessing import complete, draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATE, PROBLEM = "#save-state", "#save-problem"


@pytest.fixture
def begun(district, world):
    """A draft of the district's, of O Yadav, nothing filled in."""
    return draft(district, Crossing.objects.get(slug="vn-o-yadav"), world["district-1607"])


def address(row, step=""):
    return f"/crossings/assessments/{row.pk}/{step}/" if step else f"/crossings/assessments/{row.pk}/"


def quiet(page):
    """No fault a person with a screen reader would stumble over, nothing refused by the browser."""
    fits(page)
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in ("serious", "critical")]
    assert not page.problems


def stored(page):
    """What the device holds of unsaved steps."""
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('borderwatch-assessment-'))")


def now(row):
    return Assessment.objects.get(pk=row.pk)


def test_the_form_saves_by_itself_and_a_dead_line_loses_nothing(visit, begun):  # noqa: F811
    page = visit("district", viewport=PHONE)
    page.goto(address(begun, "people"))
    quiet(page)
    page.fill("[name=population]", "២៤០០")
    page.wait_for_selector(f"{STATE}[data-state=saved]")
    assert re.search(r"\d\d:\d\d", page.inner_text(STATE))
    assert (now(begun).population, stored(page)) == (2400, [])

    page.context.set_offline(True)
    page.fill("[name=villages]", "ភូមិប៉ក់ញ៉ៃ")
    wait_for(lambda: page.inner_text(PROBLEM), saying="nothing was said about the dead line")
    assert len(stored(page)) == 1
    page.context.set_offline(False)
    # The browser says that the line is back, and the form tries again at once.
    page.wait_for_selector(f"{STATE}[data-state=saved]")
    assert (now(begun).villages, now(begun).steps_done, stored(page)) == ("ភូមិប៉ក់ញ៉ៃ", ["people"], [])
    assert page.inner_text(PROBLEM) == ""
    assert page.locator(".steps-list a[data-step=people].step-done").count() == 1
    assert AuditEntry.objects.filter(verb="save_step").count() == 1


def test_what_was_typed_without_a_line_is_offered_when_one_comes_back(visit, begun):  # noqa: F811
    page = visit("district", viewport=PHONE)
    page.goto(address(begun, "people"))
    # A dead line as this page meets it, also while it is being left; the next page has a living one.
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no line')); }")
    page.fill("[name=population]", "777")
    wait_for(lambda: page.inner_text(PROBLEM), saying="nothing was said about the dead line")
    # The window is left in haste and opened again.
    page.goto(address(begun, "trade"))
    assert now(begun).population is None
    page.goto(address(begun, "people"))
    assert page.input_value("[name=population]") == ""
    page.locator("#kept-back").click()
    assert page.input_value("[name=population]") == "777"
    page.wait_for_selector(f"{STATE}[data-state=saved]")
    assert (now(begun).population, stored(page)) == (777, [])
    assert not page.locator("#kept-here").is_visible()


def test_leaving_in_haste_sends_what_was_typed_and_nothing_is_offered_again(visit, begun):  # noqa: F811
    page = visit("district", viewport=PHONE)
    page.goto(address(begun, "people"))
    page.fill("[name=population]", "១២៣")
    page.locator(".steps-list a[data-step=trade]").click()
    page.wait_for_url(f"**{address(begun, 'trade')}")
    wait_for(lambda: now(begun).population == 123, saying="what was typed last did not arrive")
    page.goto(address(begun, "people"))
    assert (page.input_value("[name=population]"), stored(page)) == ("123", [])
    assert not page.locator("#kept-here").is_visible()


def test_somebody_else_saved_meanwhile_and_both_values_are_shown(visit, begun, province):  # noqa: F811
    page = visit("district", viewport=DESKTOP)
    page.goto(address(begun, "people"))
    actions.save_step(actor=province, assessment=begun, step="people", revision=0, content={"population": 900})
    page.fill("[name=population]", "700")
    wait_for(lambda: province.record_name in page.inner_text(PROBLEM), saying="the conflict was not told")
    assert now(begun).population == 900
    page.locator("button[name=go][value=stay]").click()
    page.wait_for_selector(".error-summary")
    quiet(page)
    text = page.inner_text(".error-summary")
    assert "700" in text
    assert "900" in text
    assert page.input_value("[name=population]") == "700"
    page.locator("button[name=go][value=stay]").click()
    page.wait_for_selector(".message-success")
    assert (now(begun).population, stored(page)) == (700, [])


def test_a_step_is_filled_in_and_left_by_keyboard_alone(visit, begun):  # noqa: F811
    page = visit("district", viewport=DESKTOP)
    page.goto(address(begun, "visit"))

    def tab_to(chosen, most=60):
        for _n in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches('{chosen}')"):
                return
        raise AssertionError(f"Tab never came to {chosen}")

    tab_to("[name=visited_on]")
    page.keyboard.type("២៥/១១/២០២៤")
    tab_to("[name=visitors]")
    page.keyboard.type("Chief of the district")
    tab_to("button[name=go]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address(begun, 'people')}")
    assert (now(begun).steps_done, stored(page)) == (["visit"], [])
    # On to a choice from a list.
    page.goto(address(begun, "security"))
    tab_to("[name=security_risk]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to("button[name=go]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address(begun, 'other_side')}")
    assert now(begun).security_risk == 1


def test_pages_of_assessments_fit_a_phone_and_stumble_nobody(visit, district, moi, world, begun):  # noqa: F811
    gate, unit = Crossing.objects.get(slug="vn-o-yadav"), world["district-1607"]
    rows = [complete(district, gate, unit), complete(district, gate, unit, population=3100)]
    page = visit("moi", viewport=PHONE)
    compared = "&".join(f"a={row.pk}" for row in (*rows, begun))
    for path in (
        "/crossings/assessments/",
        address(rows[0]),
        f"/crossings/assessments/compare/?{compared}",
        "/crossings/assessments/weights/?w_security=60",
    ):
        page.goto(path)
        quiet(page)
