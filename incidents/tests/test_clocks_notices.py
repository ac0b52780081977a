"""What is told about duties that come back, about the level above, and about requests for information."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from borderwatch import clock, outbox, topics
from borderwatch.models import Delivery
from incidents.actions import acknowledge, give_information, watch_duties
from incidents.models import Duty, EscalationPolicy, InformationRequest
from units import actions as register

TOPICS = ("duty_again", "duty_above", "duty_forgotten", "request_opened", "request_reminder", "request_answered")


@pytest.fixture
def one_of_each(world, file, mfaic, moi, district):
    """A notice of every topic, by the verbs."""
    policy = EscalationPolicy.objects.get(slug="unilateral-in-unresolved-area")
    policy.overseer = world["moi"]
    policy.save()
    incident = file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    duties = {duty.unit.code: duty for duty in Duty.objects.select_related("unit")}
    acknowledge(actor=mfaic, duty=duties["mfaic"], answer="need_information", comment="How many ponds?")
    give_information(actor=district, request=InformationRequest.objects.get(), answer="Three ponds.")
    acknowledge(actor=moi, duty=duties["moi"], answer="accept")
    with clock.replaying(clock.now() + timedelta(days=8)):
        watch_duties()
    return incident, {row.topic: row for row in Delivery.objects.filter(topic__in=TOPICS)}


@pytest.mark.parametrize("language", ["km", "en"])
@pytest.mark.parametrize("slug", TOPICS)
def test_every_notice_names_the_incident_and_says_what_is_asked(slug, language, one_of_each):
    incident, rows = one_of_each
    with translation.override(language):
        text = topics.render(rows[slug])
    assert incident.ref in text.subject
    assert len(text.body) > 40
    assert "{" not in text.subject + text.body
    assert "None" not in text.subject + text.body
    assert incident.text not in text.body  # what was reported stays behind the sign-in
    if slug.startswith("request_"):
        assert "How many ponds?" in text.body
        assert ("Three ponds." in text.body) == (slug == "request_answered")
    pages = {"request_opened": "/clocks/requests/", "duty_again": "/inbox/", "request_answered": "/inbox/"}
    assert pages.get(slug, "/") in text.body


def test_a_reminder_of_information_that_was_given_does_not_leave(ponds, mfaic, province, district):
    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="need_information", comment="How many?")
    row = Delivery.objects.get(topic="request_opened", channel="email")
    give_information(actor=district, request=InformationRequest.objects.get(), answer="Three.")
    row.refresh_from_db()
    assert row.state == Delivery.State.CANCELLED
    assert outbox.deliver(str(row.pk), by="test") == "not due"


def test_a_reminder_to_who_may_no_longer_see_the_incident_is_pointless(ponds, mfaic, province):
    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="need_information", comment="How many?")
    row = Delivery.objects.filter(topic="request_reminder", user=province).first()
    assert topics.obsolete(row) == ""
    register.end_posting(actor=None, posting=province.postings.get(), at=timezone.now(), reason="moved")
    assert "may no longer see" in topics.obsolete(row)


def test_the_level_above_is_told_only_while_it_serves_there(one_of_each, moi):
    row = Delivery.objects.filter(topic="duty_above", user=moi, state="pending").first()
    assert topics.obsolete(row) == ""
    register.end_posting(actor=None, posting=moi.postings.get(), at=timezone.now(), reason="moved")
    assert "no longer serves" in topics.obsolete(row)
