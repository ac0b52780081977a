"""Whatever dies in between, nothing filed is lost and nobody who had to be told is forgotten.

Real processes, a Redis of the test's own, real SMTP and HTTP receivers. The last test has nobody to deliver and must
see the loss: it proves that the harness would notice one.
"""

import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from borderwatch.models import Attempt, Delivery
from borderwatch.receivers import SmtpReceiver, WebhookReceiver
from borderwatch.tests.processes import Stage, let_pass, publishing_to, wait_for
from incidents.models import Duty, Incident
from units.choices import MachineChannel
from units.models import Endpoint

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
INSTITUTIONS = ("moi", "mfaic", "ssba")


@pytest.fixture
def receivers(world):
    """Mail and webhook servers of the three institutions."""
    smtp, web = SmtpReceiver(), WebhookReceiver(secret=SECRET)
    for server in (smtp, web):
        server.start()
    for code in INSTITUTIONS:
        add = Endpoint.objects.create
        add(unit=world[code], channel=MachineChannel.EMAIL, address=f"desk@{code}.example.org")
        add(unit=world[code], channel=MachineChannel.WEBHOOK, address=f"{web.url}/{code}", secret=SECRET)
    yield smtp, web
    for server in (smtp, web):
        server.stop()


@pytest.fixture
def stage(receivers, tmp_path):
    """Processes of this test; knocks of this process go to the test's own Redis."""
    smtp, _web = receivers
    made = Stage(tmp_path)
    made.env["EMAIL_PORT"] = str(smtp.port)
    with publishing_to(made.redis_url):
        yield made
        made.stop()


def owed():
    """Notices that should have left by now and have not."""
    return Delivery.objects.filter(state=Delivery.State.PENDING, planned_at__lte=timezone.now())


def all_told(seconds=20.0):
    wait_for(lambda: not owed().exists(), seconds=seconds, saying=f"still owed: {list(owed())}")


def ponds_filed(file):
    return file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")


def arrived_once(receivers, incident):
    """Each of the three has its webhook and its mail, the province its mail, and each webhook had one effect."""
    smtp, web = receivers
    assert sorted(call.path for call in web.messages) == [f"/{code}" for code in sorted(INSTITUTIONS)]
    expected = set(Delivery.objects.filter(channel="webhook", state="delivered").values_list("pk", flat=True))
    assert {call.id for call in web.messages} == {str(pk) for pk in expected}
    assert max(Counter(call.id for call in web.messages).values()) == 1
    to = {mail.recipients[0] for mail in smtp.messages}
    assert to == {f"desk@{code}.example.org" for code in INSTITUTIONS} | {"rtk@province.example.org"}
    assert all(incident.ref in mail.message["Subject"] for mail in smtp.messages)
    assert not web.refused


def test_with_everything_alive_the_worker_delivers_at_once(file, stage, receivers):
    stage.redis()
    stage.worker()
    began = time.monotonic()
    incident = ponds_filed(file)
    all_told()
    assert time.monotonic() - began < 5
    arrived_once(receivers, incident)
    assert set(Attempt.objects.values_list("by", flat=True)) == {"worker"}
    assert all(not call.repeated for call in receivers[1].calls)


@pytest.mark.parametrize("second", ["sweeper alone", "another worker"])
def test_a_worker_killed_in_the_middle_of_delivering_loses_nothing(second, file, stage, receivers):
    _smtp, web = receivers
    stage.redis()
    worker = stage.worker()
    web.hang()
    incident = ponds_filed(file)
    started = Attempt.objects.filter(outcome=Attempt.Outcome.STARTED, delivery__channel="webhook")
    wait_for(lambda: started.count() == 3, saying="the worker never began to deliver")
    worker.kill()
    web.release()
    assert owed().filter(channel="webhook").count() == 3
    # Nobody may take a leased notice; a minute later everybody may.
    stage.sweeper()
    time.sleep(1)
    assert owed().filter(channel="webhook").count() == 3
    if second == "another worker":
        stage.worker()
    let_pass(61)
    all_told()
    arrived_once(receivers, incident)
    outcomes = Counter(Attempt.objects.filter(delivery__channel="webhook").values_list("outcome", flat=True))
    assert outcomes == {Attempt.Outcome.STARTED: 3, Attempt.Outcome.HANDED_OVER: 3}


def test_with_redis_down_a_report_is_filed_within_three_seconds_and_the_sweeper_tells_everybody(file, stage, receivers):
    stage.redis().stop()
    began = time.monotonic()
    incident = ponds_filed(file)
    assert time.monotonic() - began < 3
    assert Incident.objects.filter(ref=incident.ref).exists()
    assert Duty.objects.count() == 3
    stage.sweeper()
    all_told()
    arrived_once(receivers, incident)
    assert set(Attempt.objects.values_list("by", flat=True)) == {"sweeper"}


def test_a_frozen_redis_costs_one_report_two_seconds_and_the_next_nothing(file, stage, receivers):
    """It takes connections and never answers: the worst of its faults."""
    redis = stage.redis()
    redis.signal(signal.SIGSTOP)
    took = []
    for number in range(3):
        began = time.monotonic()
        file(text=f"Group {number}")
        took.append(time.monotonic() - began)
    assert took[0] < 3.5
    assert max(took[1:]) < 0.5
    stage.sweeper()
    all_told()
    assert len(receivers[0].messages) == 3


def test_a_redis_that_comes_back_empty_loses_nothing(file, stage, receivers):
    """Everything queued is gone; the rows are not."""
    redis = stage.redis()
    incident = ponds_filed(file)
    redis.kill()
    stage.redis()
    stage.worker()
    stage.sweeper()
    all_told(30)
    arrived_once(receivers, incident)


def test_two_sweepers_and_a_worker_together_send_each_notice_once(file, stage, receivers):
    _smtp, web = receivers
    stage.redis()
    for _number in range(2):
        stage.sweeper(every=0.1)
    stage.worker()
    incident = ponds_filed(file)
    let_pass(25)
    all_told()
    arrived_once(receivers, incident)
    assert len(web.calls) == 3


def test_a_sweeper_killed_while_delivering_is_followed_by_another(file, stage, receivers):
    _smtp, web = receivers
    web.hang()
    incident = ponds_filed(file)
    first = stage.sweeper()
    started = Attempt.objects.filter(outcome=Attempt.Outcome.STARTED, delivery__channel="webhook")
    wait_for(lambda: started.count() == 3)
    first.kill()
    web.release()
    let_pass(61)
    stage.sweeper()
    all_told()
    arrived_once(receivers, incident)


def test_reminders_leave_at_their_time_without_redis_and_stop_with_the_answer(file, stage, receivers, mfaic):
    from incidents.actions import acknowledge

    smtp, web = receivers
    ponds_filed(file)
    stage.sweeper()
    all_told()
    planned = Delivery.objects.filter(topic="duty_reminder")
    planned.update(planned_at=timezone.now() + timedelta(seconds=1.5), due_at=timezone.now() + timedelta(seconds=1.5))
    acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept")
    wait_for(lambda: not planned.filter(state=Delivery.State.PENDING).exists())
    reminded = Counter(call.path for call in web.messages if call.body["type"] == "duty_reminder")
    assert reminded == {"/moi": 1, "/ssba": 1}
    mails = Counter(mail.recipients[0] for mail in smtp.messages)
    assert mails["desk@mfaic.example.org"] == 1
    assert mails["desk@moi.example.org"] == mails["desk@ssba.example.org"] == 2


def test_a_broken_twin_with_nobody_to_deliver_is_seen_to_lose(file, stage, receivers):
    smtp, web = receivers
    stage.redis()
    ponds_filed(file)
    time.sleep(2)
    with pytest.raises(AssertionError, match="still owed"):
        all_told(1)
    assert owed().count() == 7
    assert not smtp.messages
    assert not web.messages
