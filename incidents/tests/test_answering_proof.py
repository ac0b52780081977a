"""What proves that a person was told: four stages, and "unknown" where no receipt exists."""

import pytest
from django.test import Client
from django.urls import reverse

from borderwatch import clock, links, outbox, topics
from borderwatch.models import ActionLink, Delivery
from borderwatch.proof import Evidence, Known, Stage, proof
from incidents import actions
from incidents.models import Duty
from incidents.tests.answering import address, desk_mail, duty_of, left, mail_to


@pytest.fixture
def duty(ponds):
    return duty_of("mfaic")


def known(row):
    """What is known of each stage."""
    row = Delivery.objects.with_fetches().get(pk=row.pk)
    return {one.stage.value: one.known.value for one in proof(row)}


def evidence(row, stage):
    row = Delivery.objects.with_fetches().get(pk=row.pk)
    return next(one for one in proof(row) if one.stage == stage)


def in_app(user, duty):
    return Delivery.objects.get(user=user, bundle=duty.bundle, channel="inapp", topic="duty_opened")


def test_in_the_application_it_is_delivered_when_it_is_shown_and_opened_when_opened(duty, mfaic, signed_in):
    row = in_app(mfaic, duty)
    assert row.received_at == row.done_at
    expected = {"handed_over": "proved", "delivered": "proved", "opened": "unknown", "acknowledged": "not_yet"}
    assert known(row) == expected
    signed_in(mfaic).post(reverse("notice", args=[row.pk]))
    assert evidence(row, Stage.OPENED).evidence is Evidence.OPENED_SIGNED_IN


def test_a_mail_server_that_took_it_proves_no_arrival(duty, mfaic):
    row = left(mail_to(mfaic, duty)).delivery
    expected = {"handed_over": "proved", "delivered": "unknown", "opened": "unknown", "acknowledged": "not_yet"}
    assert known(row) == expected
    assert evidence(row, Stage.DELIVERED).evidence is Evidence.NO_RECEIPT


def test_a_fetched_link_is_noted_and_proves_nothing(duty, mfaic):
    link = left(mail_to(mfaic, duty))
    for _ in range(3):
        Client().get(address(link))
    found = evidence(link.delivery, Stage.OPENED)
    assert (found.known, found.evidence) == (Known.UNKNOWN, Evidence.LINK_FETCHED)
    assert Delivery.objects.with_fetches().get(pk=link.delivery_id).fetches == 3
    assert found.at is not None
    assert known(link.delivery)["delivered"] == "unknown"


def test_a_pressed_link_proves_all_that_came_before(duty, mfaic):
    link = left(mail_to(mfaic, duty))
    Client().post(address(link), {"answer": "accept"})
    assert set(known(link.delivery).values()) == {"proved"}
    assert evidence(link.delivery, Stage.DELIVERED).evidence is Evidence.OPENED_SO_ARRIVED
    assert evidence(link.delivery, Stage.ACKNOWLEDGED).evidence is Evidence.LINK_USED
    # His other notices of the duty prove nothing by it.
    assert known(in_app(mfaic, duty))["acknowledged"] == "not_yet"


def test_an_answer_signed_in_acknowledges_all_he_was_handed_of_this_duty(duty, mfaic, moi):
    mail, planned = left(mail_to(mfaic, duty)), mail_to(mfaic, duty, event="waiting")
    other = in_app(moi, duty_of("moi"))
    actions.acknowledge(actor=mfaic, duty=duty, answer="accept")
    for row in (mail.delivery, in_app(mfaic, duty)):
        assert known(row)["acknowledged"] == "proved"
        assert evidence(row, Stage.ACKNOWLEDGED).evidence is Evidence.ANSWERED_SIGNED_IN
    assert known(mail.delivery)["opened"] == "unknown"
    assert known(planned.delivery)["handed_over"] == "cancelled"
    assert known(planned.delivery)["acknowledged"] == "not_yet"
    assert known(other)["acknowledged"] == "not_yet"


def test_a_notice_that_asks_nothing_is_not_waited_for(file, province):
    file()
    row = Delivery.objects.get(topic="incident_filed", user=province, channel="inapp")
    assert known(row)["acknowledged"] == "not_asked"


@pytest.mark.parametrize(
    ("state", "attempts", "handed_over", "delivered"),
    [
        ("pending", 0, "not_yet", "not_yet"),
        ("pending", 2, "not_yet", "unknown"),
        ("dead", 30, "failed", "unknown"),
        ("cancelled", 0, "cancelled", "cancelled"),
        ("cancelled", 1, "cancelled", "unknown"),
    ],
)
def test_what_did_not_leave(state, attempts, handed_over, delivered, duty, mfaic):
    row = mail_to(mfaic, duty).delivery
    done = None if state == "pending" else clock.now()
    Delivery.objects.filter(pk=row.pk).update(state=state, attempts=attempts, done_at=done)
    found = known(row)
    assert (found["handed_over"], found["delivered"], found["opened"]) == (handed_over, delivered, delivered)


def test_only_channels_that_confirm_count_as_delivered(duty, mfaic, monkeypatch):
    monkeypatch.setattr("borderwatch.transports.send", lambda row: "taken")
    for channel in ("email", "message", "webhook"):
        row = mail_to(mfaic, duty, channel="email", event=channel).delivery
        Delivery.objects.filter(pk=row.pk).update(channel=channel)
        assert outbox.deliver(str(row.pk), by="test") == Delivery.State.DELIVERED
        assert known(row)["delivered"] == ("proved" if channel == "webhook" else "unknown")


# --- where it is shown ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _english(world):
    from units.models import User

    User.objects.update(language="en")


def test_the_incident_shows_who_was_told_and_what_proves_it(duty, mfaic, signed_in, ponds):
    link = left(mail_to(mfaic, duty))
    Client().get(address(link))
    text = signed_in(mfaic).get(f"/incidents/{ponds.ref}/").content.decode()
    assert 'id="panel-proof"' in text
    panel = text.split('id="panel-proof"')[1].split("</section>")[0]
    assert "link fetched, perhaps by a scanner" in panel
    assert "unknown" in panel
    assert links.token(link) not in text


def test_the_panel_costs_one_query_and_is_absent_when_nobody_was_told(ponds, file, mfaic, django_assert_num_queries):
    from incidents.answering.panel import context

    with django_assert_num_queries(1):
        assert context(mfaic, ponds)["told"]
    quiet = file()
    Delivery.objects.about("incident", quiet.ref).update(state="cancelled", done_at=clock.now())
    with django_assert_num_queries(1):
        assert context(mfaic, quiet) is None


def test_the_staff_sees_every_notice_and_no_content(duty, mfaic, admin, province, signed_in, ponds):
    left(mail_to(mfaic, duty))
    assert signed_in(province).get("/notices/proof/").status_code == 403
    answer = signed_in(admin).get(f"/notices/proof/?about={ponds.ref.lower()}")
    assert {one.notice.key for one in answer.context["told"]} == {ponds.ref}
    text = answer.content.decode()
    assert "ponds" not in text.lower().replace(ponds.ref.lower(), "")
    assert "Close the link" in text
    assert not signed_in(admin).get("/notices/proof/?about=nothing").context["told"]


def test_failed_notices_show_their_stages(duty, mfaic, admin, signed_in):
    row = mail_to(mfaic, duty).delivery
    Delivery.objects.filter(pk=row.pk).update(state="dead", done_at=clock.now(), attempts=30)
    text = signed_in(admin).get("/notices/failed/").content.decode()
    assert "Delivered" in text
    assert "unknown" in text


def test_a_person_closes_his_own_link_on_the_page_of_his_notices(duty, mfaic, moi, signed_in, audited):
    link = left(mail_to(mfaic, duty))
    text = signed_in(mfaic).get("/notices/").content.decode()
    there = f"/notices/links/{link.pk}/"
    assert there in text
    assert links.token(link) not in text
    assert there not in signed_in(moi).get("/notices/").content.decode()
    assert signed_in(moi).post(there, {"reason": "x"}).status_code == 404
    assert signed_in(mfaic).get(there).status_code == 405
    signed_in(mfaic).post(there, {"reason": ""})
    assert ActionLink.objects.get(pk=link.pk).revoked_at is None
    assert signed_in(mfaic).post(there, {"reason": "Forwarded by mistake"}).status_code == 302
    assert audited("revoke_link").reason == "Forwarded by mistake"
    assert there not in signed_in(mfaic).get("/notices/").content.decode()


# --- the words of the mail ------------------------------------------------------------------------------------


def words(link, language):
    from django.utils import translation

    row = Delivery.objects.get(pk=link.delivery_id)
    with translation.override(language):
        return topics.render(row)


@pytest.mark.parametrize("topic", ["duty_opened", "duty_reminder", "duty_again"])
def test_the_mail_says_what_happened_then_what_is_asked_then_the_link(topic, duty, mfaic, ponds, district):
    link = mail_to(mfaic, duty, topic=topic, event=topic)
    text = words(link, "en")
    assert "high: pond or canal, ou ya dav, ratanakiri" in text.subject.lower()
    lines = text.body.splitlines()
    assert duty.unit.name_en in lines[0]
    assert ", by " in lines[0] or "by " in lines[0]
    assert links.url(link) in lines
    assert lines.index(links.url(link)) < next(i for i, line in enumerate(lines) if "/inbox/" in line)
    assert link.delivery.code in text.body
    assert "\n\n\n" not in text.body
    for hidden in (ponds.text, district.username, district.name_en or "–", mfaic.record_name):
        assert hidden not in text.subject + text.body
    khmer = words(link, "km")
    assert links.url(link) in khmer.body


def test_a_message_is_short(duty, mfaic):
    text = words(mail_to(mfaic, duty, channel="message"), "en")
    assert len(text.body.splitlines()) == 2
    assert text.body.splitlines()[1].startswith("http")


def test_a_mail_whose_link_has_ended_leads_to_the_sign_in_alone(duty, mfaic):
    link = mail_to(mfaic, duty)
    ActionLink.objects.filter(pk=link.pk).update(expires_at=clock.now())
    body = words(link, "en").body
    assert "/answer/" not in body
    assert "/inbox/" in body


def test_what_is_shown_in_the_application_holds_no_link(duty, mfaic, django_assert_num_queries):
    row = in_app(mfaic, duty)
    with django_assert_num_queries(0):
        assert "/answer/" not in topics.render(row).body


def test_the_level_above_is_told_without_a_link(duty, moi):
    link = mail_to(moi, duty)
    ActionLink.objects.filter(pk=link.pk).delete()
    assert topics.TOPICS["duty_above"].asks(topics.facts(link.delivery)) is None


# --- machines -------------------------------------------------------------------------------------------------


def test_the_stages_of_a_dutys_notices_are_read_by_machines(duty, mfaic, outsider, signed_in):
    link = left(mail_to(mfaic, duty))
    Client().get(address(link))
    there = f"/api/v1/duties/{duty.pk}/notices/"
    assert signed_in(outsider).get(there).status_code == 404
    assert Client().get(there).status_code == 401
    rows = signed_in(mfaic).get(there).json()["results"]
    assert len(rows) == Delivery.objects.filter(bundle=duty.bundle).count()
    mine = next(row for row in rows if row["id"] == str(link.delivery_id))
    assert [one["stage"] for one in mine["stages"]] == Stage.values
    assert mine["stages"][1]["known"] == "unknown"
    assert (mine["link_fetches"], mine["stages"][2]["evidence"]) == (1, "link_fetched")
    assert links.token(link) not in str(rows)
    first = signed_in(mfaic).get(f"{there}?limit=1").json()
    assert len(first["results"]) == 1
    assert signed_in(mfaic).get(first["next"]).json()["results"][0]["id"] == rows[1]["id"]


def test_a_machine_answers_by_the_token_and_may_repeat_it(duty, mfaic):
    link = left(mail_to(mfaic, duty))
    body = {"token": links.token(link), "answer": "accept", "expected_at": None}
    first = Client().post("/api/v1/answer/", body, "application/json")
    assert first.status_code == 201, first.content
    assert not first.cookies
    again = Client().post("/api/v1/answer/", {**body, "answer": "not_ours"}, "application/json")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert first.json()["receipt"].startswith("R-")
    assert first.json()["by_name"] == mfaic.record_name
    assert Duty.objects.get(pk=duty.pk).acknowledgements.get().link == link


def answer(**body):
    return Client().post("/api/v1/answer/", body, "application/json")


def test_what_a_machine_cannot_do_by_a_token(duty, mfaic, moi):
    link = mail_to(mfaic, duty)
    token = links.token(link)
    assert answer(token="x", answer="accept").status_code == 404
    assert answer(answer="accept").status_code == 400
    refused = answer(token=token, answer="need_information")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/comment"
    assert answer(token=token).json()["errors"][0]["pointer"] == "/answer"
    assert answer(token=links.token(mail_to(moi, duty)), answer="accept").status_code == 403
    desk = desk_mail(duty)
    pointers = {one["pointer"] for one in answer(token=links.token(desk), answer="accept").json()["errors"]}
    assert pointers == {"/name", "/office"}
    ActionLink.objects.filter(pk=link.pk).update(expires_at=clock.now())
    assert answer(token=token, answer="accept").status_code == 410
    actions.acknowledge(actor=mfaic, duty=duty, answer="accept")
    late = answer(token=links.token(desk), answer="accept", name="Sok Dara", office="Desk")
    assert late.status_code == 409
    assert duty.acknowledgements.count() == 1
