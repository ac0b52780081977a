"""The evidence list of a protest: what is on record already, or a file given; numbered, by its hash, then frozen."""

import hashlib
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from borderwatch.sealed import SealedFile
from incidents.actions.attachments import Files, keep
from incidents.actions.protest_steps import locked, write
from incidents.models import Protest, ProtestEvidence
from incidents.protests import evidence, workflow
from units.models import User

# At most so many pieces go with one note.
MOST = 60


@transaction.atomic
def add_protest_evidence(
    *, actor: User, protest: Protest, chosen: Sequence[str] = (), files: Files = (), caption: str = ""
) -> list[ProtestEvidence]:
    """Put pieces on the list: `chosen` names offered ones ("incident:7", protests/evidence.py), `files` are new.

    What is on the list already is left as it is. Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    protest = locked(protest, actor, "add_protest_evidence")
    workflow.move("add_protest_evidence", protest.state)
    offered = {one.key: one for one in evidence.offered(actor, protest)}
    if unknown := [key for key in chosen if key not in offered and not evidence.is_listed(protest, key)]:
        raise ValidationError({"chosen": _("This piece is not on offer: %(key)s.") % {"key": unknown[0][:60]}})
    kept = keep(files)
    if not chosen and not kept:
        raise ValidationError({"chosen": _("Choose a piece, or give a file.")})
    words = caption.strip()[:300]
    added = [
        put(protest, actor, one.file, origin=one.origin, key=one.row_key, caption=words or one.caption)
        for one in (offered[key] for key in dict.fromkeys(chosen) if key in offered)
    ]
    added += [put(protest, actor, file, origin="added", caption=words) for file in kept]
    rows = [row for row in added if row is not None]
    if len(listed(protest)) > MOST:
        raise ValidationError({"chosen": _("At most %(most)d pieces go with one note.") % {"most": MOST}})
    _record(protest, actor, "add_protest_evidence", rows)
    return rows


@transaction.atomic
def remove_protest_evidence(*, actor: User, protest: Protest, number: int, reason: str = "") -> None:
    """Take a piece off the list of a draft; the others keep their order and are numbered anew.

    Raises PermissionDenied, workflow.Refused, ValidationError when there is no such number.
    """
    protest = locked(protest, actor, "remove_protest_evidence")
    workflow.move("remove_protest_evidence", protest.state)
    row = protest.evidence.filter(number=number).first()
    if row is None:
        raise ValidationError(_("There is no piece with this number."))
    _record(protest, actor, "remove_protest_evidence", [row], reason.strip())
    row.delete()
    for new, other in enumerate(protest.evidence.order_by("number"), 1):
        if other.number != new:
            other.number = new
            other.save(update_fields=["number"])


def put(
    protest: Protest, by: User, file: SealedFile, *, origin: str, key: str = "", caption: str = ""
) -> ProtestEvidence | None:
    """One line of the list; None when these bytes are on it already. No verb by itself."""
    if protest.evidence.filter(sha256=file.sha256).exists():
        return None
    return ProtestEvidence.objects.create(
        protest=protest,
        number=protest.evidence.count() + 1,
        origin=origin,
        origin_key=key,
        sha256=file.sha256,
        original_name=file.name,
        content_type=file.content_type,
        size=file.size,
        caption=caption,
        added_by=by,
        added_at=clock.now(),
    )


def copy_evidence(old: Protest, new: Protest, by: User) -> None:
    """The list of a protest as that of the draft that renews it; what the other side sent stays where it is."""
    for row in listed(old):
        file = SealedFile(row.sha256, row.original_name, row.content_type, row.size)
        put(new, by, file, origin=row.origin, key=row.origin_key, caption=row.caption)


def listed(protest: Protest) -> list[ProtestEvidence]:
    """What goes with the note, in order; scans of the reply are no part of it."""
    return list(protest.evidence.exclude(origin="reply").order_by("number"))


def list_digest(rows: Sequence[ProtestEvidence]) -> str:
    """A hash over the list as signed: number, SHA-256 and caption of each piece, one a line."""
    lines = "".join(f"{row.number} {row.sha256} {row.caption}\n" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()


def _record(protest: Protest, actor: User, verb: str, rows: Sequence[ProtestEvidence], reason: str = "") -> None:
    if not rows:
        return
    now = clock.now()
    facts = {"evidence": [{"number": row.number, "name": row.original_name, "sha256": row.sha256} for row in rows]}
    write(protest, verb, actor, protest.state, now, reason, facts)
    audit.record(actor=actor, verb=verb, target=protest, after=facts, reason=reason, at=now)
