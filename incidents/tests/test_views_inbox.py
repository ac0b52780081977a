"""The inbox and the page on which an institution answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from borderwatch import clock
from incidents import actions
from incidents.models import Acknowledgement, Duty

INBOX = "/inbox/"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def owed(ponds: Any) -> Duty:
    """What MFAIC owes on the ponds."""
    return Duty.objects.get(unit__code="mfaic")


def url(duty: Duty) -> str:
    return f"/inbox/{duty.pk}/"


def test_duties_stand_under_their_tab(signed_in: Any, file: Any, mfaic: Any) -> None:
    now = datetime.now(tz=UTC)
    made = {}
    for name, hours in (("overdue", 30), ("soon", 1), ("done", 2)):
        with clock.replaying(now - timedelta(hours=hours)):
            incident = file(
                category="neighbour_unilateral_activity", type="flag", occurred_at=now - timedelta(hours=31)
            )
        made[name] = Duty.objects.get(unit__code="mfaic", escalation__incident=incident)
    actions.acknowledge(actor=mfaic, duty=made["done"], answer="accept")
    browser = signed_in(mfaic)
    for tab, expected in (
        ("waiting", ["overdue", "soon"]),
        ("overdue", ["overdue"]),
        ("soon", ["soon"]),
        ("done", ["done"]),
    ):
        answer = browser.get(INBOX, {"tab": tab})
        assert list(answer.context["duties"]) == [made[name] for name in expected], tab
        assert answer.context["counts"][tab] == len(expected)
    text = browser.get(INBOX).content.decode()
    assert "Inbox: 2 waiting, 1 overdue" in text
    assert "overdue by" in text
    assert "by itself at filing" in text


def test_an_empty_inbox_says_so(signed_in: Any, ssba: Any, province: Any) -> None:
    for person in (ssba, province):
        assert "Nothing waits for an answer from you" in signed_in(person).get(INBOX).content.decode()


def test_who_sees_the_duty_and_who_may_answer(
    signed_in: Any, owed: Duty, client: Any, request: Any, untouched: Any
) -> None:
    with untouched():
        for name in ("district", "province", "head", "auditor", "ssba"):
            browser = signed_in(request.getfixturevalue(name))
            assert browser.get(url(owed)).status_code == 200, name
            assert b'id="answer"' not in browser.get(url(owed)).content, name
            assert browser.post(url(owed), {"answer": "accept"}).status_code == 403, name
            assert browser.post(url(owed), {}).status_code == 403, name
            assert browser.post(url(owed), {"action": "seen"}).status_code == 403, name
        for name in ("province2", "outsider", "former_head", "admin"):
            browser = signed_in(request.getfixturevalue(name))
            assert browser.get(url(owed)).status_code == 404, name
            assert browser.post(url(owed), {"answer": "accept"}).status_code == 404, name
    assert client.get(url(owed)).status_code == 302


def test_looking_changes_nothing_opening_is_a_post(
    signed_in: Any, owed: Duty, mfaic: Any, untouched: Any, audited: Any
) -> None:
    browser = signed_in(mfaic)
    with untouched():
        browser.get(url(owed))
        browser.get(url(owed), headers={"HX-Request": "true"})
        browser.get(INBOX, {"open": owed.pk})
    assert Duty.objects.get(pk=owed.pk).seen_at is None
    assert browser.post(url(owed), {"action": "seen"}).status_code == 204
    assert Duty.objects.get(pk=owed.pk).seen_at is not None
    assert audited("open_duty").actor == mfaic


def test_the_answer_is_recorded_and_shown_to_all(
    signed_in: Any, owed: Duty, mfaic: Any, district: Any, province: Any
) -> None:
    tomorrow = timezone.localtime() + timedelta(days=1)
    khmer = f"{tomorrow:%d/%m/%Y %H:%M}".translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    browser = signed_in(mfaic)
    answer = browser.post(
        url(owed), {"answer": "already_acting", "comment": "Our embassy has been told", "expected_at": khmer}
    )
    assert answer.status_code == 302
    row = Acknowledgement.objects.get()
    assert row.expected_at == tomorrow.replace(second=0, microsecond=0)
    for person in (mfaic, district, province):
        text = signed_in(person).get(url(owed)).content.decode()
        assert "Our embassy has been told" in text, person.username


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"comment": "kept words"}, "Choose one of the four answers."),
        ({"answer": "not_ours", "comment": "kept words"}, "Name the institution whose matter it is."),
        ({"answer": "need_information", "who_instead": "kept words"}, "Say which information you need."),
        ({"answer": "accept", "comment": "kept words", "expected_at": "soon"}, "Write the time as 25/12/2026 14:00."),
        ({"answer": "accept", "comment": "kept words", "expected_at": "01/01/2020 10:00"}, "lies in the past"),
    ],
)
def test_an_incomplete_answer_loses_nothing_typed(
    signed_in: Any, owed: Duty, mfaic: Any, untouched: Any, said: dict[str, str], words: str
) -> None:
    with untouched():
        answer = signed_in(mfaic).post(url(owed), said)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert "kept words" in text
    if "answer" in said:
        assert f'value="{said["answer"]}"' in text
        assert "checked" in text


def test_the_second_official_learns_who_was_first_and_keeps_his_words(
    signed_in: Any, ponds: Any, moi: Any, moi2: Any
) -> None:
    duty = Duty.objects.get(unit__code="moi")
    actions.acknowledge(actor=moi2, duty=duty, answer="accept", comment="On our way")
    answer = signed_in(moi).post(url(duty), {"answer": "already_acting", "comment": "My own words"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Another official has answered already" in text
    assert moi2.get_full_name() in text
    assert "On our way" in text
    assert "My own words" in text
    assert Acknowledgement.objects.get(duty=duty).by == moi2


def test_pressing_twice_is_one_answer(signed_in: Any, owed: Duty, mfaic: Any) -> None:
    browser = signed_in(mfaic)
    for _ in range(2):
        assert browser.post(url(owed), {"answer": "accept"}).status_code == 302
    assert Acknowledgement.objects.count() == 1


def test_beside_the_list_the_next_one_opens_after_an_answer(signed_in: Any, file: Any, owed: Duty, mfaic: Any) -> None:
    file(category="neighbour_unilateral_activity", type="flag")
    other = Duty.objects.filter(unit__code="mfaic").exclude(pk=owed.pk).get()
    answer = signed_in(mfaic).post(url(owed), {"answer": "accept", "from": "inbox"})
    assert answer["Location"] == f"/inbox/?open={other.pk}"


def test_beside_the_list_only_the_record_is_sent(signed_in: Any, owed: Duty, mfaic: Any) -> None:
    answer = signed_in(mfaic).get(url(owed), headers={"HX-Request": "true"})
    assert b'id="record"' in answer.content
    assert b'name="from" value="inbox"' in answer.content
    assert b"<html" not in answer.content


def test_an_invisible_duty_is_not_opened_beside_the_list(signed_in: Any, owed: Duty, province2: Any) -> None:
    answer = signed_in(province2).get(INBOX, {"open": owed.pk})
    assert answer.status_code == 200
    assert owed.escalation.incident.ref not in answer.content.decode()


def test_the_number_of_queries_does_not_grow(
    signed_in: Any, file: Any, owed: Duty, mfaic: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(mfaic)
    for _ in range(8):
        file(category="neighbour_unilateral_activity", type="flag")
    with django_assert_max_num_queries(13):
        assert len(browser.get(INBOX).context["duties"]) == 9
