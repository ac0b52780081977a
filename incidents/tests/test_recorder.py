"""The flight recorder: what should have been told is derived apart, and every way of forgetting somebody is found."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from borderwatch import clock, outbox
from borderwatch.models import AuditEntry, Delivery, Heartbeat
from borderwatch.receivers import SmtpReceiver
from incidents import actions
from incidents.actions import acknowledge
from incidents.choices import Answer
from incidents.choices_answers import FindingKind, LateCause
from incidents.models import Acknowledgement, Duty, Escalation, Finding, Incident, Outage, RecorderRun
from incidents.recorder import alarm, late, outages, rounds
from incidents.recorder.expected import derive
from incidents.recorder.staffing import Staffing
from units import actions as registry
from units.choices import Role
from units.models import Posting, User

HOUR = timedelta(hours=1)
# What the recorder finds it also logs as an error.
pytestmark = pytest.mark.expects_errors


@pytest.fixture
def ponds(world, file):
    """A report that policy escalates by itself to the three institutions, each with a mailbox."""
    for code in ("moi", "mfaic", "ssba"):
        registry.add_endpoint(actor=None, unit=world[code], channel="email", address=f"desk@{code}.example.org")
    incident = file(category="neighbour_unilateral_activity", type="pond_or_canal")
    assert incident.escalations.count() == 1
    return incident


def back(by, *, deliver=True):
    """Everything happened so much earlier than it did; what was due since has been handed over in time."""
    Incident.objects.update(
        received_at=F("received_at") - by, occurred_at=F("occurred_at") - by, filed_at=F("filed_at") - by
    )
    Escalation.objects.update(started_at=F("started_at") - by)
    Duty.objects.update(started_at=F("started_at") - by, due_at=F("due_at") - by, answered_at=F("answered_at") - by)
    Delivery.objects.update(
        planned_at=F("planned_at") - by,
        due_at=F("due_at") - by,
        created_at=F("created_at") - by,
        done_at=F("done_at") - by,
    )
    Posting.objects.filter(period__contains=clock.now()).update(period=_since_2020())
    if deliver:
        due = Delivery.objects.filter(state="pending", planned_at__lte=clock.now())
        due.update(state="delivered", done_at=F("planned_at") + timedelta(seconds=1))


def _since_2020():
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    return DateTimeTZRange(datetime(2020, 1, 1, tzinfo=UTC), None)


def kinds():
    return sorted(Finding.objects.open().values_list("kind", flat=True))


def test_a_day_on_which_everybody_was_told_gives_no_finding(ponds, file):
    file()
    back(5 * HOUR)
    this = rounds.run()
    assert (this.whole, this.incidents, this.found) == (True, 2, 0)
    # Officers and heads at filing; desk twice, deputy and head for three institutions.
    assert this.expected >= 2 + 3 * 4
    assert Heartbeat.objects.filter(name="recorder").exists()


def test_a_report_of_which_no_notice_was_written_is_found(ponds, province):
    back(HOUR)
    Delivery.objects.filter(event=f"incident:{ponds.ref}:filed", user=province).delete()
    assert rounds.run().found == 1
    finding = Finding.objects.get()
    assert (finding.kind, finding.incident) == (FindingKind.NEVER_WRITTEN, ponds)
    assert finding.unit.code == "province-16"
    assert finding.expected == f"incident:{ponds.ref}:filed:user:{province.pk}"


def test_a_head_who_was_not_told_that_his_unit_answers_is_found(ponds, head):
    back(HOUR)
    Delivery.objects.filter(topic="unit_answers", user=head).delete()
    rounds.run()
    assert Finding.objects.get().unit.code == "post-1607-1"


def test_a_missing_step_of_a_ladder_is_found_and_only_once(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")
    back(HOUR + timedelta(minutes=20))
    Delivery.objects.filter(event=f"duty:{duty.pk}:step:1", user=mfaic).delete()
    rounds.run()
    assert kinds() == [FindingKind.LADDER_BROKEN]
    assert rounds.run().found == 0
    assert Finding.objects.count() == 1


def test_a_step_that_was_cancelled_without_an_answer_is_found(ponds):
    duty = Duty.objects.get(unit__code="ssba")
    Delivery.objects.filter(bundle=duty.bundle, state="pending").update(state="cancelled", done_at=clock.now())
    back(5 * HOUR)
    rounds.run()
    # Desk again, deputy, head.
    assert kinds() == [FindingKind.LADDER_BROKEN] * 3


def test_steps_after_the_answer_are_expected_of_nobody(ponds, mfaic):
    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer=Answer.ACCEPT)
    Acknowledgement.objects.update(at=F("at") - 5 * HOUR)
    connection.cursor().execute("UPDATE incidents_clockevent SET at = at - interval '5 hours'")
    back(5 * HOUR)
    assert rounds.run().found == 0


def test_a_notice_that_left_after_the_answer_is_found(ponds, mfaic):
    duty = Duty.objects.get(unit__code="mfaic")
    acknowledge(actor=mfaic, duty=duty, answer=Answer.ACCEPT)
    step = Delivery.objects.filter(event=f"duty:{duty.pk}:step:1", channel="email").first()
    step.state, step.done_at = "delivered", clock.now() + 2 * HOUR
    step.save()
    rounds.run()
    assert kinds() == [FindingKind.TOLD_AFTER_ANSWER]


def test_an_escalation_that_policy_demands_and_nobody_started_is_found(ponds):
    escalation = ponds.escalations.get()
    connection.cursor().execute("DELETE FROM incidents_duty")
    back(HOUR)
    rounds.run()
    assert kinds() == [FindingKind.DUTY_MISSING] * 3
    escalation.delete()
    assert rounds.run(whole=True).found == 0, "the same three, named alike"
    assert set(Finding.objects.values_list("unit__code", flat=True)) == {"moi", "mfaic", "ssba"}


def test_a_policy_edited_after_the_report_proves_nothing_about_it(ponds):
    from borderwatch import audit

    connection.cursor().execute("DELETE FROM incidents_duty")
    policy = ponds.escalations.get().policy
    ponds.escalations.all().delete()
    back(HOUR)
    audit.record(actor=None, verb="edit_reference", target=policy)
    rounds.run()
    assert FindingKind.DUTY_MISSING not in kinds()


def test_what_waits_too_long_or_failed_for_good_is_found_and_comes_right_by_itself(ponds):
    back(HOUR, deliver=False)
    Delivery.objects.filter(state="pending", planned_at__lte=clock.now(), channel="inapp").update(
        state="delivered", done_at=F("planned_at")
    )
    soon = clock.now() - timedelta(minutes=15)
    mail = Delivery.objects.filter(state="pending", channel="email", planned_at__lt=soon)
    waiting = mail.count()
    assert waiting
    rounds.run()
    assert kinds().count(FindingKind.NOT_HANDED_OVER) == waiting
    first = mail.first()
    Delivery.objects.filter(pk=first.pk).update(state="dead", done_at=clock.now(), state_reason="SMTP 550")
    mail.update(state="delivered", done_at=clock.now())
    rounds.run()
    assert kinds() == [FindingKind.FAILED]
    settled = Finding.objects.filter(kind=FindingKind.NOT_HANDED_OVER)
    assert set(settled.values_list("settled_reason", flat=True)) == {rounds.CAME_RIGHT}


def test_a_stand_in_who_was_told_stands_for_the_person(ponds, mfaic, moi2):
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from units.models import Delegation

    back(HOUR + timedelta(minutes=20))
    duty = Duty.objects.get(unit__code="mfaic")
    Delegation.objects.create(
        person=mfaic, stand_in=moi2, unit=duty.unit, role=Role.OFFICIAL, reason="leave", granted_at=clock.now(),
        period=DateTimeTZRange(clock.now() - 9 * HOUR, None),
    )  # fmt: skip
    rows = Delivery.objects.filter(event__startswith=f"duty:{duty.pk}:step:", user=mfaic, planned_at__lt=clock.now())
    assert rows.update(user=moi2, recipient=f"user:{moi2.pk}")
    assert rounds.run().found == 0


def test_who_is_posted_later_need_not_have_been_told(ponds, world):
    back(HOUR)
    late_comer = User.objects.create(username="late-comer")
    registry.post_person(
        actor=None, user=late_comer, unit=world["province-16"], role=Role.PROVINCE_OFFICER,
        since=clock.now() - timedelta(minutes=5),
    )  # fmt: skip
    assert rounds.run().found == 0


def test_a_later_round_looks_only_at_what_is_not_settled(ponds, file):
    file()
    back(9 * HOUR)
    Duty.objects.update(state="answered", answered_at=clock.now() - 8 * HOUR)
    Delivery.objects.filter(state="pending").update(state="cancelled", done_at=clock.now() - 8 * HOUR)
    rounds.run()
    RecorderRun.objects.update(started_at=clock.now() - timedelta(minutes=5))
    Finding.objects.update(settled_at=clock.now())
    assert rounds.run().incidents == 0
    file()
    this = rounds.run()
    assert (this.whole, this.incidents) == (False, 1)


def test_a_round_costs_the_same_queries_whatever_the_number(ponds, file, django_assert_max_num_queries):
    for _n in range(6):
        file()
    back(HOUR)
    with django_assert_max_num_queries(40):
        rounds.run()


# --- the alarm ----------------------------------------------------------------------------------------------------


@pytest.fixture
def forgotten(ponds, province):
    """A finding."""
    back(HOUR)
    Delivery.objects.filter(event=f"incident:{ponds.ref}:filed", user=province).delete()
    rounds.run()
    return Finding.objects.get()


@pytest.fixture
def smtp(settings):
    server = SmtpReceiver()
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


def test_the_alarm_goes_by_smtp_and_leaves_no_trace_in_the_outbox(forgotten, settings, smtp):
    settings.RECORDER_ALARM_TO = ["watch@example.org"]
    before = Delivery.objects.count()
    assert alarm.raise_alarm() == 1
    message = smtp.messages[-1].message
    assert message["To"] == "watch@example.org"
    assert forgotten.incident.ref in message.get_payload()
    assert Delivery.objects.count() == before
    assert alarm.raise_alarm() == 0, "one alarm for one finding"


def test_an_alarm_that_cannot_be_sent_is_tried_again(forgotten, settings):
    settings.RECORDER_ALARM_TO = ["watch@example.org"]
    settings.EMAIL_PORT = 1
    assert alarm.raise_alarm() == 0
    forgotten.refresh_from_db()
    assert forgotten.alarmed_at is None


def test_the_command_ends_with_1_when_something_is_amiss(ponds, province, capsys):
    back(HOUR)
    with pytest.raises(SystemExit) as right:
        call_command("recorder", "--once")
    Delivery.objects.filter(event=f"incident:{ponds.ref}:filed", user=province).delete()
    with pytest.raises(SystemExit) as wrong:
        call_command("recorder", "--once", "--whole")
    assert (right.value.code, wrong.value.code) == (0, 1)
    assert "1 new findings" in capsys.readouterr().out


# --- outages, and late because ------------------------------------------------------------------------------------


def test_a_standstill_of_the_worker_is_kept_as_a_span(db):
    outbox.beat("worker")
    outbox.beat("sweeper")
    assert outages.watch() == {LateCause.BROKER: True, LateCause.WORKER: True, LateCause.SWEEPER: True}
    Heartbeat.objects.filter(name="worker").update(at=clock.now() - timedelta(minutes=4))
    assert not outages.watch()[LateCause.WORKER]
    outages.watch()
    row = Outage.objects.get()
    assert (row.part, row.ended_at) == (LateCause.WORKER, None)
    assert clock.now() - row.began_at > timedelta(minutes=3)
    outbox.beat("worker")
    outages.watch()
    row.refresh_from_db()
    assert row.ended_at is not None


def test_a_broker_that_is_away_is_not_taken_for_a_dead_worker(db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    Heartbeat.objects.create(name="worker", at=clock.now() - HOUR)
    works = outages.watch()
    assert (works[LateCause.BROKER], works[LateCause.WORKER]) == (False, True)
    assert Outage.objects.get().part == LateCause.BROKER


def test_a_gap_in_the_recorders_own_looks_is_a_standstill_of_the_whole_site(db):
    Heartbeat.objects.create(name=outages.SELF, at=clock.now() - HOUR)
    outages.watch()
    row = Outage.objects.get()
    assert row.part == LateCause.DATABASE
    assert row.ended_at - row.began_at > timedelta(minutes=59)


def test_late_because(ponds, auditor):
    back(HOUR)
    now = clock.now()
    mails = list(Delivery.objects.filter(channel="email", topic="duty_opened").order_by("pk"))
    tried, untried, unknown = mails[:3]
    Outage.objects.create(
        part=LateCause.WORKER, began_at=untried.planned_at - HOUR, ended_at=untried.planned_at + HOUR / 2
    )
    for row, minutes in ((tried, 20), (untried, 29)):
        Delivery.objects.filter(pk=row.pk).update(done_at=row.planned_at + timedelta(minutes=minutes))
    tried.attempt_rows.create(number=1, started_at=tried.planned_at, outcome="failed", detail="SMTP 451")
    untried.attempt_rows.create(number=1, started_at=untried.planned_at + timedelta(minutes=29), outcome="handed_over")
    Delivery.objects.filter(pk=unknown.pk).update(done_at=unknown.planned_at + timedelta(minutes=2))
    Outage.objects.update(began_at=untried.planned_at + timedelta(minutes=3))
    found = {row.notice.pk: row for row in late.report(auditor, now - 3 * HOUR, now).rows}
    assert (found[tried.pk].cause, found[tried.pk].detail) == (LateCause.RECEIVER, "SMTP 451")
    assert found[untried.pk].cause == LateCause.WORKER
    assert found[unknown.pk].cause == LateCause.UNKNOWN
    assert set(found) == {tried.pk, untried.pk, unknown.pk}


# --- the page -----------------------------------------------------------------------------------------------------


def test_an_auditor_settles_a_finding_with_a_reason(forgotten, auditor, province, signed_in):
    page = signed_in(auditor)
    assert forgotten.incident.ref in page.get("/recorder/").content.decode()
    address = f"/recorder/{forgotten.pk}/settle/"
    assert page.post(address, {"reason": " "}).status_code == 422
    assert page.post(address, {"reason": "Called him"}).status_code == 302
    forgotten.refresh_from_db()
    assert (forgotten.settled_by, forgotten.settled_reason) == (auditor, "Called him")
    entry = AuditEntry.objects.filter(verb="settle_finding").get()
    assert (entry.actor, entry.key) == (auditor, forgotten.incident.ref)
    with pytest.raises(ValidationError):
        actions.settle_finding(actor=auditor, finding=forgotten, reason="again")
    assert signed_in(province).get("/recorder/").status_code == 403
    with pytest.raises(PermissionDenied):
        actions.settle_finding(actor=province, finding=forgotten, reason="x")
    # What a person has settled is not raised again.
    assert rounds.run().found == 0


def test_the_pages_of_the_recorder_cost_few_queries(forgotten, auditor, signed_in, django_assert_max_num_queries):
    page = signed_in(auditor)
    with django_assert_max_num_queries(14):
        assert page.get("/recorder/").status_code == 200
    with django_assert_max_num_queries(13):
        assert page.get("/recorder/late/", {"since": "01/01/2020"}).status_code == 200


def test_a_span_the_wrong_way_round_says_so(auditor, signed_in):
    answer = signed_in(auditor).get("/recorder/late/", {"since": "02/01/2026", "until": "01/01/2026"})
    assert answer.context["form"].errors["until"]


@pytest.mark.django_db(transaction=True)
def test_two_recorders_at_once_raise_a_finding_once(ponds, province):
    back(HOUR)
    Delivery.objects.filter(event=f"incident:{ponds.ref}:filed", user=province).delete()

    def one():
        try:
            rounds.run(whole=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Finding.objects.count() == 1


def test_steps_that_count_working_hours_are_expected_when_the_office_works(ponds, world):
    """A ladder of sixty minutes started after office hours: nobody is missed before the office has worked an hour."""
    mfaic_office = world["mfaic"]
    duty = Duty.objects.get(unit=mfaic_office)
    duty.clock.hours_of = mfaic_office
    duty.clock.save()
    # A Saturday night; an hour of the office's time later it is Monday morning.
    saturday = datetime(2026, 11, 14, 15, tzinfo=UTC)
    Duty.objects.filter(pk=duty.pk).update(started_at=saturday, due_at=saturday + HOUR)
    duty.refresh_from_db()
    staffing = Staffing()
    expected = derive([ponds.pk], staffing, saturday + 20 * HOUR).expected
    mine = [one.event for one in expected if one.event.startswith(f"duty:{duty.pk}:")]
    assert mine == [f"duty:{duty.pk}:step:0"] * len(staffing.at_level(mfaic_office.pk, "desk", saturday))
    monday = derive([ponds.pk], staffing, saturday + 36 * HOUR).expected
    assert f"duty:{duty.pk}:step:1" in {one.event for one in monday}
