"""Pages of the engagement log and its addresses for machines."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import clock
from incidents import actions
from incidents.engagements.serializers import EngagementDetail, EngagementRow
from incidents.models import Engagement, EngagementFile
from incidents.tests.engaging import logged


@pytest.fixture(autouse=True)
def _english(world: Any, settings: Any, tmp_path: Any) -> None:
    from units.models import User

    settings.MEDIA_ROOT = tmp_path
    User.objects.update(language="en")


def typed(**changes: Any) -> dict[str, Any]:
    """What a person types into the form."""
    at = timezone.localtime(clock.now() - timedelta(minutes=20))
    values = {
        "client_key": str(uuid.uuid4()),
        "counterpart": "vn-le-thanh-border-gate-post",
        "authority": "",
        "country": "",
        "kind": "meeting",
        "happened_at": f"{at:%d/%m/%Y %H:%M}",
        "demanded": "Fill the ponds",
        "answer": "Not today",
        "result": "goes_on",
        "our_people": "Deputy governor",
    }
    return {**values, **changes}


def url(incident: Any, rest: str = "new") -> str:
    return f"/engagements/{incident.ref}/{rest}/"


# --- entering -------------------------------------------------------------------------------------------------


def test_the_form_asks_five_things_first_and_knows_who_enters_it(signed_in, ponds, district):
    answer = signed_in(district).get(url(ponds))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Le Thanh" in text
    assert text.index("What was demanded") < text.index("Where, who exactly")
    assert answer.context["form"].initial["our_people"].startswith("Sok Sophea")
    # Both neighbours of Ratanakiri stand before Thailand.
    groups = [label for label, _rows in answer.context["form"].fields["counterpart"].choices[1:]]
    assert groups[-1] == "Thailand"


def test_it_is_logged_with_figures_of_both_scripts(signed_in, ponds, district):
    at = timezone.localtime(clock.now() - timedelta(hours=1))
    khmer = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
    sent = typed(happened_at=f"{at:%d/%m/%Y %H:%M}".translate(khmer), files=[SimpleUploadedFile("m.pdf", b"%PDF-1.4")])
    answer = signed_in(district).post(url(ponds), sent)
    assert answer.status_code == 302
    row = Engagement.objects.get()
    assert answer.url == row.get_absolute_url()
    assert abs(row.happened_at - at) < timedelta(minutes=1)
    assert row.files.count() == 1


def test_the_same_form_sent_twice_makes_one_entry(signed_in, ponds, district):
    browser, sent = signed_in(district), typed()
    first, second = (browser.post(url(ponds), sent) for _ in range(2))
    assert first.url == second.url
    assert Engagement.objects.count() == 1


def test_other_words_under_the_same_key_come_back_and_can_be_sent_as_a_further_entry(signed_in, ponds, district):
    browser, sent = signed_in(district), typed()
    browser.post(url(ponds), sent)
    refused = browser.post(url(ponds), {**sent, "demanded": "Something else"})
    assert refused.status_code == 422
    form = refused.context["form"]
    assert form["demanded"].value() == "Something else"
    assert form["client_key"].value() != sent["client_key"]
    again = {**sent, "demanded": "Something else", "client_key": form["client_key"].value()}
    assert browser.post(url(ponds), again).status_code == 302
    assert Engagement.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"happened_at": "yesterday"}, "happened_at"),
        ({"answer": ""}, "answer"),
        ({"counterpart": "nobody"}, "counterpart"),
        ({"counterpart": "", "authority": "A post"}, "country"),
        ({"next_contact_at": "01/01/2020 08:00"}, "next_contact_at"),
        ({"kind": "no_contact", "answer": "", "result": "referred_up"}, "result"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_points_at_the_field(signed_in, ponds, district, changes, field):
    answer = signed_in(district).post(url(ponds), typed(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Fill the ponds" in answer.content.decode()
    assert not Engagement.objects.exists()


def test_only_files_that_were_chosen_have_to_be_chosen_again(signed_in, ponds, district):
    browser, words = signed_in(district), "choose them again"
    assert words not in browser.post(url(ponds), typed(answer="")).content.decode()
    sent = typed(answer="", files=[SimpleUploadedFile("m.pdf", b"%PDF-1.4")])
    assert words in browser.post(url(ponds), sent).content.decode()


def test_an_error_in_the_folded_part_opens_it(signed_in, ponds, district):
    answer = signed_in(district).post(url(ponds), typed(next_contact_at="01/01/2020 08:00"))
    assert answer.context["form"].further_open


def test_who_sees_but_may_not_and_who_sees_nothing(signed_in, ponds, mfaic, province2):
    for method in ("get", "post"):
        assert getattr(signed_in(mfaic), method)(url(ponds)).status_code == 403
        assert getattr(signed_in(province2), method)(url(ponds)).status_code == 404


def test_a_closed_incident_offers_no_form(signed_in, file, province):
    incident = file()
    actions.close_incident(actor=province, incident=incident, close_reason="over", reason="Gone")
    text = signed_in(province).get(url(incident)).content.decode()
    assert "The incident is closed" in text
    assert 'name="demanded"' not in text


# --- reading --------------------------------------------------------------------------------------------------


def test_the_page_of_an_entry_says_all_of_it(signed_in, ponds, district, mfaic):
    row = logged(district, ponds, their_person="Tran Van B", place="At the gate", minutes="First …")
    logged(district, ponds, counterpart=None, authority="Station 12", country="VN")
    text = signed_in(mfaic).get(row.get_absolute_url()).content.decode()
    for words in ("Stop the digging", "They must ask", "Tran Van B", "At the gate", "First …", "Station 12"):
        assert words in text
    assert "Strike this entry" not in text


def test_striking_by_the_page(signed_in, ponds, district, mfaic, province2):
    row = logged(district, ponds)
    where = f"{row.get_absolute_url()}strike/"
    assert signed_in(mfaic).post(where, {"reason": "x"}).status_code == 403
    assert signed_in(province2).post(where, {"reason": "x"}).status_code == 404
    assert signed_in(district).post(where, {"reason": ""}).status_code == 422
    assert signed_in(district).post(where, {"reason": "Wrong incident"}).status_code == 302
    text = signed_in(mfaic).get(row.get_absolute_url()).content.decode()
    assert "Wrong incident" in text
    assert "Stop the digging" in text
    assert signed_in(district).post(where, {"reason": "Again"}).status_code == 422


def test_files_are_handed_out_to_who_sees_the_entry(signed_in, ponds, district, mfaic, province2):
    row = logged(district, ponds, files=[SimpleUploadedFile("m.pdf", b"%PDF-1.4 minutes")])
    where = f"{row.get_absolute_url()}files/{EngagementFile.objects.get().pk}/"
    answer = signed_in(mfaic).get(where)
    assert b"".join(answer) == b"%PDF-1.4 minutes"
    assert "attachment" in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert signed_in(mfaic).get(f"{where}?display=1").status_code == 404
    assert signed_in(province2).get(where).status_code == 404


def test_a_photo_can_be_looked_at_also_when_its_copy_has_gone(signed_in, ponds, district):
    from borderwatch import photos
    from incidents.tests.test_engagements import picture

    row = logged(district, ponds, files=[picture()])
    one = EngagementFile.objects.get()
    where = f"{row.get_absolute_url()}files/{one.pk}/?display=1"
    photos.forget(one.sha256)
    answer = signed_in(district).get(where)
    assert answer["Content-Type"] == "image/jpeg"
    assert b"".join(answer).startswith(b"\xff\xd8\xff")


def test_the_list_narrows_by_its_filters_and_leaves_out_what_it_cannot_read(signed_in, ponds, file, district, mfaic):
    here = logged(district, ponds)
    there = logged(district, file(), counterpart=None, authority="Lao post", country="LA", result="halted")
    browser = signed_in(district)

    def listed(query: str) -> set[Any]:
        return set(browser.get(f"/engagements/{query}").context["page"].rows)

    assert listed("") == {here, there}
    assert listed("?country=LA") == {there}
    assert listed("?result=referred_up&result=halted") == {here, there}
    assert listed("?counterpart=vn-le-thanh-border-gate-post") == {here}
    assert listed(f"?incident={ponds.ref.lower()}") == {here}
    assert listed("?province=01") == set()
    day = timezone.localdate()
    assert listed(f"?since={day + timedelta(days=1)}") == set()
    assert listed(f"?until={day}&since={day - timedelta(days=1)}") == {here, there}
    assert listed("?next_due=true") == set()
    answer = browser.get("/engagements/?since=soon")
    assert "could not be read" in answer.content.decode()
    assert set(signed_in(mfaic).get("/engagements/").context["page"].rows) == {here}


def test_struck_entries_can_be_left_out(signed_in, ponds, district):
    row, other = logged(district, ponds), logged(district, ponds)
    actions.strike_engagement(actor=district, engagement=row, reason="Wrong")
    browser = signed_in(district)
    assert set(browser.get("/engagements/?struck=true").context["page"].rows) == {row}
    assert set(browser.get("/engagements/?struck=false").context["page"].rows) == {other}


def test_the_table_holds_the_same_rows_and_no_formulas(signed_in, ponds, district, province2):
    logged(district, ponds, demanded='=HYPERLINK("x")')
    text = b"".join(signed_in(district).get(f"/engagements/table.csv?incident={ponds.ref}")).decode("utf-8-sig")
    head, line = text.strip().splitlines()
    assert head.startswith("incident,number,province,happened_at")
    assert line.startswith(f"{ponds.ref},1,16,")
    assert ",=" not in line
    assert ',"=' not in line
    other = b"".join(signed_in(province2).get("/engagements/table.csv")).decode("utf-8-sig")
    assert len(other.strip().splitlines()) == 1
    assert signed_in(district).get("/engagements/table.csv?since=soon").status_code == 422


# --- where it shows elsewhere ---------------------------------------------------------------------------------


def test_the_incident_shows_it_and_offers_to_log_more(signed_in, ponds, file, district, mfaic):
    page = signed_in(district).get(ponds.get_absolute_url()).content.decode()
    assert "The district engages the neighbour" in page
    assert url(ponds) in page
    row = logged(district, ponds)
    page = signed_in(mfaic).get(ponds.get_absolute_url()).content.decode()
    assert row.get_absolute_url() in page
    assert url(ponds) not in page


def test_what_is_due_waits_on_the_home_page(signed_in, ponds, district):
    row = logged(district, ponds, next_contact_at=clock.now() + timedelta(hours=3))
    page = signed_in(district).get("/").content.decode()
    assert "Next contact due" in page
    assert row.get_absolute_url() in page


def test_pages_take_few_queries_however_many_there_are(signed_in, ponds, district, django_assert_max_num_queries):
    for _ in range(3):
        row = logged(district, ponds, next_contact_at=clock.now() + timedelta(days=1))
    browser = signed_in(district)
    with django_assert_max_num_queries(16):
        browser.get("/engagements/")
    with django_assert_max_num_queries(24):
        browser.get(row.get_absolute_url())
    with django_assert_max_num_queries(18):
        browser.get(url(ponds))


# --- machines -------------------------------------------------------------------------------------------------


def body(about: Any, **changes: Any) -> dict[str, Any]:
    """What a machine sends."""
    values = {
        "incident": about.ref,
        "kind": "telephone",
        "happened_at": (clock.now() - timedelta(hours=1)).isoformat(),
        "counterpart": "vn-gia-lai",
        "our_people": "Deputy governor",
        "demanded": "Stop",
        "answer": "No",
        "result": "goes_on",
    }
    return {**values, **changes}


def post(browser: Any, sent: dict[str, Any], key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return browser.post("/api/v1/engagements/", json.dumps(sent), "application/json", headers=headers)


def test_machines_log_and_read(signed_in, ponds, district):
    browser, key = signed_in(district), str(uuid.uuid4())
    sent = body(ponds)
    first = post(browser, sent, key)
    assert first.status_code == 201
    assert set(first.json()) == set(EngagementDetail().fields)
    assert (first.json()["ref"], first.json()["counterpart"]) == (f"{ponds.ref}-E1", "vn-gia-lai")
    again = post(browser, sent, key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert post(browser, {**sent, "demanded": "Other"}, key).status_code == 409
    assert Engagement.objects.count() == 1
    [row] = browser.get("/api/v1/engagements/").json()["results"]
    assert set(row) == set(EngagementRow().fields)
    assert row["url"] == Engagement.objects.get().get_absolute_url()
    assert browser.get(f"/api/v1/engagements/{ponds.ref}/1/").json() == first.json()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"incident": "RTK-2020-000000"}, "/incident"),
        ({"kind": "smoke"}, "/kind"),
        ({"happened_at": "yesterday"}, "/happened_at"),
        ({"counterpart": "nobody"}, "/counterpart"),
        ({"unit": "nowhere"}, "/unit"),
        ({"answer": ""}, "/answer"),
        ({"demanded": ""}, "/demanded"),
    ],
)
def test_what_machines_send_wrongly_is_named(signed_in, ponds, district, changes, pointer):
    answer = post(signed_in(district), body(ponds, **changes))
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_machines_get_what_their_owner_gets(signed_in, ponds, district, mfaic, province2):
    logged(district, ponds)
    assert post(signed_in(mfaic), body(ponds)).status_code == 403
    assert post(signed_in(province2), body(ponds)).status_code == 400
    assert signed_in(province2).get("/api/v1/engagements/").json()["results"] == []
    assert signed_in(province2).get(f"/api/v1/engagements/{ponds.ref}/1/").status_code == 404
    without = signed_in(district).post("/api/v1/engagements/", json.dumps(body(ponds)), "application/json")
    assert without.status_code == 400


def test_machines_page_through_them(signed_in, ponds, district, mfaic, django_assert_max_num_queries):
    for number in range(3):
        logged(district, ponds, happened_at=clock.now() - timedelta(minutes=40 - number))
    browser, seen, address = signed_in(mfaic), [], "/api/v1/engagements/?limit=2"
    while address:
        with django_assert_max_num_queries(9):
            answer = browser.get(address).json()
        seen += [row["number"] for row in answer["results"]]
        address = answer["next"]
    assert seen == [3, 2, 1]
