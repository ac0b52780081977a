"""Periodic care of the register."""

import structlog
from celery import shared_task

from units import actions
from units.actions import coverage as watch

log = structlog.get_logger(__name__)


@shared_task
def check_postings() -> int:
    """Prove that postings and groups agree; differences are mended and logged. Returns how many there were."""
    notes = actions.settle_memberships()
    for note in notes:
        log.warning("postings.out_of_step", note=note)
    return len(notes)


@shared_task
def watch_patrols() -> dict[str, int]:
    """Tell of patrols that did not go or fell short, and of ground nobody saw in time; each once."""
    found = watch.watch_patrols()
    if any(found.values()):
        log.info("patrols.watched", **found)
    return found


@shared_task
def send_digests() -> int:
    """The day's digest to everybody whose hour has passed; safe to run any number of times."""
    sent = actions.send_digests()
    if sent:
        log.info("digests.written", digests=sent)
    return sent
