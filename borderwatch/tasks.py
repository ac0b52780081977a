"""What the worker does. Tasks take ids, are safe to run twice, and hold nothing that is not in the database."""

from celery import shared_task

from borderwatch import jobs, outbox


@shared_task
def fan_out(ids: list[str]) -> None:
    """One knock becomes one task a notice, so that a slow receiver holds up no other."""
    for delivery_id in ids:
        deliver.apply_async(args=(delivery_id,), retry=False)


@shared_task
def deliver(delivery_id: str) -> str:
    """Hand one notice over if it is still due and free."""
    return outbox.deliver(delivery_id, by="worker")


@shared_task
def heartbeat() -> None:
    """Prove that messages travel from beat through Redis to a worker."""
    outbox.beat("worker")


@shared_task
def run_job(job_id: str) -> str:
    """Do a long computation somebody asked for, if nobody else does it already."""
    return jobs.run(job_id)
