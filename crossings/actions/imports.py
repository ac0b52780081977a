"""Imports of traffic: take a file, read it as a dry run, enter the days without mistakes, or give it up. Duty D4.

The same file twice changes nothing: days that are on record with this content are left alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, jobs
from borderwatch.sealed import SealedFile
from crossings import deciders, sheets
from crossings import import_workflow as workflow
from crossings.actions import traffic
from crossings.choices import ImportState
from crossings.counts import MOST_NOTE, Given
from crossings.models import Crossing, TrafficImport
from crossings.sheets import Judged
from units import policy
from units.models import Unit, User

if TYPE_CHECKING:
    from crossings.traffic_files.draft import Draft

READ_JOB = "traffic_read"
APPLY_JOB = "traffic_apply"
# Mistakes kept with the import itself, for the page; all of them stay with the draft.
SHOWN = 200
# Days left out when entering that are named.
NAMED = 50


def subject(imported: TrafficImport) -> str:
    """How the jobs of an import are found again."""
    return f"traffic_import:{imported.pk}"


@transaction.atomic
def upload_traffic(*, actor: User, unit: Unit, file: SealedFile, crossing: Crossing | None = None) -> TrafficImport:
    """Take a stored file for a unit; a job reads it. `crossing` is for a file whose rows name none.

    Raises PermissionDenied unless the person enters traffic for the unit, and for the crossing when one is named.
    """
    policy.demand(actor, "enter_traffic", [unit.pk])
    if crossing is not None:
        deciders.demand(actor, "enter_traffic", crossing)
    imported = TrafficImport.objects.create(
        unit=unit,
        crossing=crossing,
        file_name=file.name,
        file_sha256=file.sha256,
        file_size=file.size,
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    audit.record(
        actor=actor,
        verb="upload_traffic",
        target=imported,
        after={
            "unit": unit.code,
            "crossing": crossing.slug if crossing else "",
            "file": file.name,
            "sha256": file.sha256,
            "size": file.size,
        },
    )
    jobs.start(actor=actor, kind=READ_JOB, subject=subject(imported), params={"import": imported.pk})
    return imported


def _locked(imported: TrafficImport) -> TrafficImport:
    rows = TrafficImport.objects.select_for_update(of=("self",)).select_related("unit", "uploaded_by")
    found: TrafficImport = rows.get(pk=imported.pk)
    return found


def _free(row: TrafficImport) -> TrafficImport:
    """An import whose entering was given up by the workers is ready again: nothing of it was written."""
    job = jobs.latest(subject(row), APPLY_JOB)
    if row.state == ImportState.APPLYING and job is not None and job.state == job.State.FAILED:
        row.state = ImportState.READY
    return row


@transaction.atomic
def take_reading(*, imported: TrafficImport, draft: "Draft") -> TrafficImport:
    """Put on record what the reading came to. An import given up meanwhile stays as it is."""
    row = _locked(imported)
    if not workflow.allowed("take_reading", row.state):
        return row
    if draft.unreadable is not None:
        code, params = draft.unreadable
        row.state, row.errors = ImportState.UNREADABLE, [{"row": 0, "column": "", "code": code, "params": params}]
    else:
        row.state, row.errors, row.counts = ImportState.READY, draft.errors[:SHOWN], draft.counts
    row.save(update_fields=["state", "errors", "counts"])
    return row


@transaction.atomic
def apply_import(*, actor: User, imported: TrafficImport, reason: str = "") -> TrafficImport:
    """Enter the days without mistakes; a job does it. Corrections want one reason for the whole file.

    Raises PermissionDenied, Refused and ValidationError by field.
    """
    row = _free(_locked(imported))
    policy.demand(actor, "enter_traffic", [row.unit_id])
    workflow.demand("apply_import", row.state)
    if not row.counts.get("new") and not row.counts.get("corrected"):
        raise ValidationError(_("There is nothing to enter: every sound day is on record already."))
    reason = reason.strip()
    if row.counts.get("corrected") and not reason:
        raise ValidationError({"reason": _("Days are corrected by this file. Say why.")})
    if len(reason) > MOST_NOTE:
        raise ValidationError({"reason": _("This is too long: at most %(most)s characters.") % {"most": MOST_NOTE}})
    row.state, row.reason = ImportState.APPLYING, reason
    row.save(update_fields=["state", "reason"])
    jobs.start(actor=actor, kind=APPLY_JOB, subject=subject(row), params={"import": row.pk})
    return row


@transaction.atomic
def enter_import(*, actor: User, imported: TrafficImport, given: Sequence[Given]) -> TrafficImport:
    """Write the days of the draft, all or none. Days that somebody entered otherwise since are left out and named.

    Raises PermissionDenied when the person has lost the right to enter for one of the crossings meanwhile.
    """
    row = _locked(imported)
    if not workflow.allowed("finish_import", row.state):
        return row
    traffic.demand(actor, [one.crossing for one in given])
    traffic.lock([one.crossing.pk for one in given])
    judged = sheets.judge(given)
    sound = [one for one in judged if not traffic.all_faults(one)]
    traffic.write(actor=actor, judged=sound, source="import", imported=row)
    return _finished(actor, row, sound, [one for one in judged if traffic.all_faults(one)])


def _finished(actor: User, row: TrafficImport, sound: list[Judged], left_out: list[Judged]) -> TrafficImport:
    done = {name: sum(one.outcome == name for one in sound) for name in ("new", "corrected", "same")}
    row.counts = {
        **row.counts,
        "entered": done["new"],
        "entered_corrections": done["corrected"],
        "left_out": len(left_out),
        "left_out_days": [
            [one.given.crossing.slug, one.given.day.isoformat(), one.given.direction] for one in left_out[:NAMED]
        ],
    }
    row.state, row.applied_at = ImportState.APPLIED, clock.now()
    row.save(update_fields=["state", "counts", "applied_at"])
    audit.record(
        actor=actor,
        verb="apply_traffic_import",
        target=row,
        before={"state": ImportState.APPLYING},
        after={
            "state": row.state,
            "file": row.file_name,
            "sha256": row.file_sha256,
            "entered": done["new"],
            "corrected": done["corrected"],
            "left_out": len(left_out),
        },
        reason=row.reason,
    )
    return row


@transaction.atomic
def return_import(*, imported: TrafficImport) -> TrafficImport:
    """The entering broke and wrote nothing: the import is to be confirmed again."""
    row = _locked(imported)
    if workflow.allowed("return_import", row.state):
        row.state = ImportState.READY
        row.save(update_fields=["state"])
    return row


@transaction.atomic
def abandon_import(*, actor: User, imported: TrafficImport, reason: str = "") -> TrafficImport:
    """Give an import up; nothing of it is entered. Raises PermissionDenied and Refused."""
    row = _free(_locked(imported))
    policy.demand(actor, "enter_traffic", [row.unit_id])
    workflow.demand("abandon_import", row.state)
    before = row.state
    row.state, row.reason = ImportState.ABANDONED, reason.strip()[:MOST_NOTE]
    row.save(update_fields=["state", "reason"])
    changed: dict[str, Any] = {"state": row.state}
    audit.record(
        actor=actor, verb="abandon_traffic_import", target=row, before={"state": before}, after=changed,
        reason=row.reason,
    )  # fmt: skip
    return row
