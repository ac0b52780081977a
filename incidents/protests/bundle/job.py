"""Bundles are made by the worker: a page may not wait for hundreds of megabytes."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from borderwatch import jobs
from borderwatch.jobs import Progress
from borderwatch.models import Job
from incidents.actions.bundles import make_bundle
from incidents.protests.bundle import contents

KIND = "evidence_bundle"


def subject_of(ref: str) -> str:
    """How jobs name what they are about."""
    return f"bundle:{ref}"


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """Make it for the person who asked; what he sees is asked again now."""
    subject = contents.find(job.asked_by, job.params["ref"])
    if subject is None or job.asked_by is None:
        raise ValidationError(_("You may no longer see this."))
    try:
        return asdict(make_bundle(actor=job.asked_by, about=subject.target, tell=progress.tell))
    except PermissionDenied as error:
        raise ValidationError(str(error) or _("You may no longer see this.")) from error


jobs.register(KIND, run)
