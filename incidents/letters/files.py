"""The files of a letter: its PDF (sealed once it is signed), its DOCX for editing, the scan of one that arrived."""

from typing import TypeVar

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from borderwatch import sealed
from borderwatch.views import SignedIn
from incidents.choices_answers import LetterDirection, LetterState
from incidents.letters import documents, papers
from incidents.letters.pages import visible
from incidents.models import Letter

R = TypeVar("R", HttpResponse, FileResponse)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def pdf(request: SignedIn, pk: int) -> HttpResponse | FileResponse:
    """The sealed paper of a signed letter; of another one, and of a void one, it is drawn now with its mark."""
    letter = _outgoing(request, pk)
    name = papers.file_name(letter, "pdf")
    if letter.pdf_sha256 and letter.state != LetterState.VOID:
        return _stored(letter.pdf_sha256, name, "application/pdf")
    return _guarded(HttpResponse(papers.pdf(letter), content_type="application/pdf"), name)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def docx(request: SignedIn, pk: int) -> HttpResponse:
    """The same words as a document that a word processor edits; it is no paper of the register."""
    letter = _outgoing(request, pk)
    return _guarded(HttpResponse(documents.docx(letter), content_type=DOCX), papers.file_name(letter, "docx"))


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def scan(request: SignedIn, pk: int) -> FileResponse:
    """The scan of a letter that arrived."""
    letter = visible(request, pk)
    if not letter.scan_sha256:
        raise Http404
    return _stored(letter.scan_sha256, letter.scan_name, letter.scan_type)


def _outgoing(request: SignedIn, pk: int) -> Letter:
    letter = visible(request, pk)
    if letter.direction != LetterDirection.OUTGOING:
        raise Http404
    return letter


def _stored(sha256: str, name: str, content_type: str) -> FileResponse:
    """Bytes as they were sealed, to be saved and never run; 404 when they have gone."""
    path = sealed.path_of(sha256)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    return _closed(response)


def _guarded(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _closed(response)


def _closed(response: R) -> R:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
