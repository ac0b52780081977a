"""The long computation behind an upload: read the file in its own process, compare, keep the draft."""

from typing import Any

from borderwatch import jobs
from borderwatch.models import Job
from borderwatch.sealed import path_of
from units.actions.changes import READ_JOB, take_reading
from units.choices import ChangeState
from units.importing import reading
from units.importing.rows import GROUNDS
from units.models import RegisterChange


def read_file(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Read the file of the change named in the job. A change taken up already is left as it is."""
    change = RegisterChange.objects.select_related("proposed_by").get(pk=job.params["change"])
    if change.state == ChangeState.READING:
        found = reading.read(
            path_of(change.file_sha256), kind=GROUNDS[change.layer].kind, crs=change.crs, tell=progress.tell
        )
        change = take_reading(actor=change.proposed_by, change=change, reading=found)
    return {"state": change.state, "rows": change.rows.count()}


jobs.register(READ_JOB, read_file)
