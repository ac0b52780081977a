"""The pages of patrols: the list, planning and recording; and positions as people write them."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from borderwatch import clock, pages
from units import actions
from units.choices import PatrolState
from units.fields_patrols import read_position
from units.models import Patrol
from units.tests.walks import (  # noqa: F401
    POST,
    URL,
    _english,
    _own_media,
    gpx,
    local,
    plan_fixture,
    sector_fixture,
    under_way_fixture,
)


def planned(sector: str, **changes: Any) -> dict[str, Any]:
    """What the form of a plan sends."""
    tomorrow = timezone.now() + timedelta(days=1)
    return {
        "client_key": str(uuid.uuid4()), "unit": POST, "ground": f"s:{sector}", "route": "",
        "leader_name": "Lieutenant Som", "leader": "", "strength": "៦", "joint": "alone", "joint_with": "", "note": "",
        "planned_from": local(tomorrow), "planned_to": local(tomorrow + timedelta(hours=5)), **changes,
    }  # fmt: skip


# --- the list -------------------------------------------------------------------------------------------------


def refs(answer: Any) -> list[str]:
    return [patrol.ref for patrol in answer.context["page"]]


def test_each_sees_the_patrols_of_units_his_postings_show_him(
    signed_in: Any, plan: Any, head: Any, province: Any, moi: Any, auditor: Any, district: Any, province2: Any,
    outsider: Any,
) -> None:  # fmt: skip
    ref = plan().ref.encode()
    for person, sees in (
        (head, True), (province, True), (moi, True), (auditor, True), (district, False), (province2, False),
        (outsider, False),
    ):  # fmt: skip
        answer = signed_in(person).get(URL)
        assert answer.status_code == 200
        assert (ref in answer.content) is sees, person.username


def test_strangers_sign_in_first(client: Client, db: None) -> None:
    assert client.get(URL).headers["Location"] == "/accounts/login/?next=/patrols/"


def test_what_wants_attention_comes_first(signed_in: Any, plan: Any, under_way: Patrol, head: Any) -> None:
    waiting = plan()
    missed = plan(planned_from=clock.now() - timedelta(hours=3), planned_to=clock.now() + timedelta(seconds=1))
    with clock.replaying(clock.now() + timedelta(hours=1)):
        actions.mark_missed(missed)
    actions.call_off_patrol(actor=head, patrol=(off := plan()), reason="Flood")
    answer = signed_in(head).get(URL)
    heaps = [(state, [one.ref for one in patrols]) for state, _label, patrols, _more in answer.context["heaps"]]
    assert heaps == [("under_way", [under_way.ref]), ("planned", [waiting.ref]), ("missed", [missed.ref])]
    assert refs(answer) == [off.ref]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("state=planned", True), ("state=finished", False), ("unit=post-1607-1", True), ("unit=post-1607-2", False),
        ("joint=alone", True), ("joint=neighbour", False), ("since=2020-01-01", True), ("until=2020-01-01", False),
        ("ground=nowhere", False),
    ],
)  # fmt: skip
def test_filters_stand_in_the_address(signed_in: Any, plan: Any, head: Any, query: str, fits: bool) -> None:
    patrol = plan()
    answer = signed_in(head).get(f"{URL}?{query}")
    assert (refs(answer) == [patrol.ref]) is fits
    assert answer.context["heaps"] == []


def test_the_filter_of_a_ground_finds_its_patrols(signed_in: Any, plan: Any, head: Any, sector: str) -> None:
    patrol = plan()
    assert refs(signed_in(head).get(URL, {"ground": sector.lower()})) == [patrol.ref]


def test_a_filter_that_cannot_be_read_is_named_and_left_out(signed_in: Any, plan: Any, head: Any) -> None:
    patrol = plan()
    answer = signed_in(head).get(URL, {"since": "yesterday"})
    assert refs(answer) == [patrol.ref]
    assert b"error-summary" in answer.content


def test_pages_follow_each_other(signed_in: Any, plan: Any, head: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE", 2)
    made = [plan().ref for _n in range(5)][::-1]
    browser = signed_in(head)
    first = browser.get(URL, {"state": "planned"})
    second = browser.get(URL + first.context["page"].older)
    third = browser.get(URL + second.context["page"].older)
    assert refs(first) + refs(second) + refs(third) == made
    assert third.context["page"].older == ""


def test_a_finished_patrol_without_a_track_says_so(signed_in: Any, under_way: Patrol, head: Any) -> None:
    browser = signed_in(head)
    assert b"mark-untracked" not in browser.get(URL).content
    actions.finish_patrol(actor=head, patrol=under_way)
    assert b"mark-untracked" in browser.get(URL).content
    upload = gpx(under_way.started_at)
    actions.add_track(actor=head, client_key=uuid.uuid4(), patrol=under_way, upload=upload)
    assert b"mark-untracked" not in browser.get(URL).content


def test_a_patrol_leads_to_the_coverage_of_its_sector_where_that_is_open(
    signed_in: Any, under_way: Patrol, head: Any, auditor: Any, sector: str
) -> None:
    link = f'href="/patrols/coverage/{sector}/"'.encode()
    for person in (head, auditor):
        browser = signed_in(person)
        shown = link in browser.get(f"{URL}{under_way.pk}/").content
        assert shown is (browser.get(f"/patrols/coverage/{sector}/").status_code == 200), person.username


def test_htmx_gets_the_rows_alone(signed_in: Any, plan: Any, head: Any) -> None:
    plan()
    answer = signed_in(head).get(URL, headers={"HX-Request": "true"})
    assert b'id="rows"' in answer.content
    assert b"<html" not in answer.content


def test_the_list_takes_few_queries(signed_in: Any, plan: Any, head: Any, django_assert_max_num_queries: Any) -> None:
    browser = signed_in(head)
    for _n in range(12):
        plan()
    with django_assert_max_num_queries(14):
        browser.get(URL)
    with django_assert_max_num_queries(10):
        assert len(refs(browser.get(URL, {"state": "planned"}))) == 12


# --- planning and recording -----------------------------------------------------------------------------------


def test_planning_is_one_post_however_often_it_is_sent(signed_in: Any, head: Any, sector: str, audited: Any) -> None:
    browser, sent = signed_in(head), planned(sector)
    answer = browser.post("/patrols/new/", sent)
    patrol = Patrol.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/patrols/{patrol.pk}/")
    assert browser.post("/patrols/new/", sent)["Location"] == f"/patrols/{patrol.pk}/"
    assert Patrol.objects.count() == 1
    assert (patrol.strength, patrol.sector_code, patrol.state) == (6, sector, PatrolState.PLANNED)
    assert local(patrol.planned_from) == sent["planned_from"]
    assert audited("plan_patrol", patrol.ref).actor == head


def test_a_time_may_be_typed_in_khmer_figures(signed_in: Any, head: Any, sector: str) -> None:
    day = timezone.localtime() + timedelta(days=2)
    khmer = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
    typed = {
        "planned_from": f"{day:%d/%m/%Y} 06:30".translate(khmer),
        "planned_to": f"{day:%d/%m/%Y} 11:00".translate(khmer),
    }
    assert signed_in(head).post("/patrols/new/", planned(sector, **typed)).status_code == 302
    assert timezone.localtime(Patrol.objects.get().planned_from).strftime("%H:%M") == "06:30"


def test_the_form_offers_the_persons_own_units_sectors_and_people(
    signed_in: Any, head: Any, province: Any, sector: str
) -> None:
    page = signed_in(head).get("/patrols/new/")
    form = page.context["form"]
    assert [unit.code for unit in form.units] == [POST]
    assert form.initial["leader_name"] == head.get_full_name()
    assert f's:{sector}"' in page.content.decode()
    units = [unit.code for unit in signed_in(province).get("/patrols/new/").context["form"].units]
    assert units[0] == "province-16"
    assert POST in units
    assert not [code for code in units if "-01" in code]


def test_a_route_and_a_joint_patrol(signed_in: Any, head: Any) -> None:
    sent = planned(
        "", ground="", route="13.78600, 107.42000\n១៣.៧៩០០០, ១០៧.៤៣០០០\n107.44, 13.80", joint="own_forces",
        joint_with="Police of Ou Ya Dav",
    )  # fmt: skip
    assert signed_in(head).post("/patrols/new/", sent).status_code == 302
    patrol = Patrol.objects.get()
    assert patrol.route is not None
    assert patrol.route.coords == ((107.42, 13.786), (107.43, 13.79), (107.44, 13.8))
    assert (patrol.joint, patrol.joint_with) == ("own_forces", "Police of Ou Ya Dav")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"planned_to": ""}, "planned_to"),
        ({"planned_from": "some day"}, "planned_from"),
        ({"planned_from": "2020-01-01T06:00", "planned_to": "2020-01-01T09:00"}, "planned_to"),
        ({"planned_from": "2031-01-02T06:00", "planned_to": "2031-01-01T09:00"}, "planned_to"),
        ({"ground": "s:NO-SUCH"}, "ground"),
        ({"ground": ""}, "ground"),
        ({"ground": "", "route": "13.786, 107.42"}, "route"),
        ({"ground": "", "route": "13.786, 107.42\nthe hill"}, "route"),
        ({"ground": "", "route": "48.85, 2.35\n48.86, 2.36"}, "route"),
        ({"leader_name": ""}, "leader_name"),
        ({"leader": "province2"}, "leader"),
        ({"strength": "0"}, "strength"),
        ({"strength": "many"}, "strength"),
        ({"joint": "neighbour"}, "joint_with"),
        ({"unit": "post-0102-1"}, "unit"),
        ({"client_key": "x"}, "client_key"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    signed_in: Any, head: Any, sector: str, untouched: Any, changes: dict[str, str], field: str
) -> None:
    sent = planned(sector, note="Look at the ford", **changes)
    with untouched():
        answer = signed_in(head).post("/patrols/new/", sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert b"error-summary" in answer.content
    assert b"Look at the ford" in answer.content
    assert not Patrol.objects.exists()


def test_a_patrol_of_the_past_is_recorded(signed_in: Any, province: Any, sector: str, audited: Any) -> None:
    since = timezone.now() - timedelta(days=1)
    sent = planned(sector) | {"started_at": local(since), "finished_at": local(since + timedelta(hours=4))}
    assert signed_in(province).post("/patrols/record/", sent).status_code == 302
    patrol = Patrol.objects.get()
    assert (patrol.state, patrol.planned_from) == (PatrolState.FINISHED, None)
    assert audited("record_patrol", patrol.ref).actor == province
    tomorrow = {"started_at": local(since), "finished_at": local(since + timedelta(days=3))}
    answer = signed_in(province).post("/patrols/record/", planned(sector) | tomorrow)
    assert answer.status_code == 422
    assert "finished_at" in answer.context["form"].errors


def test_who_manages_no_patrols_plans_none(
    signed_in: Any, district: Any, moi: Any, keeper: Any, former_head: Any, sector: str, untouched: Any
) -> None:
    for person in (district, moi, keeper, former_head):
        browser = signed_in(person)
        for address in ("/patrols/new/", "/patrols/record/"):
            assert browser.get(address).status_code == 403, person.username
            with untouched():
                assert browser.post(address, planned(sector)).status_code == 403, person.username
        assert b"/patrols/new/" not in browser.get(URL).content


# --- positions as people write them ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["13.786, 107.42", "107.42 13.786", "១៣.៧៨៦, ១០៧.៤២", "13,786 107,42", "13,786; 107,42", "(13.786°N, 107.42°E)"],
)
def test_a_position_is_read_in_either_order_and_script(text: str) -> None:
    assert read_position(text) == (107.42, 13.786)


@pytest.mark.parametrize("text", ["", "13.786", "1, 2, 3", "-13.786, 107.42", "13.786, 200", "the ford"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_position(text)
