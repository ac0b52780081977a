"""Letters that arrive: entered in the office's incoming register with its own serial and the sender's number."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, sealed
from borderwatch.khmer import khmer_digits
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.letters import deciders, facts, numbers
from incidents.models import Incident, Letter
from units.models import Audited, Unit, User


@transaction.atomic
def receive_letter(
    *,
    actor: User,
    office: Unit,
    sender: str,
    their_number: str = "",
    dated_on: date | None = None,
    subject_km: str,
    incident: Incident | None = None,
    about: Audited | None = None,
    upload: UploadedFile[bytes] | None = None,
    kind: str = LetterKind.OTHER,
    subject_en: str = "",
    original: Letter | None = None,
) -> Letter:
    """Enter a letter that has arrived. The scan is kept as it came.

    `original` is the sender's own letter when he uses this system: an office enters it once. Raises PermissionDenied,
    and ValidationError by field.
    """
    deciders.demand_to_write(actor, office)
    _demand_sight(actor, about, incident, original)
    now = clock.now()
    given = {"sender": sender.strip(), "their_number": their_number.strip(), "subject_km": subject_km.strip()}
    _refuse(given, dated_on, timezone.localdate(now), kind)
    if original is not None:
        _demand_not_entered(office, original)
    kept = _kept(upload)
    year, serial = numbers.take(office, LetterDirection.INCOMING, now)
    letter = Letter.objects.create(
        office=office,
        direction=LetterDirection.INCOMING,
        kind=kind,
        state=LetterState.RECEIVED,
        year=year,
        serial=serial,
        number_text=khmer_digits(f"{serial:03}"),
        subject_en=subject_en.strip(),
        dated_on=dated_on,
        incident=incident or facts.incident_of(about),
        about_kind=about.audit_kind if about else "",
        about_key=about.audit_key if about else "",
        original=original,
        drafted_by=actor,
        drafted_at=now,
        numbered_at=now,
        sent_at=now,
        **given,
        **kept,
    )
    audit.record(actor=actor, verb="receive_letter", target=letter, after=_said(letter), at=now)
    return letter


def _demand_not_entered(office: Unit, original: Letter) -> None:
    # Two clerks at the same time: the second one waits here and then finds it entered.
    Letter.objects.select_for_update(of=("self",)).get(pk=original.pk)
    if Letter.objects.filter(office=office, original=original).exists():
        raise ValidationError(_("This letter stands in your incoming register already."))


def _kept(upload: UploadedFile[bytes] | None) -> dict[str, str]:
    """The scan, stored; {} when none came."""
    if upload is None:
        return {}
    scan = sealed.keep_document(upload)
    return {"scan_sha256": scan.sha256, "scan_name": scan.name, "scan_type": scan.content_type}


@transaction.atomic
def enter_original(*, actor: User, office: Unit, original: Letter) -> Letter:
    """Enter a letter that another office of this system has sent to this one, with what it says of itself.

    Raises PermissionDenied when it was not sent here, and ValidationError when it is entered already.
    """
    if original.state != LetterState.SENT or not original.to_units.filter(pk=office.pk).exists():
        raise PermissionDenied
    return receive_letter(
        actor=actor,
        office=office,
        sender=original.office.name_km or original.office.name_en,
        their_number=original.number_text,
        dated_on=original.dated_on,
        subject_km=original.subject_km,
        subject_en=original.subject_en,
        kind=original.kind,
        incident=_seen(actor, original.incident),
        original=original,
    )


def _seen(actor: User, incident: Incident | None) -> Incident | None:
    if incident is None:
        return None
    return Incident.objects.visible_to(actor).filter(pk=incident.pk).first()


def _demand_sight(actor: User, about: Audited | None, incident: Incident | None, original: Letter | None) -> None:
    if about is not None and facts.find(actor, about.audit_kind, about.audit_key) is None:
        raise PermissionDenied
    if incident is not None and _seen(actor, incident) is None:
        raise PermissionDenied
    if original is not None and not Letter.objects.visible_to(actor).filter(pk=original.pk).exists():
        raise PermissionDenied


def _refuse(given: dict[str, str], dated_on: date | None, today: date, kind: str) -> None:
    errors: dict[str, str] = {}
    if not given["sender"]:
        errors["sender"] = _("Say who sent it.")
    if not given["subject_km"]:
        errors["subject_km"] = _("Say what it is about.")
    if dated_on is not None and dated_on > today:
        errors["dated_on"] = _("A letter that has arrived is not dated in the future.")
    if kind not in LetterKind.values:
        errors["kind"] = _("Choose what the letter is for.")
    for name, most in (("sender", 300), ("their_number", 80)):
        if len(given[name]) > most:
            errors[name] = _("At most %(n)s characters.") % {"n": most}
    if errors:
        raise ValidationError(errors)


def _said(letter: Letter) -> dict[str, Any]:
    return {
        "office": letter.office.code,
        "state": letter.state,
        "number": letter.number_text,
        "sender": letter.sender,
        "their_number": letter.their_number,
        "dated_on": letter.dated_on.isoformat() if letter.dated_on else None,
        "subject": letter.subject_km[:300],
        "scan_sha256": letter.scan_sha256,
    }
