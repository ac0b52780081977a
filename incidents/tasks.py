"""Periodic care of incidents."""

from celery import shared_task

from incidents.actions import drills, duty_watch, guidance_watch
from incidents.actions.filing import forget_staged
from incidents.actions.protests import watch_protests
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


@shared_task
def watch_duties() -> dict[str, int]:
    """Take back what was accepted and forgotten; let clocks follow a changed calendar. Returns counts."""
    return duty_watch.watch_duties()


@shared_task
def watch_drills() -> dict[str, int]:
    """Begin drills at their start and end them at their end. Returns counts."""
    return drills.watch_drills()


@shared_task
def watch_protest_replies() -> int:
    """Tell the office once of each reply to a protest that is overdue; returns of how many."""
    return watch_protests()


@shared_task
def watch_guidance() -> dict[str, int]:
    """Let clocks of guidance follow a changed calendar; tell again of what is overdue. Returns counts."""
    return guidance_watch.watch_guidance()
