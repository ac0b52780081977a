"""Files and patrol records given with a contest, a statement or a step of a case. No verb by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from borderwatch import sealed
from borderwatch.sealed import SealedFile
from incidents.models import Attachment, CaseStep, Contest, Statement
from units.models import Patrol, Unit, User

Files = Sequence[UploadedFile[bytes]]


def keep(files: Files) -> list[SealedFile]:
    """Store the files of a form, the same bytes once. Raises ValidationError under "files", naming the one at fault."""
    if len(files) > settings.DOCUMENTS_MAX:
        raise ValidationError({"files": _("At most %(most)d files.") % {"most": settings.DOCUMENTS_MAX}})
    kept: dict[str, SealedFile] = {}
    errors: list[ValidationError] = []
    for upload in files:
        try:
            file = sealed.keep_document(upload)
            kept[file.sha256] = file
        except ValidationError as error:
            errors.append(error)
    if errors:
        raise ValidationError({"files": errors})
    return list(kept.values())


def check_patrols(patrols: Sequence[Patrol], unit: Unit, actor: User) -> None:
    """Only patrols of the unit itself, which the person may see, speak for it. Raises ValidationError."""
    asked = {patrol.pk for patrol in patrols}
    if asked and asked != set(
        Patrol.objects.visible_to(actor).filter(pk__in=asked, unit=unit).values_list("pk", flat=True)
    ):
        raise ValidationError({"patrols": _("Choose patrols of this unit.")})


def attach(
    by: User,
    at: datetime,
    files: Sequence[SealedFile],
    patrols: Sequence[Patrol] = (),
    *,
    contest: Contest | None = None,
    statement: Statement | None = None,
    step: CaseStep | None = None,
) -> list[dict[str, Any]]:
    """Write the rows of what was given, to exactly one thing; returns them as the audit names them."""
    common = {"contest": contest, "statement": statement, "step": step, "added_by": by, "added_at": at}
    Attachment.objects.bulk_create(
        [
            *(
                Attachment(
                    sha256=file.sha256,
                    original_name=file.name,
                    content_type=file.content_type,
                    size=file.size,
                    **common,
                )
                for file in files
            ),
            *(Attachment(patrol=patrol, **common) for patrol in patrols),
        ]
    )
    return [
        *({"sha256": file.sha256, "name": file.name} for file in files),
        *({"patrol": patrol.ref} for patrol in patrols),
    ]
