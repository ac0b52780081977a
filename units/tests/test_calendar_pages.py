"""The pages of my office and the API of calendars: who sees what, forms sent well and badly, few queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from borderwatch import clock
from units import actions
from units.choices import DayKind, Role
from units.models import Delegation, Reach, SpecialDay, User, WorkingHours

DAY = timedelta(days=1)
OFFICE = "province-16"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    User.objects.update(language="en")


def address(name: str, *arguments: Any) -> str:
    return reverse(f"office:{name}", args=arguments)


def typed(days: int) -> str:
    return (timezone.localtime() + days * DAY).strftime("%d/%m/%Y")


def text(answer: Any) -> str:
    return answer.content.decode()


# --- calendar -------------------------------------------------------------------------------------------------


def test_the_page_shows_week_and_days_in_both_languages_with_few_queries(
    signed_in, mfaic, world, django_assert_max_num_queries
):
    browser = signed_in(mfaic)
    with django_assert_max_num_queries(14):
        answer = browser.get(address("calendar", "mfaic"), {"year": "2026"})
    page = text(answer)
    assert "07:30–11:30" in page
    assert "ពិធីបុណ្យឯករាជ្យជាតិ" in page
    assert "Independence Day" in page
    assert "Enter a special day" not in page


@pytest.mark.parametrize("year", ["abc", "-1", "99999", "1", "²⁰²⁶"])
def test_a_year_that_makes_no_sense_is_this_year(signed_in, mfaic, year):
    page = text(signed_in(mfaic).get(address("calendar", "mfaic"), {"year": year}))
    assert f"Special days of {timezone.localtime().year}" in page


def test_a_year_without_holidays_on_record_says_so(signed_in, mfaic):
    page = text(signed_in(mfaic).get(address("calendar", "mfaic"), {"year": "២០៣៥"}))
    assert "No public holidays of 2035 are on record yet" in page


def test_the_keeper_changes_the_hours(signed_in, keeper, world):
    sent = {
        "weekdays": ["1", "2", "6"], "from_1": "៨", "until_1": "12.00", "from_2": "", "until_2": "",
        "since": typed(1), "source": "decision 5", "reason": "order",
    }  # fmt: skip
    answer = signed_in(keeper).post(address("hours", OFFICE), sent)
    assert (answer.status_code, answer["Location"]) == (302, address("calendar", OFFICE))
    row = WorkingHours.objects.get(unit=world[OFFICE])
    assert (row.weekdays, row.spans, row.source) == ([1, 2, 6], [["08:00", "12:00"]], "decision 5")
    page = text(signed_in(keeper).get(address("calendar", OFFICE)))
    assert "08:00–12:00" in page
    gone = signed_in(keeper).post(address("hours_end", OFFICE), {"at": typed(5), "reason": "order"})
    assert gone.status_code == 302


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(signed_in, keeper):
    sent = {"weekdays": ["1"], "from_1": "12:00", "until_1": "08:00", "since": typed(-3), "reason": "order"}
    answer = signed_in(keeper).post(address("hours", OFFICE), sent)
    page = text(answer)
    assert answer.status_code == 422
    assert 'value="12:00"' in page
    assert "Each span ends after it begins" in page
    sent = {"weekdays": ["1"], "from_1": "8:75", "until_1": "x", "since": "yesterday", "reason": ""}
    assert "Write the time of day as 07:30." in text(signed_in(keeper).post(address("hours", OFFICE), sent))


def test_a_day_is_entered_and_taken_back(signed_in, keeper, world):
    browser = signed_in(keeper)
    sent = {"day": typed(12), "kind": DayKind.HOLIDAY, "name_km": "ថ្ងៃខេត្ត", "reason": "order"}
    assert browser.post(address("day_new", OFFICE), sent).status_code == 302
    row = SpecialDay.objects.get(unit=world[OFFICE])
    assert row.name_en == row.name_km == "ថ្ងៃខេត្ត"
    year = str(row.day.year)
    assert "ថ្ងៃខេត្ត" in text(browser.get(address("calendar", OFFICE), {"year": year}))
    assert browser.post(address("day_new", OFFICE), sent).status_code == 422
    assert browser.post(address("day_remove", OFFICE, row.pk), {"reason": "order"}).status_code == 302
    assert browser.post(address("day_remove", OFFICE, row.pk), {"reason": "order"}).status_code == 404
    assert "ថ្ងៃខេត្ត" not in text(browser.get(address("calendar", OFFICE), {"year": year}))


def test_a_day_of_another_office_is_not_taken_back_under_this_one(signed_in, keeper, world):
    national = SpecialDay.objects.filter(unit=None).last()
    assert signed_in(keeper).get(address("day_remove", OFFICE, national.pk)).status_code == 404


# --- my office, stand-ins ------------------------------------------------------------------------------------------


def test_my_office_says_what_holds_today(signed_in, mfaic, world, django_assert_max_num_queries):
    deputy = User.objects.get(username="mfaic-deputy")
    now = clock.now()
    actions.grant_delegation(
        actor=mfaic, person=mfaic, unit=world["mfaic"], role=Role.OFFICIAL, stand_in=deputy, since=now,
        until=now + DAY, reason="mission",
    )  # fmt: skip
    browser = signed_in(mfaic)
    with django_assert_max_num_queries(14):
        page = text(browser.get(address("home")))
    assert deputy.get_full_name() in page
    assert "You stand in for" in text(signed_in(deputy).get(address("home")))


def test_a_person_names_a_colleague_and_ends_it(signed_in, mfaic, world):
    browser = signed_in(mfaic)
    post = f"{world['mfaic'].pk}:{Role.OFFICIAL}"
    sent = {"post": post, "stand_in": "mfaic-deputy", "since": typed(2), "until": typed(9), "reason": "mission"}
    assert browser.post(address("stand_in_new"), sent).status_code == 302
    row = Delegation.objects.get()
    assert (row.person, row.stand_in.username, row.role) == (mfaic, "mfaic-deputy", Role.OFFICIAL)
    assert browser.post(address("stand_in_new"), sent).status_code == 422
    assert "planned" in text(browser.get(address("stand_ins")))
    assert browser.post(address("stand_in_end", row.pk), {"reason": "stays"}).status_code == 302
    assert not Delegation.objects.exists()


def test_a_person_cannot_choose_somebody_who_is_not_offered(signed_in, mfaic, world):
    post = f"{world['mfaic'].pk}:{Role.OFFICIAL}"
    sent = {"post": post, "stand_in": "outsider", "since": typed(2), "until": typed(9), "reason": "mission"}
    assert signed_in(mfaic).post(address("stand_in_new"), sent).status_code == 422
    forged = {**sent, "post": f"{world['moi'].pk}:{Role.PRINCIPAL}", "stand_in": "mfaic-deputy"}
    assert signed_in(mfaic).post(address("stand_in_new"), forged).status_code == 422
    assert not Delegation.objects.exists()


def test_the_keeper_enters_one_for_another_person(signed_in, keeper, province, world):
    browser = signed_in(keeper)
    where = address("stand_in_new") + "?person=province"
    assert province.get_full_name() in text(browser.get(where))
    post = f"{world[OFFICE].pk}:{Role.PROVINCE_OFFICER}"
    sent = {"post": post, "stand_in": "outsider", "since": typed(2), "until": typed(9), "reason": "leave"}
    assert browser.post(where, sent).status_code == 302
    assert Delegation.objects.get().person == province
    listed = text(browser.get(address("stand_ins")))
    assert province.get_full_name() in listed
    # Somebody of another province has no role here; a name that fits several is asked back.
    assert "holds no role at your units" in text(browser.get(address("stand_in_new") + "?person=province2"))
    assert browser.get(address("stand_in_new") + "?person=nobody-here").status_code == 422


def test_others_do_not_see_it(signed_in, mfaic, ssba, world):
    now = clock.now()
    row = actions.grant_delegation(
        actor=mfaic, person=mfaic, unit=world["mfaic"], role=Role.OFFICIAL,
        stand_in=User.objects.get(username="mfaic-deputy"), since=now, until=now + DAY, reason="secret mission",
    )  # fmt: skip
    assert "secret mission" not in text(signed_in(ssba).get(address("stand_ins")))
    assert signed_in(ssba).get(address("stand_in_end", row.pk)).status_code == 404
    assert signed_in(row.stand_in).post(address("stand_in_end", row.pk), {"reason": "no"}).status_code == 403


# --- reach -----------------------------------------------------------------------------------------------------


def test_a_person_saves_how_he_is_told(signed_in, mfaic):
    browser = signed_in(mfaic)
    assert "until you save this page you get no e-mail" in text(browser.get(address("reach")))
    sent = {"mail_immediate": "on", "digest_at": "៦:៣០", "quiet_from": "22", "quiet_until": "5.30"}
    assert browser.post(address("reach"), sent).status_code == 302
    row = Reach.objects.get(user=mfaic)
    assert (row.mail_immediate, row.digest, f"{row.digest_at:%H:%M}") == (True, False, "06:30")
    assert (f"{row.quiet_from:%H:%M}", f"{row.quiet_until:%H:%M}") == ("22:00", "05:30")
    page = text(browser.get(address("reach")))
    assert 'value="06:30"' in page
    bad = browser.post(address("reach"), {"digest_at": "7", "quiet_from": "22"})
    assert bad.status_code == 422


def test_an_administrator_sets_a_destination(signed_in, admin, mfaic, settings):
    settings.MESSAGE_DESTINATIONS = {"duty-phone": "json://127.0.0.1"}
    browser = signed_in(admin)
    sent = {"user": "mfaic", "destination": "duty-phone", "reason": "order"}
    assert browser.post(address("destinations"), sent).status_code == 302
    assert "duty-phone" in text(browser.get(address("destinations")))
    assert "duty-phone" in text(signed_in(mfaic).get(address("reach")))
    assert browser.post(address("destinations"), {**sent, "destination": "elsewhere"}).status_code == 422


# --- the API ----------------------------------------------------------------------------------------------------


def test_machines_read_hours_and_days(signed_in, keeper, mfaic, world, django_assert_max_num_queries):
    actions.add_special_day(
        actor=None, unit=world["mfaic"], day=timezone.localdate().replace(month=11, day=9), kind=DayKind.WORKING_DAY,
        name_en="Called in",
    )  # fmt: skip
    browser = signed_in(mfaic)
    with django_assert_max_num_queries(9):
        answer = browser.get("/api/v1/calendars/mfaic/")
    found = answer.json()
    assert (found["time_zone"], found["year"]) == ("Asia/Phnom_Penh", timezone.localdate().year)
    assert found["hours"][0]["spans"] == [["07:30", "11:30"], ["14:00", "17:30"]]
    ninth = [day for day in found["special_days"] if day["day"].endswith("-11-09")]
    assert [(day["own"], day["counts"]) for day in ninth] == [(False, False), (True, True)]
    assert signed_in(mfaic).get("/api/v1/calendars/mfaic/?year=x").status_code == 400
    assert signed_in(mfaic).get("/api/v1/calendars/nowhere/").status_code == 404
    assert signed_in(mfaic).get("/api/v1/calendars/all-offices/?year=2025").json()["special_days"][0]["day"] == (
        "2025-01-01"
    )
