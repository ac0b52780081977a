"""The chain of an incident: what happened, what is planned, what failed, what is no longer needed."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from borderwatch import clock, outbox
from borderwatch.models import Delivery
from incidents.actions import acknowledge, close_incident, escalate, open_duty, reattribute
from incidents.models import Duty
from incidents.timeline import chain


def steps(incident, **wanted):
    return [s for s in chain(incident) if all(getattr(s, name) == value for name, value in wanted.items())]


def test_right_after_filing_it_shows_who_is_told_and_what_is_planned_for_each_institution(ponds):
    found = chain(ponds)
    assert [s.at for s in found] == sorted(s.at for s in found)
    assert [s.kind for s in found if s.kind in ("filed", "attributed")] == ["filed", "attributed"]
    for code in ("moi", "mfaic", "ssba"):
        told = steps(ponds, lane=code, kind="told")
        assert [s.state for s in told] == ["past", "planned", "planned", "planned"]
        start = Duty.objects.get(unit__code=code).started_at
        assert [s.at - start for s in told[1:]] == [timedelta(minutes=m) for m in (60, 120, 240)]
        (due,) = steps(ponds, lane=code, kind="due")
        assert (due.state, due.at - start) == ("planned", timedelta(minutes=120))


def test_an_answer_shows_as_past_and_the_rest_of_its_ladder_as_not_needed(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")
    open_duty(actor=mfaic, duty=duty)
    acknowledge(actor=mfaic, duty=duty, answer="not_ours", who_instead="SSBA", comment="Please ask them.")
    (answered,) = steps(ponds, lane="mfaic", kind="answered")
    assert answered.state == "past"
    assert "SSBA" in answered.detail
    assert "Please ask them." in answered.detail
    assert [s.kind for s in chain(ponds) if s.lane == "mfaic" and s.kind == "seen"] == ["seen"]
    (told, needless) = steps(ponds, lane="mfaic", kind="told")
    assert (told.state, needless.state) == ("past", "cancelled")
    assert "3" in needless.title
    assert needless.at >= answered.at
    assert not steps(ponds, lane="mfaic", kind="due")
    assert {s.state for s in steps(ponds, lane="moi", kind="told")} == {"past", "planned"}


def test_a_missed_deadline_shows_as_failed(ponds):
    duty = Duty.objects.get(unit__code="ssba")
    with clock.replaying(duty.due_at + timedelta(minutes=1)):
        (due,) = steps(ponds, lane="ssba", kind="due")
    assert due.state == "failed"


def test_a_notice_that_cannot_be_handed_over_shows_as_failed(file):
    incident = file()
    row = Delivery.objects.get(key=incident.ref, channel="email")
    Delivery.objects.filter(pk=row.pk).update(attempts=2, state_reason="no SMTP server")
    (failed,) = steps(incident, kind="told", state="failed")
    assert failed.detail.endswith(": no SMTP server")


def test_a_ruling_and_the_closing_are_steps(file, province, world):
    incident = file()
    reattribute(actor=province, incident=incident, unit=world["post-1607-2"], reason="The path is theirs.")
    close_incident(actor=province, incident=incident, close_reason="over", reason="They left.")
    incident.refresh_from_db()
    assert [s.detail for s in steps(incident, kind="attributed")][1] == "The path is theirs."
    (closed,) = steps(incident, kind="closed")
    assert (closed.state, closed.detail) == ("past", "They left.")
    assert province.get_full_name() in closed.title


def test_an_escalation_says_by_whom_and_why(file, ponds, province):
    (by_itself,) = steps(ponds, kind="escalated")
    assert "Unilateral" in by_itself.detail or "ឯកតោភាគី" in by_itself.detail
    incident = file()
    escalate(actor=province, incident=incident, reason="Many people waited.")
    (decided,) = steps(incident, kind="escalated")
    assert province.get_full_name() in decided.title
    assert decided.detail.endswith("Many people waited.")


@pytest.mark.parametrize("language", ["km", "en"])
def test_it_speaks_the_readers_language(ponds, language, world):
    with translation.override(language):
        text = " ".join(f"{s.title} {s.detail}" for s in chain(ponds))
        assert world["mfaic"].name in text
        assert world["post-1607-1"].name in text
        other = world["mfaic"].name_en if language == "km" else world["mfaic"].name_km
        assert other not in text


def test_reminders_move_to_the_past_as_they_are_told(ponds):
    duty = Duty.objects.get(unit__code="moi")
    with clock.replaying(duty.started_at + timedelta(minutes=130)):
        outbox.sweep()
        assert [s.state for s in steps(ponds, lane="moi", kind="told")] == ["past", "past", "past", "planned"]
    assert duty.started_at <= timezone.now()
