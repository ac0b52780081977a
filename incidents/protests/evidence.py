"""What can be put on a protest's evidence list, and where the bytes of a piece lie. Reading only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borderwatch import sealed
from borderwatch.sealed import SealedFile
from incidents import photos
from incidents.models import Engagement, EngagementFile, Evidence, Instruction, InstructionFile, Protest

# Pieces kept as photos are; all others as documents.
AS_PHOTO = "incident"


@dataclass(frozen=True)
class Offered:
    """A piece on record that is not on the list yet."""

    origin: str
    row_key: str
    file: SealedFile
    caption: str
    where: str

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.origin}:{self.row_key}"


def offered(user: Any, protest: Protest) -> list[Offered]:
    """Photos of its incidents, files of the engagement log, proof given with guidance: what this person sees of it."""
    incidents = [protest.incident_id, *protest.also.values_list("pk", flat=True)]
    taken = set(protest.evidence.values_list("sha256", flat=True))
    found = [*_photos(user, incidents), *_engagement(user, incidents), *_guidance(user, incidents)]
    fresh: dict[str, Offered] = {}
    for one in found:
        if one.file.sha256 not in taken:
            fresh.setdefault(one.file.sha256, one)
    return list(fresh.values())


def is_listed(protest: Protest, key: str) -> bool:
    """Whether the piece a form names so is on the list already."""
    origin, _colon, row = key.partition(":")
    return protest.evidence.filter(origin=origin, origin_key=row).exists()


def _photos(user: Any, incidents: list[int]) -> list[Offered]:
    from incidents.models import Incident

    visible = Incident.objects.visible_to(user).filter(pk__in=incidents)
    rows = Evidence.objects.filter(incident__in=visible).select_related("incident").order_by("pk")
    return [Offered("incident", str(row.pk), _file(row), "", row.incident.ref) for row in rows]


def _engagement(user: Any, incidents: list[int]) -> list[Offered]:
    visible = Engagement.objects.visible_to(user).filter(incident__in=incidents, struck_at__isnull=True)
    rows = EngagementFile.objects.filter(engagement__in=visible).select_related("engagement__incident").order_by("pk")
    return [Offered("engagement", str(row.pk), _file(row), row.caption, row.engagement.audit_key) for row in rows]


def _guidance(user: Any, incidents: list[int]) -> list[Offered]:
    visible = Instruction.objects.visible_to(user).filter(incident__in=incidents)
    rows = InstructionFile.objects.filter(step__instruction__in=visible).select_related("step__instruction")
    return [
        Offered("guidance", str(row.pk), _file(row), row.caption, row.step.instruction.ref)
        for row in rows.order_by("pk")
    ]


def _file(row: Any) -> SealedFile:
    return SealedFile(row.sha256, row.original_name, row.content_type, row.size)


def path_of(origin: str, sha256: str) -> Path:
    """Where the bytes of a piece lie."""
    return photos.original_path(sha256) if origin == AS_PHOTO else sealed.path_of(sha256)
