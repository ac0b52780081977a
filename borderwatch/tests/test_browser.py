"""The main job in a real Chromium, on real processes: file on a phone, three ministries are told, one answers.

Nothing here depends on the wording of a page: names of fields, addresses and marks only.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from borderwatch.models import AuditEntry, Delivery
from borderwatch.tests.processes import wait_for
from borderwatch.tests.test_faults import INSTITUTIONS, all_told, arrived_once, receivers, stage  # noqa: F401
from incidents.actions import acknowledge, notify_head, open_case
from incidents.choices import Status
from incidents.demo.people import PASSWORD
from incidents.models import Acknowledgement, Duty, Incident
from units.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
TEXT = "មានការជីកស្រះចំនួន ៣ ក្បែរផ្លូវលំ ពីភាគីម្ខាងទៀត។"
KHMER = re.compile("[\u1780-\u17ff]")
WHAT = "neighbour_unilateral_activity:pond_or_canal"


@pytest.fixture
def site(stage):  # noqa: F811
    """gunicorn on the tests' database; a sweeper tells, with neither Redis nor a worker."""
    address = stage.web()
    stage.sweeper()
    return address


@pytest.fixture
def visit(site, new_context):
    """Open the site as a person, signed in through the form."""
    contexts = []

    def come(who, viewport=PHONE, **more):
        context = new_context(base_url=site, viewport=viewport, **more)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                page.problems.append(message.text)
                if message.type == "error" and "Security Policy" in message.text
                else None
            ),
        )
        page.goto("/accounts/login/")
        page.fill("[name=login]", who)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    yield come
    for context in contexts:
        context.close()


def fits(page):
    """Nothing to scroll sideways."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, f"{page.url} is {wide} wide on a screen of {seen}"


def pick(page, name, value):
    """Choose one of several by its name and value, opening what it is folded into."""
    choice = page.locator(f'input[name="{name}"][value="{value}"]').last
    folded = page.locator("details", has=choice)
    if folded.count() and folded.get_attribute("open") is None:
        folded.locator("summary").click()
    page.locator("label", has=choice).last.click()
    assert choice.is_checked(), f"{name}={value} was not taken"


def fill_in(page, text=TEXT):
    """The ponds case, coordinates typed in Khmer figures."""
    pick(page, "what", WHAT)
    pick(page, "source", "typed")
    page.fill("[name=position]", "១៣.៧៨៦០០, ១០៧.៤២០០០")
    pick(page, "impact", "high")
    page.fill("[name=text]", text)


def answer(page, code):
    """Go to the institution's duty and accept it."""
    page.goto(f"/inbox/{Duty.objects.get(unit__code=code).pk}/")
    pick(page, "answer", "accept")
    page.fill("[name=comment]", "កំពុងរៀបចំកំណត់ទូត")
    page.locator("#answer button[type=submit]").click()
    wait_for(lambda: Acknowledgement.objects.filter(duty__unit__code=code).exists(), saying="no answer was recorded")


def filed(page):
    page.wait_for_url("**/filed/**")
    incident = Incident.objects.latest("id")
    assert incident.ref in page.inner_text("main")
    return incident


def test_the_whole_main_job_on_a_phone_in_khmer(visit, receivers):  # noqa: F811
    page = visit("district")
    assert page.locator("html").get_attribute("lang") == "km"
    page.goto("/incidents/new/")
    fits(page)
    fill_in(page)
    # While typing it says who answers and who will be told.
    wait_for(lambda: len(page.inner_text("#foresight").strip()) > 40, saying="nothing was said while typing")
    fits(page)
    page.locator("#filing button[type=submit]").click()
    incident = filed(page)
    fits(page)
    assert (incident.text, incident.status) == (TEXT, Status.DISPATCHED)
    assert incident.point.coords == pytest.approx((107.42, 13.786))
    assert incident.responsible_unit.code == "post-1607-1"
    assert KHMER.search(page.inner_text("h1"))
    # Real mail and webhooks reach the three.
    all_told(30)
    arrived_once(receivers, incident)
    # MFAIC finds it, and answers.
    official = visit("mfaic")
    official.goto("/inbox/")
    fits(official)
    assert incident.ref in official.content()
    answer(official, "mfaic")
    assert not Delivery.objects.filter(
        bundle=f"duty:{Duty.objects.get(unit__code='mfaic').pk}", state="pending"
    ).exists()
    # The filer sees the answer, and is told of it.
    page.goto(f"/incidents/{incident.ref}/")
    fits(page)
    assert "កំពុងរៀបចំកំណត់ទូត" in page.inner_text("main")
    assert User.objects.get(username="mfaic").name_km in page.inner_text("main")
    page.goto("/notices/")
    assert incident.ref in page.inner_text("main")
    assert not page.problems + official.problems


def test_the_same_by_keyboard_alone(visit):
    """Tab, arrows, Space and Enter; no pointer and no programmatic focus."""
    page = visit("district", viewport=DESKTOP)
    page.goto("/incidents/new/")

    def focused():
        return page.evaluate(
            "(e => [e.tagName, e.name || '', e.value || '', e.innerText || '', e.type || ''])(document.activeElement)"
        )

    def tab_to(wanted, most=60):
        for _n in range(most):
            page.keyboard.press("Tab")
            if wanted(focused()):
                return
        raise AssertionError(f"Tab never came to it; last was {focused()}")

    category = (
        page.locator("details", has=page.locator(f'input[value="{WHAT}"]')).locator("summary").inner_text().strip()
    )
    tab_to(lambda f: f[0] == "SUMMARY" and f[3].strip() == category)
    page.keyboard.press("Enter")
    wait_for(lambda: focused()[1] == "what", saying="opening a category did not lead into it")
    for _n in range(30):
        if focused()[2] == WHAT and page.evaluate("document.activeElement.checked"):
            break
        page.keyboard.press("ArrowDown")
    assert focused()[2] == WHAT
    tab_to(lambda f: f[1] == "source")
    for _n in range(6):
        if focused()[2] == "typed":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    tab_to(lambda f: f[1] == "position")
    page.keyboard.type("13.786, 107.42")
    tab_to(lambda f: f[1] == "impact")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(lambda f: f[1] == "text")
    page.keyboard.type("Three ponds")
    tab_to(lambda f: f[4] == "submit" and f[0] == "BUTTON")
    page.keyboard.press("Enter")
    incident = filed(page)
    assert (incident.type, incident.text) == ("pond_or_canal", "Three ponds")
    official = visit("mfaic", viewport=DESKTOP)
    page = official
    page.goto(f"/inbox/{Duty.objects.get(unit__code='mfaic').pk}/")
    tab_to(lambda f: f[1] == "answer")
    page.keyboard.press("Space")
    tab_to(
        lambda f: f[4] == "submit" and f[0] == "BUTTON" and page.evaluate("!!document.activeElement.closest('#answer')")
    )
    page.keyboard.press("Enter")
    wait_for(lambda: Acknowledgement.objects.exists(), saying="no answer was recorded")


def test_without_javascript(visit):
    page = visit("district", java_script_enabled=False)
    page.goto("/incidents/new/")
    fill_in(page)
    page.locator("#filing button[type=submit]").click()
    incident = filed(page)
    assert incident.status == Status.DISPATCHED
    official = visit("mfaic", java_script_enabled=False)
    official.goto("/inbox/")
    assert incident.ref in official.content()
    answer(official, "mfaic")
    for address in ("/", "/incidents/", "/map/", f"/incidents/{incident.ref}/", "/units/", "/crossings/", "/notices/"):
        assert official.goto(address).status in (200, 404), address


def test_an_error_loses_nothing_and_leads_to_the_field(visit):
    page = visit("district")
    page.goto("/incidents/new/")
    fill_in(page)
    page.fill("[name=position]", "somewhere")
    page.locator("#filing button[type=submit]").click()
    page.wait_for_selector(".error-summary")
    link = page.locator(".error-summary a").first
    target = link.get_attribute("href")
    assert page.locator(target).count() == 1
    assert page.input_value("[name=text]") == TEXT
    assert page.input_value("[name=position]") == "somewhere"
    assert page.locator(f'input[value="{WHAT}"]').last.is_checked()
    assert not Incident.objects.exists()
    page.fill("[name=position]", "13.786, 107.42")
    page.locator("#filing button[type=submit]").click()
    filed(page)
    assert Incident.objects.count() == 1


def test_pressing_send_twice_and_going_back_files_one_report(visit):
    page = visit("district")
    page.goto("/incidents/new/")
    fill_in(page)
    page.locator("#filing button[type=submit]").dblclick()
    incident = filed(page)
    assert Incident.objects.count() == 1
    page.go_back()
    assert page.input_value("[name=text]") == TEXT
    assert page.locator('input[name="what"]:checked').get_attribute("value") == WHAT
    page.locator("#filing button[type=submit]").click()
    page.wait_for_url("**/filed/**")
    assert incident.ref in page.inner_text("main")
    assert AuditEntry.objects.filter(verb="file_incident").count() == Incident.objects.count() == 1


def test_two_officials_pressing_together_the_second_is_told_and_loses_nothing(visit, file):
    file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    duty = Duty.objects.get(unit__code="moi")
    page = visit("moi")
    page.goto(f"/inbox/{duty.pk}/")
    pick(page, "answer", "already_acting")
    page.fill("[name=comment]", "we are on the way")
    acknowledge(actor=User.objects.get(username="moi2"), duty=duty, answer="accept")
    page.locator("#answer button[type=submit]").click()
    page.wait_for_selector("#too-late")
    assert "we are on the way" in page.inner_text("#too-late")
    assert Acknowledgement.objects.get().by.username == "moi2"


# --- every page ------------------------------------------------------------------------------------------------

PAGES = {
    "district": ("/", "/incidents/", "/incidents/new/", "/incidents/{ref}/", "/incidents/{ref}/filed/", "/map/"),
    "mfaic": ("/inbox/", "/inbox/{duty}/", "/notices/", "/crossings/"),
    "province": ("/incidents/{ref}/", "/units/", "/units/post-1607-1/", "/cases/{case}/", "/patrols/targets/"),
    "head": (
        "/",
        "/incidents/{ref}/",
        "/cases/",
        "/patrols/coverage/S-1607-1/",
        "/cases/{case}/",
        "/reports/scorecards/",
    ),
    "keeper": ("/units/post-1607-1/heads/new/", "/units/changes/new/?by=hand", "/units/check/", "/units/bench/"),
    "auditor": ("/audit/",),
    "admin": ("/notices/failed/",),
}


@pytest.mark.parametrize("language", ["km", "en"])
def test_every_page_is_accessible_and_fits_a_phone_in_both_languages(language, visit, file):
    incident = file(
        category="neighbour_unilateral_activity", type="pond_or_canal", impact="high", place_name="Pak Nhai"
    )
    dead = Delivery.objects.filter(channel="email").first()
    Delivery.objects.filter(pk=dead.pk).update(state="dead", done_at=timezone.now())
    duty = Duty.objects.get(unit__code="mfaic").pk
    reviewer = User.objects.get(username="province")
    case = open_case(actor=reviewer, incident=incident, reason="ស្រះនៅជិតប៉ុស្តិ៍")
    notify_head(actor=reviewer, case=case)
    before = dict(User.objects.values_list("username", "language"))
    User.objects.filter(username__in=PAGES).update(language=language)
    found = {}
    try:
        for who, addresses in PAGES.items():
            page = visit(who)
            for address in addresses:
                page.goto(address.format(ref=incident.ref, duty=duty, case=case.ref))
                page.wait_for_load_state("load")
                assert page.locator("html").get_attribute("lang") == language
                assert page.locator("h1").count() == 1, f"{page.url} has not exactly one h1"
                fits(page)
                serious = [
                    (fault["id"], fault["impact"], fault["nodes"][0]["html"][:160])
                    for fault in Axe().run(page).response["violations"]
                    if fault["impact"] in ("serious", "critical")
                ]
                if serious or page.problems:
                    found[who, address] = serious, page.problems
            # The bar of a desk holds everything the person may open.
            page.set_viewport_size(DESKTOP)
            fits(page)
        # And the check does see a fault where there is one.
        page.evaluate("document.querySelector('main').append(new Image())")
        assert "image-alt" in {fault["id"] for fault in Axe().run(page).response["violations"]}
    finally:
        for username, kept in before.items():
            User.objects.filter(username=username).update(language=kept)
    assert not found, found


def test_the_filing_page_is_light(visit):
    """At most 100 kB over the wire without the map (a phone with a bad link), and a text report posts at most 5 kB."""
    page = visit("district")
    sizes = []
    page.on("requestfinished", lambda request: sizes.append((request.url, _size(request))))
    page.goto("/incidents/new/")
    page.wait_for_load_state("networkidle")
    assert sum(size for _url, size in sizes) <= 100_000, sizes
    sizes.clear()
    fill_in(page)
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.locator("#filing button[type=submit]").click()
    filed(page)
    assert len(posted.value.post_data_buffer or b"") <= 5_000


def _size(request):
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


def test_the_map_shows_what_the_list_beside_it_shows(visit, file):
    incident = file()
    page = visit("province", viewport=DESKTOP)
    with page.expect_response(lambda answer: "/layers/incidents.geojson" in answer.url) as answered:
        page.goto("/map/")
    assert [one["properties"]["ref"] for one in answered.value.json()["features"]] == [incident.ref]
    assert incident.ref in page.inner_text("main")
    assert not page.problems
