"""Long computations: done once, taken over when a worker dies, told in words when they fail."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import jobs
from borderwatch.models import Job


@pytest.fixture
def kind(monkeypatch):
    """A kind of job for this test: the function given."""

    def register(run):
        monkeypatch.setitem(jobs._KINDS, "test", run)
        return "test"

    return register


def begin(kind, actor=None, **params):
    return jobs.start(actor=actor, kind=kind, subject="thing:1", params=params)


def test_a_job_runs_and_keeps_its_result(db, kind, keeper):
    def double(job, progress):
        progress.tell(1, 1)
        return {"double": job.params["n"] * 2}

    job = begin(kind(double), keeper, n=21)
    assert job.state == "waiting"
    assert jobs.run(job.pk) == "done"
    job.refresh_from_db()
    assert (job.result, job.done, job.total, job.attempts) == ({"double": 42}, 1, 1, 1)
    assert job.ended_at >= job.started_at
    assert jobs.latest("thing:1", "test") == job


def test_a_job_that_is_done_is_not_done_again(db, kind):
    runs = []
    job = begin(kind(lambda job, progress: runs.append(1)))
    assert jobs.run(job.pk) == "done"
    assert jobs.run(job.pk) == "not free"
    assert runs == [1]


def test_an_unknown_kind_is_refused(db):
    with pytest.raises(ValueError, match="unknown kind"):
        begin("nonsense")


def test_a_refusal_is_told_in_the_words_and_language_of_who_asked(db, kind, keeper):
    def refuse(job, progress):
        raise ValidationError(_("Choose a date."))

    keeper.language = "en"
    keeper.save(update_fields=["language"])
    job = begin(kind(refuse), keeper)
    assert jobs.run(job.pk) == "failed"
    job.refresh_from_db()
    assert job.error == "Choose a date."


@pytest.mark.expects_errors
def test_a_bug_says_that_it_is_ours_and_keeps_its_trace_in_the_log(db, kind, auditor):
    def broken(job, progress):
        return 1 / 0

    job = begin(kind(broken), auditor)
    assert jobs.run(job.pk) == "failed"
    job.refresh_from_db()
    assert "ZeroDivision" not in job.error
    assert "our side" in job.error


def test_a_worker_that_lost_the_job_stops_and_changes_nothing(db, kind):
    def overtaken(job, progress):
        Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
        progress.tell(1, 2)
        progress.tell(2, 2)
        return "must not be kept"

    job = begin(kind(overtaken))
    assert jobs.run(job.pk) == "not free"
    job.refresh_from_db()
    assert (job.state, job.result) == ("running", None)


def test_what_a_dead_worker_left_is_rung_for_again_and_given_up_in_the_end(db, kind, monkeypatch):
    rung = []
    monkeypatch.setattr(jobs, "_knock", rung.append)
    jobs._knocked.clear()
    job = begin(kind(lambda job, progress: None))
    past = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(state="running", lease_until=past, lease_token=uuid.uuid4(), attempts=1)
    assert jobs.sweep() == 1
    assert jobs.sweep() == 0, "not again within half a minute"
    assert rung == [job.pk]
    assert jobs.run(job.pk) == "done"
    Job.objects.filter(pk=job.pk).update(state="running", lease_until=past, lease_token=uuid.uuid4(), attempts=3)
    assert jobs.sweep() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error


def test_the_bar_is_for_who_asked_and_stops_asking_at_the_end(db, kind, keeper, province, signed_in):
    job = begin(kind(lambda job, progress: None), keeper)
    address = f"/jobs/{job.pk}/"
    first = signed_in(keeper).get(address)
    assert first.status_code == 200
    assert 'hx-trigger="every 1s"' in first.content.decode()
    jobs.run(job.pk)
    last = signed_in(keeper).get(address)
    assert (last.status_code, last["HX-Refresh"]) == (286, "true")
    assert signed_in(province).get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_a_job_from_the_real_broker(world, kind):
    """Commit, knock, and look whether the message lies in the queue of the real Redis."""
    from django.db import transaction

    from borderwatch.celery import app

    def waiting():
        with app.connection_or_acquire() as connection:
            return connection.default_channel.client.llen("celery")

    before = waiting()
    with transaction.atomic():
        job = begin(kind(lambda job, progress: None))
        assert waiting() == before, "nothing rings before the commit"
    assert waiting() == before + 1
    assert jobs.run(job.pk) == "done"
