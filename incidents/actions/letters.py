"""The verbs of an outgoing letter: draft, edit, discard, number, sign, send, make void. Source: duties D1-D3, D9, D10.

A number is taken before the letter is printed and is never given again; from then on only signing and sending remain.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from incidents.choices_answers import LetterDirection, LetterKind
from incidents.letters import (
    check_codes,
    content,
    deciders,
    drafting,
    facts,
    notices,
    numbers,
    papers,
    wording,
    workflow,
)
from incidents.models import Incident, Letter
from units.models import Audited, Unit, User

# Without these a letter is no letter.
NEEDED = ("subject_km", "body_km", "addressee_km", "letterhead_km")


@transaction.atomic
def draft_letter(
    *,
    actor: User,
    office: Unit,
    kind: str,
    about: Audited | None = None,
    incident: Incident | None = None,
    given: dict[str, str] | None = None,
    **changes: Any,
) -> Letter:
    """Begin a letter from the template in use and the facts about an object; `changes` are fields said otherwise.

    `given` are facts that go before those of the areas, by their names. `changes` may name any field of
    `content.EDITABLE` and `to_units`. Raises PermissionDenied, also for an object the person does not see, and
    ValidationError by field.
    """
    deciders.demand_to_write(actor, office)
    if kind not in LetterKind.values:
        raise ValidationError({"kind": _("Choose what the letter is for.")})
    incident = incident or facts.incident_of(about)
    _demand_sight(actor, about, incident)
    to = changes.pop("to_units", None)
    template = drafting.template_for(kind, office)
    begun = drafting.begin(
        office=office, kind=kind, about=about, incident=incident, template=template, to=to, given=given,
        relation=changes.get("relation", ""),
    )  # fmt: skip
    letter = Letter(
        office=office,
        direction=LetterDirection.OUTGOING,
        kind=kind,
        incident=incident,
        about_kind=about.audit_kind if about else "",
        about_key=about.audit_key if about else "",
        template=template,
        drafted_by=actor,
        drafted_at=clock.now(),
        **{**begun.values, **_checked(changes)},
    )
    letter.save()
    letter.to_units.set(begun.to)
    audit.record(actor=actor, verb="draft_letter", target=letter, after=_said(letter), at=letter.drafted_at)
    return letter


@transaction.atomic
def edit_letter(*, actor: User, letter: Letter, seen: str = "", **changes: Any) -> Letter:
    """Write in a draft. `seen` is the fingerprint of what the person had before him.

    Raises PermissionDenied, workflow.Refused, and ValidationError by field, also when somebody else has written in
    the draft meanwhile.
    """
    letter = _locked(letter)
    deciders.demand_to_write(actor, letter.office)
    workflow.move("edit_letter", letter.state)
    if seen and seen != content.fingerprint(letter):
        raise ValidationError(
            _("Somebody has changed this draft since you opened it. Yours is below; compare before you save it."),
            code="changed",
        )
    to: Iterable[Unit] | None = changes.pop("to_units", None)
    changes = _checked(changes)
    before = {name: getattr(letter, name) for name in changes if getattr(letter, name) != changes[name]}
    for name in before:
        setattr(letter, name, changes[name])
    letter.save(update_fields=list(before))
    if to is not None:
        letter.to_units.set(to)
    after = {name: _plain(changes[name]) for name in before} | _addressed(letter)
    audit.record(
        actor=actor,
        verb="edit_letter",
        target=letter,
        before={name: _plain(value) for name, value in before.items()},
        after=after,
    )
    return letter


@transaction.atomic
def discard_letter(*, actor: User, letter: Letter) -> None:
    """Throw a draft away; the record keeps what it said. Raises PermissionDenied and workflow.Refused."""
    letter = _locked(letter)
    deciders.demand_to_write(actor, letter.office)
    workflow.move("discard_letter", letter.state)
    said = {name: getattr(letter, name) for name in content.TEXTS if getattr(letter, name)}
    audit.record(actor=actor, verb="discard_letter", target=letter, before={**_said(letter), **said})
    letter.to_units.clear()
    letter.delete()


@transaction.atomic
def number_letter(*, actor: User, letter: Letter) -> Letter:
    """Take the next number of the office's outgoing register; from now on the text stands.

    Raises PermissionDenied, workflow.Refused, and ValidationError naming what is missing or still open, or when the
    letter is dated in another year than that of its number.
    """
    letter = _locked(letter)
    deciders.demand_to_sign(actor, letter.office)
    state = workflow.move("number_letter", letter.state)
    _demand_complete(letter)
    now = clock.now()
    letter.year, letter.serial = numbers.take(letter.office, letter.direction, now)
    letter.dated_on = letter.dated_on or timezone.localdate(now)
    if letter.dated_on.year != letter.year:
        raise ValidationError(
            {
                "dated_on": _("The number will be one of the year %(year)s. Date the letter in that year.")
                % {"year": letter.year}
            }
        )
    abbreviation = letter.template.abbreviation if letter.template else ""
    letter.number_text = wording.number_text(letter.serial, abbreviation, letter.office.short_name)
    letter.check_code = check_codes.new()
    letter.state, letter.numbered_at = state, now
    letter.save(
        update_fields=["year", "serial", "dated_on", "number_text", "check_code", "state", "numbered_at"]
    )  # fmt: skip
    audit.record(actor=actor, verb="number_letter", target=letter, after=_said(letter), at=now)
    return letter


@transaction.atomic
def sign_letter(
    *,
    actor: User,
    letter: Letter,
    signer_title_km: str = "",
    signer_name_km: str = "",
    drawn: papers.Drawn | None = None,
) -> Letter:
    """Sign a numbered letter: the paper is sealed, and known by its SHA-256 from then on.

    The name under the letter is the one given, else the one in the letter, else the signer's own. Whoever has time
    to lose draws the paper before the transaction (`papers.to_sign`) and gives it as `drawn`; else it is drawn here,
    before the letter is locked. When the letter has changed since it was drawn, it is refused and nothing happens.
    Raises PermissionDenied (also for the drafter of a protest note), workflow.Refused and ValidationError.
    """
    if drawn is None:
        fresh = _fresh(letter)
        _demand_signer(actor, fresh)
        workflow.move("sign_letter", fresh.state)
        drawn = papers.to_sign(fresh, by=actor, signer_title_km=signer_title_km, signer_name_km=signer_name_km)
    letter = _locked(letter)
    _demand_signer(actor, letter)
    state = workflow.move("sign_letter", letter.state)
    if content.fingerprint(letter) != drawn.before:
        raise ValidationError(_("The letter has changed while it was drawn. Look at it again, then sign."))
    now = clock.now()
    letter.signer_title_km, letter.signer_name_km = drawn.signer_title_km, drawn.signer_name_km
    letter.pdf_sha256 = papers.seal(drawn.pdf)
    letter.state, letter.signed_by, letter.signed_at = state, actor, now
    letter.save(
        update_fields=["signer_title_km", "signer_name_km", "pdf_sha256", "state", "signed_by", "signed_at"]
    )  # fmt: skip
    audit.record(actor=actor, verb="sign_letter", target=letter, after=_said(letter), at=now)
    return letter


@transaction.atomic
def send_letter(*, actor: User, letter: Letter) -> Letter:
    """The letter leaves the house: its addressees within the system see it and are told.

    Raises PermissionDenied and workflow.Refused.
    """
    letter = _locked(letter)
    deciders.demand_to_sign(actor, letter.office)
    letter.state = workflow.move("send_letter", letter.state)
    letter.sent_at = clock.now()
    letter.save(update_fields=["state", "sent_at"])
    audit.record(actor=actor, verb="send_letter", target=letter, after=_said(letter), at=letter.sent_at)
    outbox.publish(notices.sent(letter))
    return letter


@transaction.atomic
def void_letter(*, actor: User, letter: Letter, reason: str) -> Letter:
    """Make a numbered letter void, with a reason; its number stays in the register and is never given again.

    Raises PermissionDenied, workflow.Refused (a sent letter is withdrawn by another one), ValidationError by field.
    """
    letter = _locked(letter)
    may = deciders.demand_to_write if letter.direction == LetterDirection.INCOMING else deciders.demand_to_sign
    may(actor, letter.office)
    before = letter.state
    letter.state = workflow.move("void_letter", letter.state)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why it is void; it stays in the register.")})
    if len(reason) > 300:
        raise ValidationError({"reason": _("At most 300 characters.")})
    letter.void_reason, letter.voided_by, letter.voided_at = reason, actor, clock.now()
    letter.save(update_fields=["state", "void_reason", "voided_by", "voided_at"])
    audit.record(
        actor=actor, verb="void_letter", target=letter, before={"state": before}, after=_said(letter), reason=reason,
        at=letter.voided_at,
    )  # fmt: skip
    return letter


# --- what they share ------------------------------------------------------------------------------------------


def _fresh(letter: Letter) -> Letter:
    return Letter.objects.select_related("office", "template", "incident").get(pk=letter.pk)


def _locked(letter: Letter) -> Letter:
    rows = Letter.objects.select_for_update(of=("self",))
    return rows.select_related("office", "template", "incident").get(pk=letter.pk)


def _demand_sight(actor: User, about: Audited | None, incident: Incident | None) -> None:
    """Nobody writes about what he does not see."""
    if about is not None and facts.find(actor, about.audit_kind, about.audit_key) is None:
        raise PermissionDenied
    if incident is not None and not Incident.objects.visible_to(actor).filter(pk=incident.pk).exists():
        raise PermissionDenied


def _demand_signer(actor: User, letter: Letter) -> None:
    deciders.demand_to_sign(actor, letter.office)
    if letter.kind == LetterKind.PROTEST_NOTE and letter.drafted_by_id == actor.pk:
        raise PermissionDenied(_("A protest note is signed by another person than the one who drafted it."))


def _demand_complete(letter: Letter) -> None:
    errors: dict[str, str] = {}
    for name in NEEDED:
        if not getattr(letter, name).strip():
            errors[name] = _("This is missing.")
    for one in content.still_open(letter):
        if one.names:
            errors[one.field] = _("There is still a field without a fact: %(names)s.") % {"names": ", ".join(one.names)}
        else:
            errors[one.field] = _("Something is still to be filled in where […] stands.")
    if errors:
        raise ValidationError(errors)


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with texts trimmed; TypeError for a field nobody may write, ValidationError by field."""
    foreign = set(changes) - set(content.EDITABLE)
    if foreign:
        raise TypeError(f"not fields of a draft: {sorted(foreign)}")
    kept: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in changes.items():
        kept[name] = value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
        field = Letter._meta.get_field(name)
        try:
            field.run_validators(kept[name])  # type: ignore[union-attr]
            if field.choices and kept[name] not in dict(field.flatchoices):  # type: ignore[union-attr]
                raise ValidationError(_("Choose one of the list."))
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return kept


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _addressed(letter: Letter) -> dict[str, Any]:
    return {"to_units": sorted(letter.to_units.values_list("code", flat=True))}


def _said(letter: Letter) -> dict[str, Any]:
    """What the record keeps of a letter at a step."""
    return {
        "office": letter.office.code,
        "kind": letter.kind,
        "state": letter.state,
        "number": letter.number_text,
        "about": f"{letter.about_kind}:{letter.about_key}" if letter.about_kind else "",
        "subject": letter.subject_km[:300],
        "pdf_sha256": letter.pdf_sha256,
        **_addressed(letter),
    }
