"""The pages of drills, the question on the filing page, the marks, and the API."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from borderwatch import clock
from incidents import actions
from incidents.choices_answers import DrillState
from incidents.models import Drill, Duty, Incident
from incidents.tests.drills import ARMED, PONDS, announced, play, running

MARK = "ការហាត់សម</span></span>"


def form(**changes):
    """The announcing form, filled in."""
    start = timezone.localtime(clock.now()) + timedelta(hours=2)
    values = {
        "led_by": "province-16",
        "name_km": "ការហាត់សម ខែវិច្ឆិកា",
        "name_en": "November exercise",
        "purpose": "Who answers",
        "starts_at": start.strftime("%d/%m/%Y %H:%M"),
        "ends_at": (start + timedelta(hours=3)).strftime("%d/%m/%Y %H:%M"),
        "units": ["district-1607", "moi"],
    }
    return {**values, **changes}


# --- announcing and leading -------------------------------------------------------------------------------------


def test_a_drill_is_announced_on_its_page(province, signed_in):
    answer = signed_in(province).post("/drills/new/", form())
    drill = Drill.objects.get()
    assert answer.url == f"/drills/{drill.pk}/"
    assert drill.name_km == "ការហាត់សម ខែវិច្ឆិកា"


def test_khmer_digits_are_understood(province, signed_in):
    given = form()
    khmer = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
    signed_in(province).post("/drills/new/", form(starts_at=given["starts_at"].translate(khmer)))
    assert Drill.objects.count() == 1


def test_a_refused_form_keeps_everything_and_says_where_it_is_wrong(province, signed_in):
    answer = signed_in(province).post("/drills/new/", form(ends_at="yesterday", units=["moi"]))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "November exercise" in page
    assert 'value="yesterday"' in page
    refused = signed_in(province).post("/drills/new/", form(units=["moi"]))
    assert refused.status_code == 422
    assert 'value="moi"' in refused.content.decode()
    assert not Drill.objects.exists()


@pytest.mark.parametrize("name", ["district", "head", "keeper", "auditor", "outsider"])
def test_who_may_lead_none_gets_no_form(name, request, signed_in):
    client = signed_in(request.getfixturevalue(name))
    assert client.get("/drills/new/").status_code == 403
    assert client.post("/drills/new/", form()).status_code == 403


def test_a_unit_out_of_reach_cannot_be_named(province, signed_in):
    assert signed_in(province).post("/drills/new/", form(units=["province-01"])).status_code == 422
    assert signed_in(province).post("/drills/new/", form(led_by="province-01")).status_code == 422


def test_its_steps_are_taken_on_its_page(province, world, signed_in):
    drill = announced(province, world)
    client = signed_in(province)
    for name, sent, state in [
        ("begin", {}, DrillState.RUNNING),
        ("end", {"reason": "Enough"}, DrillState.ENDED),
        ("lessons", {"lessons": "Ring earlier"}, DrillState.ENDED),
    ]:
        assert client.post(f"/drills/{drill.pk}/{name}/", sent).status_code == 302
        drill.refresh_from_db()
        assert drill.state == state
    assert "Ring earlier" in client.get(f"/drills/{drill.pk}/").content.decode()
    refused = client.post(f"/drills/{drill.pk}/call-off/", {"reason": "Too late"})
    assert refused.status_code == 422
    assert "Too late" in refused.content.decode()


def test_who_sees_a_drill_and_does_not_lead_it_is_refused(province, district, outsider, world, signed_in):
    drill = announced(province, world)
    assert signed_in(district).post(f"/drills/{drill.pk}/begin/").status_code == 403
    assert signed_in(outsider).post(f"/drills/{drill.pk}/begin/").status_code == 404
    assert signed_in(outsider).get(f"/drills/{drill.pk}/").status_code == 404


def test_get_changes_nothing(province, world, signed_in):
    drill = announced(province, world)
    client = signed_in(province)
    for name in ("begin", "end", "call-off", "lessons"):
        assert client.get(f"/drills/{drill.pk}/{name}/").status_code == 405
    drill.refresh_from_db()
    assert drill.state == DrillState.PLANNED


# --- filing -----------------------------------------------------------------------------------------------------


def filing(**changes):
    values = {
        "client_key": str(uuid.uuid4()),
        "unit": "district-1607",
        "what": "armed_incident:shooting",
        "source": "typed",
        "position": "13.786, 107.42",
        "moment": "now",
        "impact": "high",
        "text": "ឮសូរបាញ់",
    }
    return {**values, **changes}


def test_without_a_drill_nothing_is_asked(district, signed_in):
    client = signed_in(district)
    assert "field-exercise" not in client.get("/incidents/new/").content.decode()
    assert client.post("/incidents/new/", filing()).status_code == 302
    assert Incident.objects.get().drill is None


def test_while_a_drill_runs_nothing_is_filed_without_an_answer(province, district, world, signed_in):
    running(province, world)
    client = signed_in(district)
    page = client.get("/incidents/new/").content.decode()
    assert "field-exercise" in page
    assert 'name="exercise" value="real" checked' not in page
    answer = client.post("/incidents/new/", filing())
    assert answer.status_code == 422
    assert "ឮសូរបាញ់" in answer.content.decode()
    assert not Incident.objects.exists()


def test_the_answer_decides(province, district, world, signed_in):
    drill = running(province, world)
    client = signed_in(district)
    assert client.post("/incidents/new/", filing(exercise="real")).status_code == 302
    answer = client.post("/incidents/new/", filing(exercise=str(drill.pk)))
    assert answer.status_code == 302
    assert [row.drill for row in Incident.objects.order_by("pk")] == [None, drill]
    receipt = client.get(answer.url).content.decode()
    assert "EXERCISE" in receipt
    assert "-EX-" in receipt


def test_a_form_sent_after_the_end_is_never_filed_as_real(province, district, world, signed_in):
    drill = running(province, world)
    actions.end_drill(actor=province, drill=drill)
    answer = signed_in(district).post("/incidents/new/", filing(exercise=str(drill.pk)))
    assert answer.status_code == 422
    assert "ឮសូរបាញ់" in answer.content.decode()
    assert not Incident.objects.exists()


def test_another_units_drill_is_not_offered(province, district, world, signed_in):
    running(province, world, units=[world["district-1609"]])
    client = signed_in(district)
    assert "field-exercise" not in client.get("/incidents/new/").content.decode()


# --- marks ------------------------------------------------------------------------------------------------------


def test_every_page_that_shows_it_marks_it(province, district, moi, head, world, report, signed_in):
    drill = running(province, world)
    play(drill, district, world, report)
    incident = play(drill, district, world, report, **PONDS)
    duty = Duty.objects.get(escalation__incident=incident, unit__code="moi")
    pages = {
        province: ["/incidents/", f"/incidents/{incident.ref}/", "/map/", "/", "/notices/", f"/drills/{drill.pk}/"],
        district: ["/", f"/incidents/{incident.ref}/filed/"],
        moi: ["/inbox/", f"/inbox/{duty.pk}/", f"/inbox/?open={duty.pk}", "/", "/notices/"],
        head: ["/"],
    }
    for user, addresses in pages.items():
        client = signed_in(user)
        for address in addresses:
            page = client.get(address).content.decode().split("<main", 1)[1]
            assert "ការហាត់សម" in page, (user.username, address)


def test_the_banner_is_for_those_whom_the_drill_concerns(province, province2, district, mfaic, world, signed_in):
    drill = running(province, world)
    for user, shown in ((district, True), (mfaic, True), (province2, False)):
        page = signed_in(user).get("/incidents/").content.decode()
        assert ('class="exercise-banner"' in page) is shown, user
    actions.end_drill(actor=province, drill=drill)
    assert 'class="exercise-banner"' not in signed_in(district).get("/incidents/").content.decode()


def test_the_banner_costs_one_query(district, signed_in, django_assert_num_queries):
    from django.test import RequestFactory

    from incidents.drills.context import drills

    request = RequestFactory().get("/")
    request.user = district
    found = drills(request)["running_drills"]
    with django_assert_num_queries(1):
        assert not found


def test_the_api_says_what_is_played(province, district, moi, world, report, signed_in, file):
    real, incident = file(), play(running(province, world), district, world, report, **ARMED)
    client = signed_in(moi)
    rows = {row["ref"]: row["exercise"] for row in client.get("/api/v1/incidents/").json()["results"]}
    assert rows == {real.ref: False, incident.ref: True}
    one = client.get(f"/api/v1/incidents/{incident.ref}/").json()
    assert (one["exercise"], one["drill"]) == (True, incident.drill_id)
    duties = client.get("/api/v1/duties/").json()["results"]
    assert {row["incident_ref"]: row["exercise"] for row in duties} == {incident.ref: True}
    layer = client.get("/layers/incidents.geojson").json()["features"]
    shown = {one["properties"]["ref"]: one["properties"]["exercise"] for one in layer}
    assert shown == {real.ref: False, incident.ref: True}


def test_a_machine_files_into_a_drill_by_its_number(province, district, world, signed_in):
    drill = running(province, world)
    body = {
        "unit": "district-1607", "category": "armed_incident", "type": "shooting", "impact": "high", "text": "Shots",
        "occurred_at": clock.now().isoformat(), "lon": 107.42, "lat": 13.786, "accuracy_m": 30,
        "coordinate_source": "gps", "drill": drill.pk,
    }  # fmt: skip
    client = signed_in(district)

    def send(**changes):
        return client.post(
            "/api/v1/incidents/", {**body, **changes}, content_type="application/json",
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )  # fmt: skip

    made = send()
    assert made.status_code == 201
    assert made.json()["exercise"] is True
    assert send(drill=None).json()["exercise"] is False
    assert send(drill=999_999).status_code == 400
    actions.end_drill(actor=province, drill=drill)
    assert send().status_code == 400


def test_the_list_of_drills_for_machines(province, outsider, world, signed_in, django_assert_max_num_queries):
    drill = announced(province, world)
    running(province, world)
    client = signed_in(province)
    client.get("/api/v1/drills/")
    with django_assert_max_num_queries(6):
        rows = client.get("/api/v1/drills/").json()["results"]
    assert len(rows) == 2
    planned = client.get("/api/v1/drills/?state=planned").json()["results"]
    assert [(row["id"], row["led_by"], row["url"]) for row in planned] == [
        (drill.pk, "province-16", f"/drills/{drill.pk}/")
    ]
    assert client.get("/api/v1/drills/?state=nonsense").status_code == 400
    assert signed_in(outsider).get("/api/v1/drills/").json()["results"] == []


def test_the_list_of_drills_asks_few_questions(province, world, signed_in, django_assert_max_num_queries):
    for _n in range(4):
        announced(province, world)
    client = signed_in(province)
    client.get("/drills/")
    with django_assert_max_num_queries(12):
        assert client.get("/drills/").status_code == 200
