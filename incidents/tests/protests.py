"""Protests brought to each of their states by the verbs, for the tests."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock
from incidents import actions
from incidents.actions import letters
from incidents.choices_answers import LetterKind, ProtestState
from incidents.engagements.contact import Contact
from incidents.models import Counterpart, LegalBasis, Protest
from incidents.protests import rules
from units.models import Unit, User

PDF = b"%PDF-1.7\n1 0 obj\n"
TEXTS = {
    "subject_km": "ការជីកស្រះក្នុងឃុំប៉ក់ញ៉ៃ",
    "subject_en": "Ponds dug in Pak Nhai commune",
    "facts_km": "ស្រះចំនួន ៥ ត្រូវបានជីក។",
    "facts_en": "Five ponds were dug.",
    "demand_km": "- បញ្ឈប់ការជីក។",
    "demand_en": "- to stop the digging.",
}
COMMUNIQUE = "kh-vn-communique-1995-8"


def person(name: str) -> Any:
    return User.objects.get(username=name)


def paper(name="scan.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def embassy() -> Counterpart:
    return Counterpart.objects.get(slug="vn-embassy")


def engage(incident, files=()):
    """The district spoke with the neighbour's post an hour ago."""
    now = clock.now()
    contact = Contact(
        kind="meeting",
        happened_at=now - timedelta(minutes=30),
        demanded="Stop the digging",
        result="goes_on",
        our_people="District governor",
        answer="They will ask their superiors",
        counterpart=Counterpart.objects.get(slug="vn-le-thanh-border-gate-post"),
        place="At the place",
    )
    return actions.log_engagement(actor=person("district"), incident=incident, contact=contact, files=files).engagement


def draft(incident, *, bases=(COMMUNIQUE,), engaged=True, actor="mfaic", **changes):
    if engaged and not rules.engaged(incident):
        engage(incident)
    values = {
        "office": Unit.objects.get(code="mfaic"),
        "counterpart": embassy(),
        "legal_bases": list(LegalBasis.objects.filter(slug__in=bases).order_by("order", "slug")),
        **TEXTS,
        **changes,
    }
    return actions.draft_protest(actor=person(actor), incident=incident, **values)


def note(protest, *, drafter="mfaic", signer="mfaic-principal", drawn=False):
    """The signed letter of a protest, by the register's verbs; its paper is really drawn only when asked for."""
    letter = letters.draft_letter(
        actor=person(drafter), office=protest.office, kind=LetterKind.PROTEST_NOTE, about=protest
    )
    letter = letters.number_letter(actor=person(signer), letter=letter)
    if drawn:
        return letters.sign_letter(actor=person(signer), letter=letter)
    with patch.object(letters.papers, "pdf", return_value=PDF + letter.number_text.encode()):
        return letters.sign_letter(actor=person(signer), letter=letter)


def day(days=0):
    return rules.today_here() + timedelta(days=days)


def send(protest, **changes):
    values = {"channel": "embassy", "sent_on": day(), "reply_due_on": day(30), **changes}
    return actions.send_protest(actor=person("mfaic"), protest=protest, **values)


def reply(protest, **changes):
    values = {
        "reply_number": "145/NG",
        "reply_on": day(),
        "reply_text": "They will look into it.",
        "outcome": "partly",
        "files": [paper("reply.pdf", PDF + b"reply")],
        **changes,
    }
    return actions.file_reply(actor=person("mfaic"), protest=protest, **values)


def brought_to(state: str, incident, *, files=()) -> Protest:
    """A protest in this state, with these files on its evidence list."""
    protest = draft(incident)
    if files:
        actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=list(files))
    if state == ProtestState.DRAFT:
        return protest
    if state == ProtestState.ABANDONED:
        return actions.abandon_protest(actor=person("mfaic"), protest=protest, reason="Settled at the place")
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    if state == ProtestState.LEGAL_CHECK:
        return fresh(protest)
    actions.pass_legal_check(actor=person("mfaic-deputy"), protest=protest)
    if state == ProtestState.SIGN_OFF:
        return fresh(protest)
    actions.sign_protest(actor=person("mfaic-principal"), protest=protest)
    if state == ProtestState.SIGNED:
        return fresh(protest)
    note(fresh(protest))
    send(protest)
    if state == ProtestState.RENEWED:
        actions.renew_protest(actor=person("mfaic"), protest=protest, reason="Nothing came back")
    if state in {ProtestState.REPLIED, ProtestState.CLOSED}:
        reply(protest)
    if state == ProtestState.CLOSED:
        actions.close_protest(actor=person("mfaic"), protest=protest)
    return fresh(protest)


def fresh(protest) -> Protest:
    return Protest.objects.get(pk=protest.pk)
