"""What goes into a bundle, and who may make it. Reading only; what persons' data there is stays out.

An incident's bundle holds the protests that have left; a protest's bundle holds that one, whatever its state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from borderwatch import sealed
from borderwatch.models import Delivery
from incidents import photos
from incidents.choices_answers import LetterState
from incidents.models import (
    Engagement,
    EngagementFile,
    Evidence,
    Incident,
    Instruction,
    InstructionFile,
    Letter,
    Protest,
    ProtestEvidence,
)
from incidents.protests import correspondence, evidence
from incidents.querysets_answers import OUT

ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
}
PAPERS = (LetterState.SIGNED, LetterState.SENT, LetterState.RECEIVED)


@dataclass(frozen=True)
class Subject:
    """What a bundle is about: an incident, or one protest about it."""

    incident: Incident
    protest: Protest | None = None

    @property
    def target(self) -> Incident | Protest:
        """The object on whose record the making stands."""
        return self.protest or self.incident

    @property
    def ref(self) -> str:
        """The reference in addresses and file names."""
        return self.target.ref

    @property
    def protests(self) -> list[Protest]:
        """Those it holds, in order."""
        if self.protest is not None:
            return [self.protest]
        rows = self.incident.protests.filter(state__in=OUT)
        return list(rows.select_related("office", "counterpart", "section", "renews").order_by("number"))

    @property
    def letters(self) -> Any:
        """Signed or received papers: about the protests it holds; of an incident's bundle those about it too."""
        refs = [protest.ref for protest in self.protests]
        rows = Letter.objects.filter(about_kind=correspondence.ABOUT, about_key__in=refs)
        if self.protest is None:
            rows = rows | Letter.objects.filter(incident=self.incident).exclude(about_kind=correspondence.ABOUT)
        return rows.filter(state__in=PAPERS).select_related("office").order_by("drafted_at", "pk")


@dataclass(frozen=True)
class Piece:
    """A file as it came, with where it lies here and in the bundle."""

    path: str
    source: Path
    sha256: str
    size: int
    content_type: str
    title: str


def find(user: Any, ref: str) -> Subject | None:
    """What a reference names, as far as the person sees it."""
    protests = Protest.objects.visible_to(user).select_related(
        "incident__province", "incident__district", "incident__responsible_unit", "incident__filed_for", "office",
        "counterpart", "section", "renews",
    )  # fmt: skip
    protest = protests.filter(ref=ref).first()
    if protest is not None:
        return Subject(protest.incident, protest)
    incident = Incident.objects.visible_to(user).with_names().filter(ref=ref).first()
    return Subject(incident) if incident is not None else None


def refusal(user: Any, subject: Subject) -> str:
    """Why this person may not make or take the bundle: he does not see all that is in it. "" when he does."""
    ids = [protest.pk for protest in subject.protests]
    parts = (
        (Incident.objects.filter(pk=subject.incident.pk), Incident),
        (Protest.objects.filter(pk__in=ids), Protest),
        (Engagement.objects.filter(incident=subject.incident), Engagement),
        (Instruction.objects.filter(incident=subject.incident), Instruction),
        (subject.letters, Letter),
    )
    for rows, model in parts:
        manager: Any = model._default_manager
        wanted = set(rows.values_list("pk", flat=True))
        if wanted and set(manager.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) != wanted:
            return _("Part of it is not for your eyes (%(kind)s), so another person makes this bundle.") % {
                "kind": model._meta.verbose_name_plural
            }
    return ""


def pieces(subject: Subject) -> list[Piece]:
    """Every file of it, each bytes once, named by where they come from and their order."""
    found: dict[str, Piece] = {}
    counters: dict[str, int] = {}
    for folder, source, row, title in _files(subject):
        if row.sha256 in found:
            continue
        if not source.exists():
            raise ValidationError(_("A file of the record is not in its place: %(name)s.") % {"name": title})
        counters[folder] = counters.get(folder, 0) + 1
        ending = ENDINGS.get(row.content_type, "bin")
        path = f"files/{folder}/{counters[folder]:03}-{row.sha256[:12]}.{ending}"
        found[row.sha256] = Piece(path, source, row.sha256, source.stat().st_size, row.content_type, title)
    return list(found.values())


def _files(subject: Subject) -> Iterator[tuple[str, Path, Any, str]]:
    incident = subject.incident
    for photo in Evidence.objects.filter(incident=incident).order_by("pk"):
        yield "photos", photos.original_path(photo.sha256), photo, photo.original_name
    engaged = EngagementFile.objects.filter(engagement__incident=incident, engagement__struck_at__isnull=True)
    for minutes in engaged.order_by("pk"):
        yield "engagement", sealed.path_of(minutes.sha256), minutes, minutes.caption or minutes.original_name
    for proof in InstructionFile.objects.filter(step__instruction__incident=incident).order_by("pk"):
        yield "guidance", sealed.path_of(proof.sha256), proof, proof.caption or proof.original_name
    rows = ProtestEvidence.objects.filter(protest__in=[one.pk for one in subject.protests])
    for piece in rows.order_by("protest", "number"):
        folder = "replies" if piece.origin == "reply" else "evidence"
        yield folder, evidence.path_of(piece.origin, piece.sha256), piece, piece.caption or piece.original_name
    for letter in subject.letters:
        for paper, name in _papers(letter):
            yield "letters", sealed.path_of(paper.sha256), paper, name


@dataclass(frozen=True)
class Paper:
    """A letter's own file."""

    sha256: str
    content_type: str


def _papers(letter: Letter) -> Iterator[tuple[Paper, str]]:
    name = str(letter)
    if letter.pdf_sha256:
        yield Paper(letter.pdf_sha256, "application/pdf"), name
    if letter.scan_sha256:
        yield Paper(letter.scan_sha256, letter.scan_type), letter.scan_name or name


def notices(subject: Subject) -> list[Delivery]:
    """Every notice about the incident and the protests it holds, in an order that stays."""
    refs = [protest.ref for protest in subject.protests]
    rows = Delivery.objects.about("incident", subject.incident.ref) | Delivery.objects.filter(
        kind="protest", key__in=refs
    )
    return list(rows.order_by("planned_at", "event", "recipient", "channel"))
