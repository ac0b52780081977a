"""What the page of a protest shows: law, evidence, chronology, map, steps, letters. Reading only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.actions.protest_evidence import list_digest
from incidents.choices_answers import NoteChannel, ProtestState, ReplyOutcome
from incidents.models import Counterpart, Incident, LegalBasis, Letter, Protest, ProtestEvidence, ProtestStep
from incidents.protests import chronology, correspondence, evidence, rules, sketch, workflow
from units.models import User

# What comes next in each state, and whose it is.
NEXT: dict[str, Any] = {
    ProtestState.DRAFT: gettext_lazy("The office completes the draft and its evidence, and submits it."),
    ProtestState.LEGAL_CHECK: gettext_lazy("Somebody of the office who has not written on it checks the law."),
    ProtestState.SIGN_OFF: gettext_lazy("The deputy or the head of the office signs."),
    ProtestState.SIGNED: gettext_lazy("The note is written, numbered, signed and sent; then the dispatch is recorded."),
    ProtestState.SENT: gettext_lazy("The reply is awaited, and filed when it comes."),
    ProtestState.REPLIED: gettext_lazy("The office weighs the reply: it closes the protest, or renews it."),
    ProtestState.CLOSED: gettext_lazy("Nothing; the protest is closed."),
    ProtestState.RENEWED: gettext_lazy("Nothing here; a further note has taken its place."),
    ProtestState.ABANDONED: gettext_lazy("Nothing; the protest is not pursued."),
}
# The verb that is owed in each state.
OWED: dict[str, tuple[str, ...]] = {
    ProtestState.DRAFT: ("submit_protest",),
    ProtestState.LEGAL_CHECK: ("pass_legal_check",),
    ProtestState.SIGN_OFF: ("sign_protest",),
    ProtestState.SIGNED: ("send_protest",),
    ProtestState.REPLIED: ("close_protest",),
}


@dataclass(frozen=True)
class Basis:
    """A text of the register as a note cites it; `wrong` says why it cannot be quoted here."""

    row: LegalBasis
    cited: str
    wrong: str


@dataclass(frozen=True)
class Line:
    """A step with what it set, in words."""

    row: ProtestStep
    title: str
    facts: list[tuple[str, str]]


def context(user: User, protest: Protest, verbs: frozenset[str]) -> dict[str, Any]:
    """All of it for one person."""
    incident = protest.incident
    pieces = list(protest.evidence.order_by("number"))
    shown = [one for one in pieces if one.origin != "reply"]
    others = Protest.objects.visible_to(user)
    seen = Incident.objects.visible_to(user)
    return {
        "protest": protest,
        "incident": incident,
        "overdue": rules.overdue(protest),
        "due": end_of_reply(protest),
        "next": NEXT[protest.state],
        "mine": any(verb in verbs for verb in OWED.get(protest.state, ())),
        "hindered": _hindered(user, protest),
        "bases": bases(protest),
        "pieces": shown,
        "scans": [one for one in pieces if one.origin == "reply"],
        "list_sha256": list_digest(shown) if protest.signed_at else "",
        "also": list(seen.filter(pk__in=protest.also.values("pk")).order_by("ref")),
        "chronology": chronology.of(incident, protest),
        "engagements": chronology.engagements(incident),
        "drawing": sketch.draw(incident),
        "lines": [_line(row) for row in protest.steps.order_by("number")],
        "letters": list(Letter.objects.visible_to(user).filter(pk__in=correspondence.letters(protest).values("pk"))),
        "note": correspondence.signed_note(protest),
        "letter_address": correspondence.address_of_new(user, protest) if "send_protest" in verbs else "",
        "renewals": list(others.filter(renews=protest).order_by("number")),
        "renews": others.filter(pk=protest.renews_id).first() if protest.renews_id else None,
    }


def bases(protest: Protest) -> list[Basis]:
    """The law chosen, each with what speaks against it."""
    rows = protest.legal_bases.order_by("order", "slug")
    country = protest.counterpart.country
    return [Basis(row, rules.cited(row), " ".join(rules.unfit([row], protest.incident, country))) for row in rows]


def end_of_reply(protest: Protest) -> datetime | None:
    """The moment until which a reply is in time, None when none is awaited."""
    if protest.state != ProtestState.SENT or protest.reply_due_on is None:
        return None
    return rules.end_of(protest.reply_due_on)


def _hindered(user: User, protest: Protest) -> str:
    """Why a person of the office cannot do the step that is owed, "" for others."""
    if not rules.serves_at(user, protest.office_id):
        return ""
    if protest.state == ProtestState.LEGAL_CHECK:
        return rules.checking_refusal(user, protest)
    return rules.signing_refusal(user, protest) if protest.state == ProtestState.SIGN_OFF else ""


def _line(row: ProtestStep) -> Line:
    return Line(row, workflow.step_label(row.verb), list(_facts(row.facts)))


def _facts(facts: Mapping[str, Any]) -> Any:
    """What a step set, as (label, words); what says nothing to a reader is left out."""
    words: dict[str, tuple[Any, Any]] = {
        "channel": (_("Way"), lambda value: NoteChannel(value).label if value in NoteChannel.values else value),
        "note_number": (_("Number of the note"), str),
        "sent_on": (_("Sent on"), _day),
        "reply_due_on": (_("Reply due on"), _day),
        "reply_number": (_("Number of the reply"), str),
        "reply_on": (_("Date of the reply"), _day),
        "outcome": (_("Outcome"), lambda value: ReplyOutcome(value).label if value in ReplyOutcome.values else value),
        "legal_bases": (_("Law"), _titles),
        "counterpart": (_("To whom"), _counterpart),
        "renews": (_("Renews"), str),
        "renewed_by": (_("Renewed by"), str),
        "evidence_sha256": (_("Hash of the evidence list"), str),
        "evidence": (_("Evidence"), _pieces),
    }
    for name, (label, say) in words.items():
        if facts.get(name):
            yield label, str(say(facts[name]))


def _day(value: str) -> str:
    return date.fromisoformat(value).strftime("%d/%m/%Y")


def _pieces(value: Any) -> str:
    return ", ".join(one["name"] for one in value) if isinstance(value, list) else str(value)


def _titles(slugs: list[str]) -> str:
    return "; ".join(rules.cited(row) for row in LegalBasis.objects.filter(slug__in=slugs).order_by("order", "slug"))


def _counterpart(slug: str) -> str:
    row = Counterpart.objects.filter(slug=slug).first()
    return row.name if row else slug


def hand_out(row: ProtestEvidence) -> FileResponse:
    """The bytes as they came, to be saved and never shown or run; 404 when they have gone."""
    path = evidence.path_of(row.origin, row.sha256)
    if not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.original_name, content_type=row.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
