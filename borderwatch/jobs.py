"""Long computations a person asks for: rows are the truth, Celery is a doorbell, the sweeper makes it certain.

An app registers a function for a kind; it takes the job and a `Progress` and returns the result as plain data.
It must be safe to run twice: what it keeps is written with its result, or in one transaction of its own at the end.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from borderwatch import clock
from borderwatch.models import Job

log = structlog.get_logger(__name__)

# A job whose worker has said nothing for this many seconds is taken up by another.
LEASE_S = 60
# Progress is written at most this often, in seconds.
TELL_EVERY_S = 0.5
# So often a job is begun before it is given up.
ATTEMPTS_MAX = 3
# For a waiting job nobody has taken after so many seconds the sweeper rings again, and again after the second figure.
KNOCK_AFTER_S = 5
KNOCK_AGAIN_S = 30


class Lost(Exception):
    """Another worker holds the job by now; this one stops without a word."""


class Progress:
    """How far a running job has come; telling it also renews the lease."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told_at = 0.0

    def tell(self, done: int, total: int) -> None:
        """Say `done` of `total`; written at most twice a second, and at the end. Raises Lost when the job was taken."""
        now = time.monotonic()
        if done < total and now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        held = Job.objects.filter(pk=self._job.pk, lease_token=self._job.lease_token).update(
            done=done, total=total, lease_until=clock.sql_now() + timedelta(seconds=LEASE_S)
        )
        if not held:
            raise Lost


Run = Callable[[Job, Progress], Any]
_KINDS: dict[str, Run] = {}


def register(kind: str, run: Run) -> None:
    """Say what a kind of job does; a kind is given once."""
    if _KINDS.setdefault(kind, run) is not run:
        raise ValueError(f"two kinds of job are called {kind}")


def start(*, actor: Any, kind: str, subject: str = "", params: dict[str, Any] | None = None) -> Job:
    """Ask for a computation; the bell is rung after the commit. ValueError for a kind nobody registered."""
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of job {kind}")
    job = Job.objects.create(kind=kind, subject=subject, asked_by=actor, params=params or {}, created_at=clock.now())
    transaction.on_commit(lambda: _knock(job.pk), robust=True)
    return job


def latest(subject: str, kind: str) -> Job | None:
    """The newest job of a kind about something."""
    return Job.objects.filter(subject=subject, kind=kind).order_by("-created_at").first()


def _knock(pk: uuid.UUID) -> None:
    from borderwatch.tasks import run_job

    try:
        run_job.apply_async(args=(str(pk),), retry=False)
    except Exception as error:
        log.warning("jobs.knock_failed", job=str(pk), error=type(error).__name__)


def run(pk: uuid.UUID | str) -> str:
    """Run a job if it is free; returns its state afterwards, or "not free". Raises nothing of the job's own."""
    job = _claim(pk)
    if job is None:
        return "not free"
    with _reader(job):
        return _run(job)


def _run(job: Job) -> str:
    try:
        result = _KINDS[job.kind](job, Progress(job))
    except Lost:
        return "not free"
    except ValidationError as error:
        return _end(job, Job.State.FAILED, error=" ".join(error.messages))
    except Exception:
        log.exception("jobs.broke", job=str(job.pk), kind=job.kind)
        return _end(job, Job.State.FAILED, error=_("Something broke on our side. Try again; if it stays, report it."))
    return _end(job, Job.State.DONE, result=result)


def _reader(job: Job) -> AbstractContextManager[None]:
    """The language of the person who asked: what a job says, it says to him."""
    return translation.override(getattr(job.asked_by, "language", None) or "km")


def _claim(pk: uuid.UUID | str) -> Job | None:
    token = uuid.uuid4()
    now = clock.sql_now()
    free = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=pk, attempts__lt=ATTEMPTS_MAX).update(
        state=Job.State.RUNNING,
        started_at=now,
        lease_until=now + timedelta(seconds=LEASE_S),
        lease_token=token,
        attempts=F("attempts") + 1,
        done=0,
    )
    return Job.objects.select_related("asked_by").get(pk=pk) if taken else None


def _end(job: Job, state: str, *, result: Any = None, error: str = "") -> str:
    held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(
        state=state, result=result, error=error, ended_at=clock.sql_now(), lease_until=None, lease_token=None
    )
    return state if held else "not free"


def sweep() -> int:
    """Ring again for what waits and for what a dead worker left; give up what broke too often. Returns the rings.

    The sweeper never runs a job itself: notices must not wait behind a computation.
    """
    now = clock.now()
    stale = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now)
    for job in stale.filter(attempts__gte=ATTEMPTS_MAX).select_related("asked_by"):
        with _reader(job):
            _end(job, Job.State.FAILED, error=_("This has been begun several times and never came to an end."))
    left = Job.objects.filter(state=Job.State.WAITING, created_at__lt=now - timedelta(seconds=KNOCK_AFTER_S))
    due = [pk for pk in (stale | left).values_list("pk", flat=True) if _quiet(pk)]
    for pk in due:
        _knock(pk)
    return len(due)


_knocked: dict[uuid.UUID, float] = {}


def _quiet(pk: uuid.UUID) -> bool:
    """Whether this sweeper has not rung for the job lately; then it is noted that it does now."""
    now = time.monotonic()
    if now - _knocked.get(pk, -KNOCK_AGAIN_S) < KNOCK_AGAIN_S:
        return False
    _knocked[pk] = now
    return True
