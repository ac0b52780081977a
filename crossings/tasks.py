"""Periodic care of crossings."""

import structlog
from celery import shared_task

from crossings.actions import closure_watch, proposal_watch, traffic_watch

log = structlog.get_logger(__name__)


@shared_task
def watch_closures() -> dict[str, int]:
    """Tell of closure orders that are overdue and of reports nobody verified; each once."""
    found = closure_watch.watch_closures()
    if any(found.values()):
        log.info("closures.watched", **found)
    return found


@shared_task
def watch_proposals() -> dict[str, int]:
    """Tell of conditions that are overdue, and of new categories under an order that still stands; each once."""
    found = proposal_watch.watch_proposals()
    if any(found.values()):
        log.info("proposals.watched", **found)
    return found


@shared_task
def watch_traffic() -> dict[str, int]:
    """Find open crossings that are not counted any more, and tell their province; each silence once."""
    found = traffic_watch.watch_traffic()
    if any(found.values()):
        log.info("traffic.watched", **found)
    return found
