"""Periodic care of incidents."""

from celery import shared_task

from incidents.actions.filing import forget_staged
from incidents.actions.removals import watch_checkpoints
from incidents.actions.watch import watch


@shared_task
def forget_staged_photos() -> int:
    """Forget photos of forms that were never sent; returns how many."""
    return forget_staged()


@shared_task
def watch_cases() -> dict[str, int]:
    """Close cases that nobody appealed in time; tell reviewers once of every overdue step. Returns counts."""
    return watch()


@shared_task
def watch_removals() -> int:
    """Tell once of each checkpoint that was to be removed and still stands; returns of how many."""
    return watch_checkpoints()
