"""The verbs of a diplomatic protest, from the draft to its end. Each is one step of the dossier. Source: duty D10."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.models import Delivery
from incidents.actions.attachments import Files, keep
from incidents.actions.protest_evidence import copy_evidence, list_digest, listed, put
from incidents.actions.protest_steps import advance, locked, need, write
from incidents.choices_answers import NoteChannel, ProtestState, ReplyOutcome
from incidents.models import Counterpart, Incident, LegalBasis, Protest
from incidents.protests import correspondence, notices, rules, workflow
from units import policy
from units.models import BorderSection, Unit, User

REPLIES = tuple(value for value in ReplyOutcome.values if value != ReplyOutcome.NONE)
_TEXTS = ("subject_km", "subject_en", "facts_km", "facts_en", "demand_km", "demand_en", "urgent_reason")
_NEEDED = ("subject_km", "facts_km", "demand_km")


@transaction.atomic
def draft_protest(
    *,
    actor: User,
    incident: Incident,
    office: Unit,
    counterpart: Counterpart,
    legal_bases: Sequence[LegalBasis] = (),
    also: Sequence[Incident] = (),
    section: BorderSection | None = None,
    **texts: str,
) -> Protest:
    """Draft a protest of an institution that has or had a duty about the incident. `texts` are those of `_TEXTS`.

    The neighbour was engaged locally before (D8), or it is urgent and says why. Raises PermissionDenied, and
    ValidationError by field.
    """
    incident = (
        Incident.objects.select_for_update(of=("self",)).select_related("province", "near_marker").get(pk=incident.pk)
    )
    policy.demand(actor, "draft_protest", [office.pk])
    if not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        raise PermissionDenied
    if office not in rules.offices(incident):
        raise ValidationError({"office": _("Only an institution that was asked about this incident protests.")})
    values = _content(actor, incident, counterpart, also, texts)
    if not values["urgent_reason"] and not rules.engaged(incident):
        raise ValidationError({"urgent_reason": _unengaged()})
    section = section or rules.section_of(incident, counterpart.country)
    protest = _create(actor, incident, office, counterpart, section, values, legal_bases, also)
    _first(protest, actor, {"counterpart": counterpart.slug, "legal_bases": [one.slug for one in legal_bases]})
    return protest


@transaction.atomic
def edit_protest(
    *,
    actor: User,
    protest: Protest,
    counterpart: Counterpart,
    legal_bases: Sequence[LegalBasis] = (),
    also: Sequence[Incident] = (),
    section: BorderSection | None = None,
    **texts: str,
) -> Protest:
    """Change a draft; whoever does so has written on it and neither checks nor signs it.

    Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    protest = locked(protest, actor, "edit_protest")
    workflow.move("edit_protest", protest.state)
    values = _content(actor, protest.incident, counterpart, also, texts)
    values["counterpart"] = counterpart
    values["section"] = section or rules.section_of(protest.incident, counterpart.country)
    slugs = [one.slug for one in legal_bases]
    changed = {name: value for name, value in values.items() if getattr(protest, name) != value}
    more = {} if slugs == _slugs(protest) else {"legal_bases": slugs}
    refs = sorted(one.ref for one in also)
    if refs != sorted(protest.also.values_list("ref", flat=True)):
        more["also"] = refs
    if not changed and not more:
        return protest
    advance(protest, "edit_protest", actor, fields=changed, more=more)
    protest.legal_bases.set(legal_bases)
    protest.also.set(also)
    return protest


@transaction.atomic
def submit_protest(*, actor: User, protest: Protest, text: str = "") -> Protest:
    """Hand the draft to the legal check. Raises PermissionDenied, workflow.Refused, and ValidationError when the
    engagement it rests on was struck meanwhile, or no law is quoted.
    """
    protest = locked(protest, actor, "submit_protest")
    workflow.move("submit_protest", protest.state)
    _demand_ground(protest)
    if not protest.legal_bases.exists():
        raise ValidationError(_("Choose the law the note rests on."))
    advance(protest, "submit_protest", actor, text=text.strip())
    return protest


@transaction.atomic
def pass_legal_check(*, actor: User, protest: Protest, text: str = "") -> Protest:
    """Another person than the writers finds the law right: each basis in force on the incident's day.

    Raises PermissionDenied, workflow.Refused, and ValidationError naming every basis that cannot be quoted.
    """
    protest = locked(protest, actor, "pass_legal_check")
    workflow.move("pass_legal_check", protest.state)
    if why := rules.checking_refusal(actor, protest):
        raise PermissionDenied(why)
    _demand_ground(protest)
    bases = list(protest.legal_bases.all())
    if not bases:
        raise ValidationError(_("Choose the law the note rests on."))
    if wrong := rules.unfit(bases, protest.incident, protest.counterpart.country):
        raise ValidationError([ValidationError(line) for line in wrong])
    advance(protest, "pass_legal_check", actor, text=text.strip(), fields={"checked_by": actor})
    return protest


@transaction.atomic
def send_protest_back(*, actor: User, protest: Protest, reason: str) -> Protest:
    """The checker or the signer sends it back to the drafter, with a reason.

    Raises PermissionDenied (also for a writer), workflow.Refused, ValidationError.
    """
    protest = locked(protest, actor, "send_protest_back")
    workflow.move("send_protest_back", protest.state)
    if protest.state == ProtestState.LEGAL_CHECK and (why := rules.checking_refusal(actor, protest)):
        raise PermissionDenied(why)
    if actor.pk in rules.writers(protest):
        raise PermissionDenied(_("You have written on this draft yourself. Another person sends it back."))
    advance(protest, "send_protest_back", actor, text=need(reason), fields={"checked_by": None})
    return protest


@transaction.atomic
def sign_protest(*, actor: User, protest: Protest, text: str = "") -> Protest:
    """The deputy or head of the office signs it off; text, law and evidence list stand from now on.

    Raises PermissionDenied (units.policy roles; writers never; the checker only when nobody else can sign),
    workflow.Refused, ValidationError.
    """
    protest = locked(protest, actor, "sign_protest")
    workflow.move("sign_protest", protest.state)
    if why := rules.signing_refusal(actor, protest):
        raise PermissionDenied(why)
    _demand_ground(protest)
    rows = listed(protest)
    more = {"evidence": len(rows), "evidence_sha256": list_digest(rows), "legal_bases": _slugs(protest)}
    advance(
        protest, "sign_protest", actor, text=text.strip(), fields={"signed_by": actor, "signed_at": clock.now()},
        more=more,
    )  # fmt: skip
    return protest


@transaction.atomic
def send_protest(
    *, actor: User, protest: Protest, channel: str, sent_on: date, reply_due_on: date, text: str = ""
) -> Protest:
    """Put on record that the signed note left: its number is that of the signed letter about this protest.

    Raises PermissionDenied, workflow.Refused, ValidationError by field, or when there is no signed letter yet.
    """
    protest = locked(protest, actor, "send_protest")
    workflow.move("send_protest", protest.state)
    note = correspondence.signed_note(protest)
    errors: dict[str, str] = {}
    if channel not in NoteChannel.values:
        errors["channel"] = _("Choose the way it took.")
    if sent_on > rules.today_here():
        errors["sent_on"] = _("This day has not come yet.")
    elif protest.signed_at and sent_on < rules.local_day(protest.signed_at):
        errors["sent_on"] = _("It was not signed yet on that day.")
    if reply_due_on <= sent_on:
        errors["reply_due_on"] = _("A reply is due after the note was sent.")
    if errors:
        raise ValidationError(errors)
    if note is None:
        raise ValidationError(_("There is no signed letter of this protest yet. Write, number and sign it first."))
    correspondence.send(actor, note)
    fields = {
        "channel": channel, "sent_on": sent_on, "reply_due_on": reply_due_on, "note_number": note.number_text[:60],
    }  # fmt: skip
    step = advance(protest, "send_protest", actor, text=text.strip(), fields=fields, more={"letter": note.pk})
    outbox.publish(*notices.reminders(protest, step))
    return protest


@transaction.atomic
def file_reply(
    *,
    actor: User,
    protest: Protest,
    reply_number: str,
    reply_on: date,
    reply_text: str,
    outcome: str,
    files: Files = (),
) -> Protest:
    """File what came back: their number, day and words, scans, and what it amounts to; also in the office's register.

    Raises PermissionDenied, workflow.Refused, ValidationError by field.
    """
    protest = locked(protest, actor, "file_reply")
    workflow.move("file_reply", protest.state)
    errors: dict[str, str] = {}
    if not reply_text.strip():
        errors["reply_text"] = _("Write down what they reply.")
    if outcome not in REPLIES:
        errors["outcome"] = _("Choose what the reply amounts to.")
    if reply_on > rules.today_here():
        errors["reply_on"] = _("This day has not come yet.")
    elif protest.sent_on and reply_on < protest.sent_on:
        errors["reply_on"] = _("The note had not been sent yet on that day.")
    if errors:
        raise ValidationError(errors)
    kept = keep(files)
    for file in kept:
        put(protest, actor, file, origin="reply")
    letter = correspondence.enter_reply(actor, protest, number=reply_number.strip(), day=reply_on, files=files)
    fields = {
        "reply_number": reply_number.strip()[:60], "reply_on": reply_on, "reply_text": reply_text.strip(),
        "outcome": outcome,
    }  # fmt: skip
    more: dict[str, Any] = {"files": [file.sha256 for file in kept], "letter": letter.pk}
    advance(protest, "file_reply", actor, fields=fields, more=more)
    return protest


@transaction.atomic
def close_protest(*, actor: User, protest: Protest, reason: str = "") -> Protest:
    """Close a protest that was answered; without an answer only with a reason, and it stays on record as unanswered.

    Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    protest = locked(protest, actor, "close_protest")
    workflow.move("close_protest", protest.state)
    fields = {}
    if protest.state == ProtestState.SENT:
        reason, fields = need(reason), {"outcome": ReplyOutcome.NONE}
    advance(protest, "close_protest", actor, text=reason.strip(), fields=fields)
    return protest


@transaction.atomic
def renew_protest(*, actor: User, protest: Protest, reason: str) -> Protest:
    """Protest again, since nothing came back or nothing followed: returns the new draft, which renews this one.

    Raises PermissionDenied, workflow.Refused, ValidationError.
    """
    # The incident first, as when drafting: the new number is given under its lock.
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=protest.incident_id)
    protest = locked(protest, actor, "renew_protest")
    workflow.move("renew_protest", protest.state)
    fields = {"outcome": ReplyOutcome.NONE} if protest.state == ProtestState.SENT else {}
    values = {name: getattr(protest, name) for name in _TEXTS}
    bases, also = list(protest.legal_bases.all()), list(protest.also.all())
    new = _create(
        actor, incident, protest.office, protest.counterpart, protest.section, values, bases, also, renews=protest
    )
    copy_evidence(protest, new, actor)
    advance(protest, "renew_protest", actor, text=need(reason), fields=fields, more={"renewed_by": new.ref})
    _first(new, actor, {"renews": protest.ref})
    return new


@transaction.atomic
def abandon_protest(*, actor: User, protest: Protest, reason: str) -> Protest:
    """Do not pursue it, with a reason; only before it was sent. Raises PermissionDenied, Refused, ValidationError."""
    protest = locked(protest, actor, "abandon_protest")
    workflow.move("abandon_protest", protest.state)
    advance(protest, "abandon_protest", actor, text=need(reason))
    return protest


def watch_protests() -> int:
    """Tell the office once of each reply that is overdue; returns of how many. Safe to run any number of times."""
    late = Protest.objects.filter(state=ProtestState.SENT, reply_due_on__lt=rules.today_here())
    rows = late.select_related("office", "counterpart", "incident__province", "incident__district")
    return sum(_tell_once(protest) for protest in rows.select_related("incident__responsible_unit").order_by("pk"))


@transaction.atomic
def _tell_once(protest: Protest) -> bool:
    notice = notices.overdue(protest)
    if Delivery.objects.filter(event=notice.event).exists():
        return False
    return bool(outbox.publish(notice))


def _create(
    actor: User,
    incident: Incident,
    office: Unit,
    counterpart: Counterpart,
    section: BorderSection | None,
    values: dict[str, Any],
    legal_bases: Sequence[LegalBasis],
    also: Sequence[Incident],
    renews: Protest | None = None,
) -> Protest:
    number = incident.protests.count() + 1
    protest = Protest.objects.create(
        ref=f"{incident.ref}-P{number}",
        incident=incident,
        number=number,
        office=office,
        counterpart=counterpart,
        section=section,
        renews=renews,
        drafted_by=actor,
        drafted_at=clock.now(),
        **values,
    )
    protest.legal_bases.set(legal_bases)
    protest.also.set(also)
    return protest


def _first(protest: Protest, actor: User, more: dict[str, Any]) -> None:
    """The draft as the first step of a protest that was just saved."""
    step = write(protest, "draft_protest", actor, "", protest.drafted_at, protest.urgent_reason, more)
    audit.record(
        actor=actor, verb="draft_protest", target=protest, after={"state": protest.state, **more},
        reason=protest.urgent_reason, at=protest.drafted_at,
    )  # fmt: skip
    outbox.publish(*notices.told(protest, step))


def _content(
    actor: User, incident: Incident, counterpart: Counterpart, also: Sequence[Incident], texts: dict[str, str]
) -> dict[str, Any]:
    """The texts, trimmed and complete. Raises ValidationError by field, TypeError for a text nobody knows."""
    if unknown := set(texts) - set(_TEXTS):
        raise TypeError(f"unknown texts: {sorted(unknown)}")
    values = {name: texts.get(name, "").strip() for name in _TEXTS}
    errors: dict[str, str] = {name: _("Write it down; it stays on record.") for name in _NEEDED if not values[name]}
    if not counterpart.active:
        errors["counterpart"] = _("This counterpart is no longer in use.")
    asked = {one.pk for one in also}
    if asked and Incident.objects.visible_to(actor).filter(pk__in=asked).count() != len(asked):
        errors["also"] = _("You do not see one of these incidents.")
    if incident.pk in asked:
        errors["also"] = _("This is the incident itself.")
    if errors:
        raise ValidationError(errors)
    return values


def _slugs(protest: Protest) -> list[str]:
    return list(protest.legal_bases.order_by("order", "slug").values_list("slug", flat=True))


def _demand_ground(protest: Protest) -> None:
    """The neighbour was engaged, or the dossier says why not."""
    if not protest.urgent_reason and not protest.renews_id and not rules.engaged(protest.incident):
        raise ValidationError(_unengaged())


def _unengaged() -> str:
    return _(
        "The engagement log of this incident is empty: the neighbour is spoken with first. "
        "When it is too urgent for that, say why."
    )
