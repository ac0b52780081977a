"""Pages that keep the register: who, forms sent well and badly, the unit at another moment, few queries."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from borderwatch.models import AuditEntry
from units import actions
from units.choices import Role
from units.models import Leave, Posting, Unit, User

DAY = timedelta(days=1)
POST = "post-1607-1"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    User.objects.update(language="en")


@pytest.fixture
def post(world: Any) -> Any:
    return world[POST]


@pytest.fixture
def tenure(post: Any) -> Any:
    return post.tenures.at(timezone.now()).get()


def typed(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M")


def address(name: str, *arguments: Any) -> str:
    return reverse(f"units:{name}", args=arguments)


# --- every page does its verb ------------------------------------------------------------------------------------


def test_a_unit_is_added_renamed_and_moved(signed_in: Any, keeper: Any, world: Any, audited: Any) -> None:
    browser = signed_in(keeper)
    said = {"code": "post-1607-9", "kind": "border_police_post", "name_en": "Ninth Post", "district": "1607"}
    answer = browser.post(address("new", "battalion-16"), {**said, "reason": "order 1"})
    assert (answer.status_code, answer["Location"]) == (302, "/units/battalion-16/")
    unit = Unit.objects.get(code="post-1607-9")
    assert (unit.parent, unit.province, unit.district.code) == (
        world["battalion-16"], world["province-16"].province, "1607",
    )  # fmt: skip
    names = {"name_en": "Tenth Post", "name_km": "ប៉ុស្តិ៍ ១០", "short_name": "P10", "reason": "order 2"}
    assert browser.post(address("edit", unit.code), names).status_code == 302
    assert (
        browser.post(address("move", unit.code), {"parent": "command-16 · x", "reason": "order 3"}).status_code == 302
    )
    unit.refresh_from_db()
    assert (unit.name_en, unit.short_name, unit.parent) == ("Tenth Post", "P10", world["command-16"])
    assert [audited(verb, unit.code).reason for verb in ("create_unit", "update_unit", "move_unit")] == [
        "order 1", "order 2", "order 3",
    ]  # fmt: skip


def test_a_head_is_ended_and_another_put_on_record(
    signed_in: Any, keeper: Any, post: Any, tenure: Any, outsider: Any, audited: Any
) -> None:
    browser, at = signed_in(keeper), timezone.now().replace(second=0, microsecond=0)
    ended = browser.post(address("end_head", POST, tenure.pk), {"at": typed(at), "reason": "order 5"})
    assert ended.status_code == 302
    said = {"person": "outsider", "rank": "major", "since": typed(at), "reason": "order 6"}
    assert browser.post(address("appoint", POST), said).status_code == 302
    head = post.tenures.at(at).get()
    assert (head.person, head.head_name_en, head.rank, head.since) == (outsider, outsider.name_en, "major", at)
    assert audited("appoint_head", POST).actor == keeper


def test_dates_shown_without_seconds_are_kept_to_the_second(
    signed_in: Any, keeper: Any, post: Any, tenure: Any
) -> None:
    """Only the date that was typed anew changes."""
    end = timezone.now() + 2 * DAY
    actions.end_tenure(actor=None, tenure=tenure, at=end, reason="x")
    browser, page = signed_in(keeper), address("correct_head", POST, tenure.pk)
    first = browser.get(page).context["form"]
    said = {"since": typed(tenure.since - DAY), "until": first["until"].value().strftime("%d/%m/%Y %H:%M")}
    before = post.tenures.get(period__endswith=tenure.since)
    actions.end_tenure(actor=None, tenure=before, at=tenure.since - DAY, reason="x")
    assert browser.post(page, {**said, "reason": "misread"}).status_code == 302
    tenure.refresh_from_db()
    assert tenure.until == end


def test_leave_is_entered_ended_and_called_off(
    signed_in: Any, keeper: Any, post: Any, tenure: Any, outsider: Any
) -> None:
    browser, now = signed_in(keeper), timezone.now()
    said = {
        "since": typed(now - DAY), "until": typed(now + 3 * DAY), "acting_person": "outsider",
        "acting_rank": "captain", "reason": "leave order",
    }  # fmt: skip
    assert browser.post(address("leave", POST, tenure.pk), said).status_code == 302
    leave = Leave.objects.get(unit=post)
    assert leave.acting.person == outsider
    page = browser.get(f"/units/{POST}/").content.decode()
    assert address("end_leave", POST, leave.pk) in page
    assert "leave order" in page
    said = {"at": typed(now), "reason": "back"}
    assert browser.post(address("end_leave", POST, leave.pk), said).status_code == 302
    leave.refresh_from_db()
    said = {
        "since": typed(now + 5 * DAY), "until": typed(now + 6 * DAY), "acting_name_en": "Deputy",
        "acting_rank": "captain", "reason": "training",
    }  # fmt: skip
    assert browser.post(address("leave", POST, leave.resumed_id), said).status_code == 302
    planned = Leave.objects.get(reason="training")
    assert browser.post(address("call_off_leave", POST, planned.pk), {"reason": "stays"}).status_code == 302
    assert not Leave.objects.filter(reason="training").exists()
    planned_head = actions.end_tenure(actor=None, tenure=post.tenures.at(now + DAY).get(), at=now + 9 * DAY, reason="x")
    later = actions.appoint_head(actor=None, unit=post, name_en="Later", since=planned_head.until)
    assert browser.post(address("withdraw_head", POST, later.pk), {"reason": "changed"}).status_code == 302
    assert not post.tenures.filter(head_name_en="Later").exists()


def test_a_person_is_posted_and_the_posting_ended(signed_in: Any, keeper: Any, post: Any, outsider: Any) -> None:
    browser, now = signed_in(keeper), timezone.now().replace(second=0, microsecond=0)
    said = {"person": "Outsider", "role": "filer", "since": typed(now - DAY), "reason": "order 7"}
    assert browser.post(address("post", POST), said).status_code == 302
    posting = Posting.objects.get(user=outsider)
    assert (posting.unit_role.unit, posting.unit_role.role, posting.since) == (post, Role.FILER, now - DAY)
    page = browser.get(address("postings", POST)).content.decode()
    assert address("end_posting", POST, posting.pk) in page
    said = {"at": typed(now), "reason": "order 8"}
    assert browser.post(address("end_posting", POST, posting.pk), said).status_code == 302
    posting.refresh_from_db()
    assert posting.until == now
    assert address("end_posting", POST, posting.pk) not in browser.get(address("postings", POST)).content.decode()


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "said", "field"),
    [
        ("new", {"code": "check", "kind": "customs", "name_en": "X"}, "code"),
        ("new", {"code": "post-1607-1", "kind": "customs", "name_en": "X"}, "code"),
        ("new", {"code": "a b", "kind": "customs", "name_en": "X"}, "code"),
        ("new", {"code": "ok", "kind": "castle", "name_en": "X"}, "kind"),
        ("edit", {"name_en": "Kept as typed", "name_km": "ក", "reason": ""}, "reason"),
        ("move", {"parent": "nowhere"}, "parent"),
        ("move", {"parent": "post"}, "parent"),
        ("move", {"parent": "post-1607-1"}, "parent"),
        ("appoint", {"name_en": "Second", "rank": "major", "since": "32/13/2026"}, "since"),
        ("appoint", {"name_en": "Second", "rank": "major", "since": "01/01/0001"}, "since"),
        ("appoint", {"rank": "major", "since": "01/01/2031"}, "name_en"),
        ("appoint", {"name_en": "Second", "rank": "major", "since": "02/01/2031", "until": "01/01/2031"}, "until"),
        ("appoint", {"name_en": "Second", "rank": "major", "since": "01/01/2031"}, None),
        ("post", {"person": "nobody-at-all", "role": "filer", "since": "01/01/2031"}, "person"),
        ("post", {"person": "keeper", "role": "filer", "since": "01/01/2031"}, "person"),
        ("post", {"person": "disabled", "role": "filer", "since": "01/01/2031"}, "person"),
        ("post", {"person": "fictional", "role": "filer", "since": "01/01/2031"}, "person"),
        ("post", {"person": "outsider", "role": "auditor", "since": "01/01/2031"}, "role"),
        ("post", {"person": "outsider", "role": "", "since": "01/01/2031"}, "role"),
    ],
)
def test_a_bad_form_comes_back_with_what_was_typed_and_says_where(
    page: str, said: dict[str, str], field: str | None, signed_in: Any, keeper: Any, untouched: Any
) -> None:
    said = {"reason": "Order number 77", **said}
    with untouched():
        answer = signed_in(keeper).post(address(page, POST), said)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == [field or "__all__"]
    shown = answer.content.decode()
    assert 'role="alert"' in shown
    for name, value in said.items():
        if value and form[name].widget_type not in ("select", "radioselect"):
            assert value in shown, name


def test_rows_of_another_unit_are_not_found(signed_in: Any, keeper: Any, world: Any, province: Any) -> None:
    other = world["post-1607-2"].tenures.first()
    foreign = world["post-0107-1"].tenures.first()
    browser = signed_in(keeper)
    assert browser.get(address("end_head", POST, other.pk)).status_code == 404
    assert browser.post(address("end_head", "post-0107-1", foreign.pk), {}).status_code == 404
    assert browser.post(address("end_posting", POST, province.postings.get().pk), {}).status_code == 404


def test_the_unit_above_which_is_not_kept_cannot_lose_one(signed_in: Any, keeper: Any, world: Any) -> None:
    """The keeper of a province does not move the province itself, which stands under the ministry."""
    assert signed_in(keeper).get(address("move", "province-16")).status_code == 403


# --- choosing a person -------------------------------------------------------------------------------------------


def test_accounts_are_suggested_to_keepers_as_they_type(signed_in: Any, keeper: Any, moi: Any) -> None:
    browser = signed_in(keeper)
    shown = browser.get(address("people"), {"person": "sophea"}).content.decode()
    assert "district · " in shown
    assert "province2" not in shown
    assert browser.get(address("people"), {"acting_person": "s"}).content.decode().strip() == ""
    assert "<option" not in browser.get(address("people"), {"person": "disabled"}).content.decode()
    assert signed_in(moi).get(address("people"), {"person": "sophea"}).status_code == 403


def test_when_several_accounts_fit_they_are_named(signed_in: Any, keeper: Any) -> None:
    said = {"person": "(fictional)", "role": "filer", "since": "01/01/2031", "reason": "x"}
    answer = signed_in(keeper).post(address("post", POST), said)
    assert "district · Sok Sophea" in answer.content.decode()


# --- at another moment -------------------------------------------------------------------------------------------


def test_the_unit_at_another_moment(signed_in: Any, province: Any, post: Any, head: Any, former_head: Any) -> None:
    """Day alone is its first moment, in Phnom Penh; head, grants and sectors are those of then."""
    browser = signed_in(province)
    on = browser.get(f"/units/{POST}/", {"at": "2024-11-03"}).context["status"]
    before = browser.get(f"/units/{POST}/", {"at": "2024-11-02T23:59"}).context["status"]
    assert on.head.person == head
    assert before.head.person is None
    assert {grant.posting.user for grant in on.here} == {head, former_head}
    assert {grant.posting.user for grant in before.here} == {former_head}
    assert [sector.code for sector in before.sectors] == [sector.code for sector in post.sectors.all()]
    ancient = browser.get(f"/units/{POST}/", {"at": "01/01/2001"})
    assert (ancient.context["status"].head, ancient.context["status"].sectors) == (None, [])
    assert "no sector of its own" in ancient.content.decode()


def test_a_moment_to_come_shows_leave_and_what_is_planned(
    signed_in: Any, province: Any, post: Any, tenure: Any, outsider: Any
) -> None:
    since = timezone.now() + 5 * DAY
    actions.grant_leave(
        actor=None, tenure=tenure, since=since, until=since + 5 * DAY, acting_name_en="Deputy Acting",
        acting_rank="major", acting_person=outsider, reason="training abroad",
    )  # fmt: skip
    answer = signed_in(province).get(f"/units/{POST}/", {"at": typed(since + DAY)})
    status = answer.context["status"]
    assert (status.head.head_name_en, status.leave.tenure) == ("Deputy Acting", tenure)
    assert outsider in {grant.posting.user for grant in status.here}
    assert "training abroad" in answer.content.decode()
    today = signed_in(province).get(f"/units/{POST}/").context["status"]
    assert (today.head, today.leave) == (tenure, None)


def test_what_reaches_down_from_above_is_shown_with_what_it_gives(signed_in: Any, province: Any, keeper: Any) -> None:
    status = signed_in(province).get(f"/units/{POST}/").context["status"]
    above = {grant.posting.user.username: grant for grant in status.above}
    assert {"province", "keeper", "moi", "auditor"} <= set(above)
    assert above["keeper"].rights == ["sees incidents", "keeps the register"]
    assert not {"province2", "mfaic", "district"} & set(above)


@pytest.mark.parametrize(
    "at", ["yesterday", "2024-13-01", "0001-01-01", "9999-12-31T23:59", "2024-11-03T25:00", "x" * 999]
)
def test_a_moment_that_cannot_be_read_is_said_at_the_field(at: str, signed_in: Any, province: Any) -> None:
    answer = signed_in(province).get(f"/units/{POST}/", {"at": at})
    assert answer.status_code == 422
    assert 'id="at-error"' in answer.content.decode()
    assert answer.context["status"].head is not None


def test_khmer_figures_are_read(signed_in: Any, province: Any, head: Any) -> None:
    answer = signed_in(province).get(f"/units/{POST}/", {"at": "០៣/១១/២០២៤ ០០:០០"})
    assert answer.context["status"].head.person == head


def test_the_map_shows_the_sectors_of_that_moment(signed_in: Any, province: Any) -> None:
    browser = signed_in(province)
    extent = browser.get(f"/units/{POST}/", {"at": "2024-11-03"}).context["extent"]
    assert extent["at"] == "2024-11-02T17:00:00+00:00"
    assert browser.get("/layers/sectors.geojson", {"at": extent["at"]}).json()["features"]
    assert not browser.get("/layers/sectors.geojson", {"at": "2001-01-01T00:00:00Z"}).json()["features"]
    for wrong in ("2001-01-01", "now", "2001-99-01T00:00Z"):
        assert browser.get("/layers/sectors.geojson", {"at": wrong}).status_code == 400


# --- who sees what -----------------------------------------------------------------------------------------------


def test_postings_are_for_those_who_see_the_units_incidents(
    signed_in: Any, province: Any, head: Any, mfaic: Any, district: Any
) -> None:
    for person in (province, head):
        answer = signed_in(person).get(f"/units/{POST}/")
        assert answer.context["status"].grants is not None
        assert address("postings", POST) in answer.content.decode()
    for person in (mfaic, district):
        answer = signed_in(person).get(f"/units/{POST}/")
        assert answer.context["status"].grants is None
        assert address("postings", POST) not in answer.content.decode()


def test_links_that_change_the_register_and_its_history_are_for_keepers(
    signed_in: Any, keeper: Any, province: Any, post: Any
) -> None:
    actions.update_unit(actor=keeper, unit=post, name_en="Renamed", reason="a reason on record")
    links = [address(name, POST) for name in ("new", "edit", "move", "appoint", "post")]
    shown = signed_in(keeper).get(f"/units/{POST}/").content.decode()
    assert all(link in shown for link in links)
    assert "a reason on record" in shown
    other = signed_in(province).get(f"/units/{POST}/").content.decode()
    assert not any(link in other for link in links)
    assert "a reason on record" not in other
    assert AuditEntry.objects.filter(verb="update_unit").count() == 1


# --- figures -----------------------------------------------------------------------------------------------------


def test_the_pages_take_few_queries(
    signed_in: Any, keeper: Any, outsider: Any, post: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        since = timezone.now() - (200 - number) * DAY
        actions.post_person(actor=None, user=outsider, unit=post, role=Role.FILER, since=since, until=since + DAY)
    browser = signed_in(keeper)
    with django_assert_max_num_queries(31):
        assert browser.get(f"/units/{POST}/", {"at": "2026-01-01"}).status_code == 200
    with django_assert_max_num_queries(13):
        first = browser.get(address("postings", POST))
    assert len(first.context["lines"]) == 50
    older = browser.get(address("postings", POST) + first.context["page"].older)
    assert len(older.context["lines"]) == Posting.objects.filter(unit_role__unit=post).count() - 50
    for name in ("new", "edit", "move", "appoint", "post"):
        with django_assert_max_num_queries(19):
            assert browser.get(address(name, POST)).status_code == 200
