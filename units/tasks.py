"""Periodic care of the register."""

import structlog
from celery import shared_task

from units import actions

log = structlog.get_logger(__name__)


@shared_task
def check_postings() -> int:
    """Prove that postings and groups agree; differences are mended and logged. Returns how many there were."""
    notes = actions.settle_memberships()
    for note in notes:
        log.warning("postings.out_of_step", note=note)
    return len(notes)
