"""What people are told: frozen facts, words in their own language, and notices that lose their point."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation

from borderwatch import clock, outbox, topics
from borderwatch.models import Attempt, Delivery
from incidents.actions import acknowledge, reattribute
from incidents.models import Duty
from units import actions as register

SLUGS = {
    "incident_filed",
    "unit_answers",
    "duty_opened",
    "duty_reminder",
    "duty_answered",
    "reattributed",
    "conflicting_copy",
}


@pytest.fixture
def one_of_each(ponds, file, mfaic, province, world, district, report):
    """A notice of every topic, by the verbs."""
    from incidents.actions import file_incident

    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept", comment="A note is drafted.")
    reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="x")
    file_incident(
        actor=district, unit=world["district-1607"], client_key=ponds.client_key, report=report(text="Other words")
    )
    return {row.topic: row for row in Delivery.objects.order_by("id")}


def test_the_table_of_topics_is_complete(one_of_each):
    """Topics of cases, patrols, confidence and crossings have tests of their own."""
    assert set(one_of_each) == SLUGS
    elsewhere = (
        "case_", "contest_", "patrol_", "ground_", "closure_", "crossing_", "proposal_", "removal_", "engagement_",
        "protest_", "guidance_", "request_", "endpoint_", "letter_", "delegation_", "drill_", "digest",
    )  # fmt: skip
    others = {slug for slug in topics.TOPICS if slug.startswith(elsewhere)}
    assert set(topics.TOPICS) == SLUGS | others | {"exceptional_filed", "duty_again", "duty_above", "duty_forgotten"}


@pytest.mark.parametrize("language", ["km", "en"])
@pytest.mark.parametrize("slug", sorted(SLUGS))
def test_every_notice_has_a_subject_with_the_reference_and_a_body_in_both_languages(slug, language, one_of_each, ponds):
    with translation.override(language):
        text = topics.render(one_of_each[slug])
    assert ponds.ref in text.subject
    assert "\n" not in text.subject
    assert len(text.body) > 40
    assert "{" not in text.subject + text.body
    assert "None" not in text.subject + text.body
    assert ponds.text not in text.body  # what was reported stays behind the sign-in
    assert "/incidents/" in text.body or "/inbox/" in text.body


def test_the_payload_is_machine_readable_whatever_language_is_active(file):
    with translation.override("km"):
        incident = file()
    data = json.loads(Delivery.objects.filter(key=incident.ref).first().payload)["data"]
    assert data["position"] == {"lat": 13.786, "lon": 107.42, "accuracy_m": 20}
    assert data["occurred_at"] == incident.occurred_at.isoformat()
    assert data["unit"]["code"] == "post-1607-1"
    assert data["province"]["code"] == "16"


def test_the_facts_are_frozen_when_they_are_told(file, world):
    incident = file()
    row = Delivery.objects.filter(topic="unit_answers", key=incident.ref).get()
    before = row.payload
    type(world["post-1607-1"]).objects.filter(code="post-1607-1").update(name_en="Renamed")
    row.refresh_from_db()
    assert row.payload == before
    with translation.override("en"):
        assert "Renamed" not in topics.render(row).body


# --- obsolete at the moment of sending ------------------------------------------------------------------------


def _email_to(user, topic, key, bundle=""):
    with transaction.atomic():
        (row,) = outbox.publish(
            outbox.Notice(
                topic=topic,
                event=f"test:{topic}",
                kind="incident",
                key=key,
                recipients=[outbox.Recipient(f"user:{user.pk}", user.username, "email", user_id=user.pk)],
                data={},
                bundle=bundle,
            )
        )
    return row


def test_a_person_who_may_no_longer_see_the_incident_is_not_told(file, province):
    incident = file()
    row = _email_to(province, "incident_filed", incident.ref)
    posting = province.postings.get()
    register.end_posting(actor=None, posting=posting, at=timezone.now(), reason="moved")
    assert outbox.deliver(str(row.pk), by="test") == Delivery.State.CANCELLED
    row.refresh_from_db()
    assert "may no longer see" in row.state_reason
    assert Attempt.objects.get(delivery=row).outcome == Attempt.Outcome.REFUSED


def test_a_disabled_account_is_not_told(file, province):
    incident = file()
    row = _email_to(province, "incident_filed", incident.ref)
    province.is_active = False
    province.save()
    assert outbox.deliver(str(row.pk), by="test") == Delivery.State.CANCELLED


def test_a_reminder_of_an_answered_duty_does_not_leave(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")
    acknowledge(actor=mfaic, duty=duty, answer="accept")
    row = _email_to(mfaic, "duty_reminder", ponds.ref, bundle=duty.bundle)
    assert outbox.deliver(str(row.pk), by="test") == Delivery.State.CANCELLED


def test_a_reminder_to_an_official_who_left_the_institution_does_not_leave(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")
    row = _email_to(mfaic, "duty_reminder", ponds.ref, bundle=duty.bundle)
    register.end_posting(actor=None, posting=mfaic.postings.get(), at=timezone.now(), reason="moved")
    assert outbox.deliver(str(row.pk), by="test") == Delivery.State.CANCELLED


# --- a person's list ------------------------------------------------------------------------------------------


def test_a_planned_notice_appears_in_the_list_at_its_time_without_any_process(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")

    def listed(minutes):
        with clock.replaying(duty.started_at + timedelta(minutes=minutes)):
            return [row.topic for row in Delivery.objects.inbox(mfaic)]

    assert listed(59) == ["duty_opened"]
    assert listed(60) == ["duty_opened", "duty_reminder"]
    assert Delivery.objects.filter(topic="duty_reminder", state="delivered").count() == 0


def test_a_person_lists_only_his_own(ponds, mfaic, moi, outsider):
    assert {row.user for row in Delivery.objects.inbox(mfaic)} == {mfaic}
    assert not Delivery.objects.inbox(outsider)
