"""Pages of clocks: the reckoning of a duty, reminders put off, information asked of a unit; and the heap for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from borderwatch import clock
from borderwatch.models import AuditEntry
from incidents import actions
from incidents.clocks.desk import waiting_for
from incidents.models import Duty, InformationRequest, Snooze


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def owed(ponds: Any) -> Duty:
    """What MFAIC owes on the ponds."""
    return Duty.objects.get(unit__code="mfaic")


@pytest.fixture
def asked(owed: Duty, mfaic: Any) -> InformationRequest:
    """MFAIC asks back."""
    actions.acknowledge(actor=mfaic, duty=owed, answer="need_information", comment="How many ponds?")
    return InformationRequest.objects.get()


def of(duty: Duty) -> str:
    return f"/clocks/duty/{duty.pk}/"


def page_of(request: InformationRequest) -> str:
    return f"/clocks/requests/{request.pk}/"


# --- the clock of a duty --------------------------------------------------------------------------------------


def test_the_page_says_why_it_is_due_then_and_who_is_told_when(signed_in: Any, owed: Duty, mfaic: Any) -> None:
    text = signed_in(mfaic).get(of(owed)).content.decode()
    assert "every hour counts" in text
    assert "2 h have counted: it is due" in text
    for words in ("duty desk", "deputy", "head of the institution"):
        assert words in text
    assert "that step falls away" in text


def test_who_sees_the_clock(signed_in: Any, owed: Duty, request: Any, client: Any, untouched: Any) -> None:
    with untouched():
        for name in ("district", "province", "head", "moi", "ssba", "auditor", "keeper", "mfaic"):
            assert signed_in(request.getfixturevalue(name)).get(of(owed)).status_code == 200, name
        for name in ("province2", "outsider", "former_head", "admin"):
            assert signed_in(request.getfixturevalue(name)).get(of(owed)).status_code == 404, name
    assert client.get(of(owed)).status_code == 302


def test_reminders_are_put_off_on_the_page_with_khmer_figures_too(signed_in: Any, owed: Duty, mfaic: Any) -> None:
    until = timezone.localtime() + timedelta(minutes=90)
    typed = f"{until:%d/%m/%Y %H:%M}".translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    answer = signed_in(mfaic).post(of(owed) + "put-off/", {"until": typed, "reason": "The minister is abroad."})
    assert answer.status_code == 302
    row = Snooze.objects.get()
    assert row.until == until.replace(second=0, microsecond=0)
    text = signed_in(mfaic).get(of(owed)).content.decode()
    assert "The minister is abroad." in text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"until": "", "reason": "kept words"}, "Give the time until which reminders are put off."),
        ({"until": "soon", "reason": "kept words"}, "Write the time as 25/12/2026 14:00."),
        ({"until": "01/01/2020 10:00", "reason": "kept words"}, "This time lies in the past."),
        ({"until": "01/01/2099 10:00", "reason": "kept words"}, "At most until the answer is due"),
    ],
)
def test_a_refused_putting_off_keeps_what_was_typed(
    signed_in: Any, owed: Duty, mfaic: Any, sent: dict[str, str], words: str, untouched: Any
) -> None:
    with untouched():
        answer = signed_in(mfaic).post(of(owed) + "put-off/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "kept words" in answer.content.decode()


def test_others_see_no_form_and_are_refused(signed_in: Any, owed: Duty, moi: Any, untouched: Any) -> None:
    browser = signed_in(moi)
    assert b'id="put-off"' not in browser.get(of(owed)).content
    with untouched():
        assert browser.post(of(owed) + "put-off/", {"until": "x", "reason": "x"}).status_code == 403
        assert browser.get(of(owed) + "put-off/").status_code == 405


def test_an_overdue_duty_offers_no_putting_off(signed_in: Any, owed: Duty, mfaic: Any) -> None:
    with clock.replaying(owed.due_at + timedelta(minutes=1)):
        assert b'id="put-off"' not in signed_in(mfaic).get(of(owed)).content


# --- information asked for ------------------------------------------------------------------------------------


def test_the_information_is_given_on_its_page(
    signed_in: Any, asked: InformationRequest, district: Any, mfaic: Any
) -> None:
    text = signed_in(district).get(page_of(asked)).content.decode()
    assert "How many ponds?" in text
    assert signed_in(district).post(page_of(asked), {"answer": "Three."}).status_code == 302
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("Three.", district)
    for person, page in ((mfaic, f"/inbox/{asked.duty_id}/"), (mfaic, of(asked.duty)), (district, page_of(asked))):
        assert "Three." in signed_in(person).get(page).content.decode(), page


def test_who_may_give_it_who_only_sees_it_and_who_sees_nothing(
    signed_in: Any, asked: InformationRequest, request: Any, client: Any, untouched: Any
) -> None:
    with untouched():
        for name in ("head", "moi", "mfaic", "auditor"):
            browser = signed_in(request.getfixturevalue(name))
            assert b"<textarea" not in browser.get(page_of(asked)).content, name
            assert browser.post(page_of(asked), {"answer": "x"}).status_code == 403, name
        for name in ("province2", "outsider"):
            browser = signed_in(request.getfixturevalue(name))
            assert browser.get(page_of(asked)).status_code == 404, name
            assert browser.post(page_of(asked), {"answer": "x"}).status_code == 404, name
            assert "How many ponds?" not in browser.get("/clocks/requests/").content.decode(), name
    assert client.get(page_of(asked)).status_code == 302


def test_looking_changes_nothing(signed_in: Any, asked: InformationRequest, district: Any, untouched: Any) -> None:
    with untouched():
        signed_in(district).get(page_of(asked))
        signed_in(district).get("/clocks/requests/")
    assert InformationRequest.objects.get().answered_at is None


def test_information_without_words_is_refused(
    signed_in: Any, asked: InformationRequest, district: Any, untouched: Any
) -> None:
    with untouched():
        answer = signed_in(district).post(page_of(asked), {"answer": " "})
    assert answer.status_code == 422
    assert "Write the information that was asked for." in answer.content.decode()


def test_who_comes_second_keeps_his_words(
    signed_in: Any, asked: InformationRequest, district: Any, province: Any
) -> None:
    actions.give_information(actor=province, request=asked, answer="Three.")
    answer = signed_in(district).post(page_of(asked), {"answer": "Four, I think."})
    assert answer.status_code == 409
    assert "Four, I think." in answer.content.decode()
    assert "Three." in answer.content.decode()
    assert AuditEntry.objects.filter(verb="give_information").count() == 1


def test_the_first_page_of_filer_and_province_shows_what_is_asked_of_them(
    signed_in: Any, asked: InformationRequest, district: Any, province: Any, head: Any, mfaic: Any, province2: Any
) -> None:
    for person in (district, province):
        (heap,) = waiting_for(person)
        assert (heap.count, heap.top[0].url, heap.top[0].due) == (1, page_of(asked), asked.clock.due_at)
        text = signed_in(person).get("/").content.decode()
        assert "Information asked of you" in text
        assert "How many ponds?" in text
    for person in (head, mfaic, province2):
        assert not any(heap.count for heap in waiting_for(person)), person.username
    actions.give_information(actor=province, request=asked, answer="Three.")
    assert not any(heap.count for heap in waiting_for(district))


def test_the_list_names_what_is_open_first(signed_in: Any, asked: InformationRequest, province: Any) -> None:
    text = signed_in(province).get("/clocks/requests/").content.decode()
    assert "How many ponds?" in text
    actions.give_information(actor=province, request=asked, answer="Three.")
    assert "No institution waits for information." in signed_in(province).get("/clocks/requests/").content.decode()


# --- the inbox and the incident's page ------------------------------------------------------------------------


def test_a_duty_that_waits_for_others_has_a_tab_of_its_own(
    signed_in: Any, asked: InformationRequest, mfaic: Any
) -> None:
    browser = signed_in(mfaic)
    assert list(browser.get("/inbox/").context["duties"]) == []
    answer = browser.get("/inbox/", {"tab": "paused"})
    assert [duty.pk for duty in answer.context["duties"]] == [asked.duty_id]
    assert answer.context["counts"] == {"waiting": 0, "paused": 1, "soon": 0, "overdue": 0, "done": 0}
    text = answer.content.decode()
    assert "Stands still since" in text
    page = browser.get(f"/inbox/{asked.duty_id}/").content.decode()
    assert "You may still answer without waiting for it" in page
    assert browser.post(f"/inbox/{asked.duty_id}/", {"answer": "accept"}).status_code == 302
    assert Duty.objects.get(pk=asked.duty_id).state == "answered"


def test_the_matter_is_handed_on_from_the_page(signed_in: Any, file: Any, province: Any, moi: Any, ssba: Any) -> None:
    actions.escalate(actor=province, incident=file(), reason="x")
    duty = Duty.objects.get()
    assert b'value="ssba"' in signed_in(moi).get(f"/inbox/{duty.pk}/").content
    answer = signed_in(moi).post(f"/inbox/{duty.pk}/", {"answer": "not_ours", "instead": "ssba"})
    assert answer.status_code == 302
    handed = Duty.objects.get(unit__code="ssba")
    assert signed_in(ssba).get(f"/inbox/{handed.pk}/").status_code == 200
    refused = signed_in(ssba).post(f"/inbox/{handed.pk}/", {"answer": "not_ours", "instead": "province-16"})
    assert refused.status_code == 422
    assert "Choose one of the institutions." in refused.content.decode()


def test_an_answer_that_was_taken_back_stays_on_the_page(
    signed_in: Any, asked: InformationRequest, district: Any, mfaic: Any
) -> None:
    actions.give_information(actor=district, request=asked, answer="Three.")
    text = signed_in(mfaic).get(f"/inbox/{asked.duty_id}/").content.decode()
    assert "Earlier answers, taken back" in text
    assert "the information was given" in text


def test_the_incidents_page_explains_what_runs(
    signed_in: Any, asked: InformationRequest, ponds: Any, province: Any
) -> None:
    text = signed_in(province).get(ponds.get_absolute_url()).content.decode()
    assert 'id="panel-clocks"' in text
    assert "Stands still since" in text
    assert text.count("every hour counts") == 3
    assert page_of(asked) in text


def test_a_panel_without_anything_costs_little(file: Any, province: Any, django_assert_max_num_queries: Any) -> None:
    from incidents.clocks.panel import context

    incident = file()
    with django_assert_max_num_queries(2):
        assert context(province, incident) is None


def test_the_number_of_queries_of_the_pages_does_not_grow(
    signed_in: Any, asked: InformationRequest, file: Any, mfaic: Any, province: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        incident = file(category="neighbour_unilateral_activity", type="flag")
        duty = Duty.objects.get(escalation__incident=incident, unit__code="mfaic")
        actions.acknowledge(actor=mfaic, duty=duty, answer="need_information", comment="Which flag?")
    browser = signed_in(mfaic)
    with django_assert_max_num_queries(12):
        assert browser.get("/clocks/requests/").content.decode().count("Which flag?") == 5
    with django_assert_max_num_queries(16):
        assert len(browser.get("/inbox/", {"tab": "paused"}).context["duties"]) == 6
    with django_assert_max_num_queries(18):
        assert browser.get(of(asked.duty)).status_code == 200
