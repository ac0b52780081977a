"""The link over the wire and in a browser: out of a real mail, by presses at the same time, without any script."""

import threading
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client

from borderwatch import outbox
from borderwatch.models import ActionLink, AuditEntry, Delivery
from borderwatch.tests.test_transports import smtp  # noqa: F401
from incidents.models import Acknowledgement
from incidents.tests.answering import address, desk_mail, duty_of, left, mail_to

committed = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


def test_the_link_arrives_in_a_mail_and_works_from_there(ponds, smtp):  # noqa: F811
    duty = duty_of("mfaic")
    link = desk_mail(duty, address="desk@mfaic.example", language="km")
    before = outbox.deliver(str(link.delivery_id), by="test")
    assert before == Delivery.State.DELIVERED
    (got,) = smtp.messages
    body = got.message.get_content()
    (line,) = [line for line in body.splitlines() if "/answer/" in line]
    there = urlsplit(line.strip()).path
    assert there == address(link)
    assert ponds.text not in body
    assert body.isascii() is False
    client = Client()
    assert client.get(there).status_code == 200
    said = {"answer": "accept", "name": "សុខ ដារ៉ា", "office": "ផ្នែកព្រំដែន"}
    assert client.post(there, said).status_code == 303
    assert Acknowledgement.objects.get().by_name.startswith("សុខ ដារ៉ា, ផ្នែកព្រំដែន, ")
    # A repeat of the mail carries the same address, and it shows the receipt.
    link.refresh_from_db()
    assert link.receipt in client.get(there).content.decode()


def at_once(*presses):
    """Do all of them in threads of their own, started together; what they answered."""
    ready, answers = threading.Barrier(len(presses)), []

    def run(press):
        try:
            ready.wait(10)
            answers.append(press())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(press,)) for press in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@committed
def test_presses_at_the_same_time_make_one_acknowledgement(ponds, mfaic, settings):
    settings.LINK_ACTS_PER_MINUTE = 100
    there = address(left(mail_to(mfaic, duty_of("mfaic"))))
    answers = at_once(*[lambda: Client().post(there, {"answer": "accept"})] * 6)
    assert len(answers) == 6
    assert {answer.status_code for answer in answers} <= {303, 200}
    assert Acknowledgement.objects.filter(duty=duty_of("mfaic")).count() == 1
    assert AuditEntry.objects.filter(verb="answer_by_link").count() == 1
    assert AuditEntry.objects.filter(verb="acknowledge").count() == 1


@committed
def test_two_receivers_pressing_together_make_one_acknowledgement(ponds, mfaic):
    duty = duty_of("mfaic")
    mine, theirs = left(mail_to(mfaic, duty)), left(desk_mail(duty))
    said = {"answer": "already_acting", "name": "Sok Dara", "office": "Desk"}
    answers = at_once(
        lambda: Client().post(address(mine), {"answer": "accept"}), lambda: Client().post(address(theirs), said)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    row = Acknowledgement.objects.get(duty=duty)
    used = ActionLink.objects.get(used_at__isnull=False)
    assert row.link == used
    late = next(answer for answer in answers if answer.status_code == 409)
    assert row.by_name in late.content.decode()


@committed
def test_closing_a_link_and_pressing_it_end_in_one_of_both(ponds, mfaic):
    from borderwatch.actions import revoke_link

    link = left(mail_to(mfaic, duty_of("mfaic")))

    def close():
        try:
            return revoke_link(actor=mfaic, link=link, reason="x")
        except Exception as error:
            return error

    at_once(close, lambda: Client().post(address(link), {"answer": "accept"}))
    link.refresh_from_db()
    assert (link.used_at is None) != (link.revoked_at is None)
    assert Acknowledgement.objects.count() == (1 if link.used_at else 0)


# --- in a browser without script ------------------------------------------------------------------------------


@pytest.fixture
def phone(live_server, new_context):
    """A phone that runs no script."""
    context = new_context(base_url=live_server.url, viewport=PHONE, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.mark.browser
@committed
def test_it_is_answered_on_a_phone_without_script_session_or_cookie(ponds, phone, new_context, live_server):
    link = desk_mail(duty_of("mfaic"), language="km")
    there = address(left(link))
    page = phone.new_page()
    page.goto(there)
    assert page.locator("html").get_attribute("lang") == "km"
    page.locator("label", has=page.locator('input[value="accept"]')).click()
    # Name and office are still missing: it comes back with what was chosen.
    page.locator("form button[type=submit]").click()
    assert page.locator(".error-summary").is_visible()
    assert page.locator('input[value="accept"]').is_checked()
    page.fill("[name=name]", "សុខ ដារ៉ា")
    page.fill("[name=office]", "ផ្នែកព្រំដែន")
    _sound(new_context, live_server.url, there)
    page.locator("form button[type=submit]").click()
    page.wait_for_load_state()
    link.refresh_from_db()
    assert link.receipt
    assert link.receipt in page.inner_text("main")
    assert phone.cookies() == []
    page.locator("a[hreflang=en]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert link.receipt in page.inner_text("main")
    assert phone.cookies() == []
    _sound(new_context, live_server.url, there)
    assert Acknowledgement.objects.get().by is None


def _sound(new_context, site, there):
    """Axe finds no serious fault, nothing is wider than the screen, and every control can be hit with a thumb."""
    context = new_context(base_url=site, viewport=PHONE)
    page = context.new_page()
    page.goto(there)
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert not found, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen
    small = page.evaluate(
        "[...document.querySelectorAll('main :is(button, input:not([type=radio]), textarea), .answer-languages a')]"
        ".filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"
    )
    assert not small
    context.close()
