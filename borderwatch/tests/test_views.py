"""Pages of the kernel: my notices, failed notices, the audit, figures for the machine."""

from typing import Any

import pytest
from django.utils import timezone

from borderwatch import pages
from borderwatch.models import AuditEntry, Delivery


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


def test_my_notices_are_mine_and_unread_until_i_open_them(signed_in: Any, ponds: Any, mfaic: Any, ssba: Any) -> None:
    browser = signed_in(mfaic)
    answer = browser.get("/notices/")
    [line] = answer.context["lines"]
    assert ponds.ref in line.text.subject + line.text.body
    there = f"/notices/{line.notice.pk}/"
    assert browser.get(there).status_code == 405
    assert signed_in(ssba).post(there).status_code == 404
    opened = browser.post(there)
    assert opened["Location"] == f"/incidents/{ponds.ref}/"
    row = Delivery.objects.get(pk=line.notice.pk)
    assert row.opened_at is not None
    browser.post(there)
    assert Delivery.objects.get(pk=row.pk).opened_at == row.opened_at
    assert "notice-new" not in browser.get("/notices/").content.decode()


def test_planned_notices_are_not_shown_before_their_time(signed_in: Any, ponds: Any, mfaic: Any) -> None:
    mine = Delivery.objects.filter(user=mfaic, channel="inapp")
    assert mine.count() > 1
    assert len(signed_in(mfaic).get("/notices/").context["lines"]) == 1


def test_without_notices_the_page_says_so(signed_in: Any, outsider: Any) -> None:
    assert "You have not been told anything yet" in signed_in(outsider).get("/notices/").content.decode()


@pytest.fixture
def dead(ponds: Any, mfaic: Any) -> Delivery:
    """A notice nobody could hand over."""
    row = Delivery.objects.filter(topic="duty_opened").first()
    assert row is not None
    Delivery.objects.filter(pk=row.pk).update(
        state=Delivery.State.DEAD, done_at=timezone.now(), state_reason="connection refused", attempts=29
    )
    return row


def test_failed_notices_are_for_staff_and_show_no_content(
    signed_in: Any, dead: Delivery, admin: Any, province: Any, client: Any
) -> None:
    text = signed_in(admin).get("/notices/failed/").content.decode()
    assert "connection refused" in text
    assert str(dead.pk) in text
    assert "pond_or_canal" not in text
    assert signed_in(province).get("/notices/failed/").status_code == 403
    assert signed_in(province).post(f"/notices/failed/{dead.pk}/", {"reason": "x"}).status_code == 403
    assert client.get("/notices/failed/").status_code == 302


def test_staff_sends_a_failed_notice_again(
    signed_in: Any, dead: Delivery, admin: Any, audited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, there = signed_in(admin), f"/notices/failed/{dead.pk}/"
    browser.post(there, {"reason": " "})
    dead.refresh_from_db()
    assert dead.state == Delivery.State.DEAD
    answer = browser.post(there, {"reason": "The address was mended"}, follow=True)
    assert "on its way again" in answer.content.decode()
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (Delivery.State.PENDING, 0)
    assert audited("replay_notice").reason == "The address was mended"
    answer = browser.post(there, {"reason": "Once more"}, follow=True)
    assert "no longer among the failed ones" in answer.content.decode()


def test_the_audit_is_for_auditors(
    signed_in: Any, ponds: Any, auditor: Any, admin: Any, province: Any, moi: Any, client: Any
) -> None:
    answer = signed_in(auditor).get("/audit/")
    assert ponds.ref in answer.content.decode()
    for person in (admin, province, moi):
        assert signed_in(person).get("/audit/").status_code == 403
    assert client.get("/audit/").status_code == 302


def test_the_audit_is_searched_by_object_verb_and_person(
    signed_in: Any, ponds: Any, file: Any, auditor: Any, district: Any
) -> None:
    other, browser = file(), signed_in(auditor)

    def found(**asked: str) -> set[str]:
        return {entry.key for entry in browser.get("/audit/", asked).context["page"]}

    assert found(object=other.ref.lower()) == {other.ref}
    assert found(verb="file_incident", person="district") == {ponds.ref, other.ref}
    assert found(verb="nothing") == set()
    assert found(person="nobody") == set()


def test_the_audit_is_read_page_by_page_in_few_queries(
    signed_in: Any, file: Any, auditor: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(pages, "SIZE", 2)
    for _ in range(4):
        file()
    browser, seen, query = signed_in(auditor), [], "?verb=file_incident"
    while query:
        with django_assert_max_num_queries(8):
            page = browser.get("/audit/" + query).context["page"]
        seen += [entry.pk for entry in page]
        query = page.older
    assert seen == list(AuditEntry.objects.filter(verb="file_incident").values_list("pk", flat=True))


def test_figures_are_for_the_machine_itself_and_staff(client: Any, signed_in: Any, province: Any, admin: Any) -> None:
    assert client.get("/metrics").status_code == 200
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", **far).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert signed_in(province).get("/metrics", **far).status_code == 403
    assert signed_in(admin).get("/metrics", **far).status_code == 200
