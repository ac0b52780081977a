"""A report about the reporter's own chain of command: the level above sees it, the chain does not."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from borderwatch import topics
from borderwatch.models import Delivery
from incidents import exceptional
from incidents.actions import escalate, file_incident
from incidents.demo import people
from incidents.models import Duty, Incident
from units.choices import Role
from units.models import RegisterDefect


@pytest.fixture
def clerk(world):
    """A clerk of the head's own post."""
    return people.account(people.Account("clerk", "", "Clerk of the post", people.HEAD_OF, Role.FILER))


@pytest.fixture
def secret(clerk, world, report):
    post = world[people.HEAD_OF]
    told = report(category="checkpoint_irregularity", type="unofficial_fee", about=post)
    return file_incident(actor=clerk, unit=post, client_key=uuid.uuid4(), report=told).incident


def sees(user, incident):
    return Incident.objects.visible_to(user).filter(pk=incident.pk).exists()


def test_the_level_above_and_the_reporter_see_it_and_the_unit_does_not(
    secret, clerk, head, province, moi, auditor, district, province2, mfaic
):
    assert secret.exceptional
    for who in (clerk, province, moi, auditor):
        assert sees(who, secret), who
    for who in (head, district, province2, mfaic):
        assert not sees(who, secret), who


def test_who_answers_is_found_as_always_and_not_told(secret, told, world, audited):
    assert secret.responsible_unit == world[people.HEAD_OF]
    assert secret.attributions.get().unit == world[people.HEAD_OF]
    assert told("unit_answers") == set()
    assert told("incident_filed") == set()
    # Nobody is posted at the battalion and the command: the province is the first that can decide.
    assert told("exceptional_filed") == {"province"}
    assert set(Delivery.objects.filter(key=secret.ref).values_list("channel", flat=True)) == {"inapp"}
    assert audited("file_incident", secret.ref).after["about"] == people.HEAD_OF


def test_the_notice_says_what_it_is_and_nothing_of_what_was_reported(secret):
    for language in ("km", "en"):
        with translation.override(language):
            text = topics.render(Delivery.objects.get(topic="exceptional_filed"))
        assert secret.ref in text.subject
        assert f"/incidents/{secret.ref}/" in text.body
        for word in (secret.text, secret.filed_by.name_en, secret.responsible_unit.name_en):
            assert word not in text.subject + text.body


def test_a_commander_between_is_told_too(world, clerk, report, told):
    colonel = people.account(people.Account("colonel", "", "Colonel", "battalion-16", Role.COMMANDER))
    post = world[people.HEAD_OF]
    filed = file_incident(actor=clerk, unit=post, client_key=uuid.uuid4(), report=report(about=post))
    assert told("exceptional_filed") == {"colonel", "province"}
    assert sees(colonel, filed.incident)
    about_battalion = report(about=world["battalion-16"], text="On the battalion")
    other = file_incident(actor=clerk, unit=post, client_key=uuid.uuid4(), report=about_battalion).incident
    assert not sees(colonel, other)
    assert sees(clerk, other)


def test_a_report_about_the_province_goes_to_the_ministry(province, world, report, told, moi, auditor):
    about = report(about=world["province-16"])
    incident = file_incident(actor=province, unit=world["province-16"], client_key=uuid.uuid4(), report=about).incident
    assert told("exceptional_filed") == {"moi", "moi2"}
    colleague = people.account(people.Account("colleague", "", "Colleague", "province-16", Role.PROVINCE_OFFICER))
    assert sees(moi, incident)
    assert sees(auditor, incident)
    assert sees(province, incident)
    assert not sees(colleague, incident)


def test_only_the_own_chain_can_be_reported_in_confidence(clerk, world, report, untouched):
    post = world[people.HEAD_OF]
    assert [unit.code for unit in exceptional.may_be_about(post)] == [
        "post-1607-1", "battalion-16", "command-16", "province-16",
    ]  # fmt: skip
    for stranger in ("post-1607-2", "district-1607", "moi"):
        about = report(about=world[stranger])
        with untouched(), pytest.raises(ValidationError) as refused:
            file_incident(actor=clerk, unit=post, client_key=uuid.uuid4(), report=about)
        assert "about" in refused.value.error_dict


def test_no_fault_of_the_register_gives_it_away(clerk, world, report):
    """In a gap a defect is raised with place and moment, and the province's people read those."""
    post = world[people.HEAD_OF]
    far = report(about=post, at=(105.5, 13.0))
    incident = file_incident(actor=clerk, unit=post, client_key=uuid.uuid4(), report=far).incident
    assert incident.attributions.get().rule == "gap"
    assert not RegisterDefect.objects.filter(found_by=incident.ref).exists()


def test_an_answer_of_an_institution_tells_nobody_of_the_chain(province, world, report, moi, told):
    """MoI decides on a report about the province: the province is not told of the answer either."""
    from incidents.actions import acknowledge

    words = {"category": "neighbour_unilateral_activity", "type": "pond_or_canal", "impact": "high"}
    about = report(about=world["province-16"], **words)
    incident = file_incident(actor=province, unit=world["province-16"], client_key=uuid.uuid4(), report=about).incident
    colleague = people.account(people.Account("colleague", "", "Colleague", "province-16", Role.PROVINCE_OFFICER))
    duty = Duty.objects.get(escalation__incident=incident, unit=world["moi"])
    acknowledge(actor=moi, duty=duty, answer="accept")
    assert "colleague" not in told("duty_answered")
    assert "province" in told("duty_answered")
    assert not sees(colleague, incident)


def test_escalating_adds_the_institutions_and_nobody_else(secret, province, moi, head, district):
    escalation = escalate(actor=province, incident=secret, reason="Needs the ministry")
    asked = set(escalation.duties.values_list("unit", flat=True))
    incident = Incident.objects.get(pk=secret.pk)
    assert set(incident.audience) == set(secret.audience) | asked
    assert sees(moi, incident)
    assert not sees(head, incident)
    assert not sees(district, incident)


def test_the_same_report_without_it_is_another_one(report, world):
    post = world[people.HEAD_OF]
    plain = report()
    assert plain.content() != report(occurred_at=plain.occurred_at, about=post).content()
    assert "about" not in plain.content()
    assert "source" not in plain.content()
    assert report(source="villager").content()["source"] == "villager"


def test_how_it_became_known_is_kept_and_checked(file, untouched):
    assert file(source="villager").source == "villager"
    with untouched(), pytest.raises(ValidationError) as refused:
        file(source="gossip")
    assert "source" in refused.value.error_dict


# --- in the browser and by machines ---------------------------------------------------------------------------


def form(client, **changes):
    fields = {
        "client_key": str(uuid.uuid4()), "what": "checkpoint_irregularity:unofficial_fee", "source": "typed",
        "position": "13.786, 107.42", "impact": "medium", "text": "A fee is asked", "moment": "now",
    }  # fmt: skip
    return client.post("/incidents/new/", {**fields, **changes}, follow=True)


def test_the_form_files_in_confidence_and_says_so(clerk, signed_in, head):
    client = signed_in(clerk)
    page = form(client, about="post-1607-1", known_by="own_patrol").content.decode()
    incident = Incident.objects.get()
    assert incident.exceptional
    assert incident.source == "own_patrol"
    assert incident.ref in page
    assert client.get(f"/incidents/{incident.ref}/").status_code == 200
    assert signed_in(head).get(f"/incidents/{incident.ref}/").status_code == 404


def test_the_form_refuses_a_unit_that_is_not_offered_and_keeps_what_was_typed(clerk, signed_in):
    answer = form(signed_in(clerk), about="post-1607-2")
    assert answer.status_code == 422
    assert "A fee is asked" in answer.content.decode()
    assert not Incident.objects.exists()


def test_an_official_with_nobody_above_is_not_offered_it(moi, signed_in, world):
    from datetime import UTC, datetime

    from units.actions import post_person

    post_person(actor=None, user=moi, unit=world["moi"], role=Role.FILER, since=datetime(2026, 1, 1, tzinfo=UTC))
    assert 'name="about"' not in signed_in(moi).get("/incidents/new/").content.decode()


def test_a_machine_files_in_confidence_with_the_unit_s_code(clerk, signed_in):
    body = {
        "category": "checkpoint_irregularity", "type": "unofficial_fee", "impact": "low", "text": "A fee",
        "lon": 107.42, "lat": 13.786, "occurred_at": "2026-11-01T08:00:00+07:00", "about": "post-1607-1",
        "known_by": "own_patrol",
    }  # fmt: skip
    answer = signed_in(clerk).post(
        "/api/v1/incidents/", body, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["exceptional"] is True
    assert answer.json()["known_by"] == "own_patrol"
