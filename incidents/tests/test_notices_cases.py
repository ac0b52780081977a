"""What people are told about cases and contests: in both languages, thin, and not to who may no longer see it."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from borderwatch import clock, outbox, topics
from borderwatch.models import Delivery
from incidents import actions, tasks
from incidents.choices import CaseState
from incidents.tests.accountability import after, bring, notified, opened
from units.actions import end_posting, post_person
from units.choices import Role

SLUGS = {
    "case_opened",
    "case_notified",
    "case_step",
    "case_reminder",
    "case_overdue",
    "contest_opened",
    "contest_hearing",
    "contest_stated",
    "contest_reminder",
    "contest_settled",
    "contest_overdue",
}


@pytest.fixture
def one_of_each(file, province, head, moi, outsider, world):
    """A notice of every topic, by the verbs."""
    unit, since = world["post-1607-2"], timezone.now() - timedelta(days=1)
    post_person(actor=None, user=outsider, unit=unit, role=Role.COMMANDER, since=since, reason="test")
    case = opened(file, province)
    with after(case):
        tasks.watch_cases()
    bring(case, CaseState.RULED, reviewer=province, head=head, above=moi)
    contest = actions.contest_attribution(actor=head, incident=case.incident, reason="Their stream.", names_unit=unit)
    actions.state_in_contest(actor=outsider, contest=contest, unit=unit, text="It is not.")
    with clock.replaying(contest.due_at + timedelta(minutes=1)):
        tasks.watch_cases()
    actions.rule_contest(actor=province, contest=contest, outcome="moved", unit=unit, reason="The stream is the line.")
    return case, {row.topic: row for row in Delivery.objects.order_by("id")}


def test_every_topic_of_ours_is_told_and_registered(one_of_each):
    _case, rows = one_of_each
    assert set(rows) >= SLUGS
    assert set(topics.TOPICS) >= SLUGS


@pytest.mark.parametrize("language", ["km", "en"])
def test_every_notice_has_a_subject_with_the_reference_and_a_thin_body(language, one_of_each):
    case, rows = one_of_each
    for slug in SLUGS:
        with translation.override(language):
            text = topics.render(rows[slug])
        assert case.incident.ref in text.subject, slug
        assert "\n" not in text.subject
        for bad in ("{", "None"):
            assert bad not in text.subject + text.body, (slug, text)
        assert "/cases/" in text.body or "/incidents/" in text.body, slug
        # What is held against the head, who he is, and what anybody said stays behind the sign-in.
        payload = rows[slug].payload
        for hidden in (case.charge, case.head_name_en, "Their stream.", "It is not.", "The stream is the line."):
            assert hidden not in payload, (slug, hidden)


def test_only_persons_are_told_and_only_in_the_application(one_of_each):
    _case, _rows = one_of_each
    ours = Delivery.objects.filter(topic__in=SLUGS)
    assert set(ours.values_list("channel", flat=True)) == {"inapp"}


def test_who_may_no_longer_see_the_case_is_not_told(file, province):
    case = notified(file, province)
    row = Delivery.objects.get(topic="case_opened", user=province)
    Delivery.objects.filter(pk=row.pk).update(state=Delivery.State.PENDING, channel="email", done_at=None)
    end_posting(actor=None, posting=province.postings.get(), at=timezone.now(), reason="moved")
    assert outbox.deliver(str(row.pk), by="test") == Delivery.State.CANCELLED
    row.refresh_from_db()
    assert "may no longer see" in row.state_reason
    assert case.state == CaseState.NOTIFIED
