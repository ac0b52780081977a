"""The engagement log (duty D8): who spoke with the neighbour, what was demanded, what they answered.

An entry is never edited: what is wrong is struck with a reason and stays readable; what is new is a new entry.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Recipient
from incidents import exceptional, kept_files
from incidents.actions.filing import administration_of
from incidents.choices import Status
from incidents.engagements import notices, rules
from incidents.engagements.contact import Contact
from incidents.models import Duty, Engagement, EngagementFile, Incident
from incidents.workflow import Refused
from units import policy
from units.actions import Clash
from units.models import Unit, User
from units.recipients import Book, person


@dataclass(frozen=True)
class Logged:
    """The entry on record; `first` is False when the same key had made it already."""

    engagement: Engagement
    first: bool


@transaction.atomic
def log_engagement(
    *,
    actor: User,
    incident: Incident,
    contact: Contact,
    unit: Unit | None = None,
    files: kept_files.Files = (),
    client_key: uuid.UUID | None = None,
) -> Logged:
    """Put a contact with the neighbour on record, for one of the actor's units of the incident (`rules.units_for`).

    The same key by the same person gives the entry that is there. Raises PermissionDenied, Clash (the key belongs to
    something else), workflow.Refused on a closed incident, and ValidationError by field. Duty D8.
    """
    incident = _locked(incident, actor)
    units = rules.units_for(actor, incident)
    if not units:
        raise PermissionDenied(policy.nothing_here())
    if client_key is not None and (known := _known(incident, actor, client_key, contact)):
        return Logged(known, first=False)
    if incident.status == Status.CLOSED:
        raise Refused(_("The incident is closed. Open it again to log a further engagement."), code="refused")
    unit = unit or units[0]
    if unit not in units:
        raise ValidationError({"unit": _("Choose one of the units for which you may enter this.")})
    now = clock.now()
    contact.check(incident, now)
    kept = kept_files.keep(files)
    row = Engagement.objects.create(
        incident=incident,
        number=Engagement.objects.filter(incident=incident).count() + 1,
        unit=unit,
        client_key=client_key,
        by=actor,
        by_name=actor.record_name[:200],
        at=now,
        **contact.fields(),
    )
    given = kept_files.attach(EngagementFile, kept, actor, now, engagement=row)
    audit.record(actor=actor, verb="log_engagement", target=row, after={**_facts(row), "files": given}, at=now)
    cancel_next_contacts(incident, but=row, reason=f"in contact again, entry {row.number}")
    _tell(row, "engagement_logged", actor)
    _remind(row)
    return Logged(row, first=True)


@transaction.atomic
def strike_engagement(*, actor: User, engagement: Engagement, reason: str) -> Engagement:
    """Strike a wrong entry, with the reason; it stays readable and counts no more.

    Who entered it may within a day, the province at any time. Raises PermissionDenied, workflow.Refused when it is
    struck already, and ValidationError without a reason.
    """
    incident = _locked(engagement.incident, actor)
    rows = Engagement.objects.select_for_update(of=("self",)).select_related("unit", "counterpart")
    row: Engagement = rows.get(pk=engagement.pk)
    row.incident = incident
    if row.struck_at is not None:
        raise Refused(_("This entry has been struck already."), code="refused")
    if not rules.may_strike(actor, row):
        raise PermissionDenied(
            _("Whoever entered it may strike it within 24 hours; afterwards an officer of the province does.")
        )
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    row.struck_at, row.struck_by, row.struck_reason = clock.now(), actor, reason.strip()[:300]
    row.save(update_fields=["struck_at", "struck_by", "struck_reason"])
    outbox.cancel(row.bundle, reason="the entry was struck")
    audit.record(
        actor=actor,
        verb="strike_engagement",
        target=row,
        after={"struck_at": row.struck_at.isoformat()},
        reason=row.struck_reason,
        at=row.struck_at,
    )
    _tell(row, "engagement_struck", actor)
    return row


def cancel_next_contacts(incident: Incident, *, but: Engagement | None = None, reason: str) -> None:
    """Cancel the planned reminders of an incident's engagements: they were in contact again, or it is closed."""
    rows = Engagement.objects.filter(incident=incident, next_contact_at__isnull=False)
    for row in rows.exclude(pk=but.pk) if but else rows:
        outbox.cancel(row.bundle, reason=reason)


def _locked(incident: Incident, actor: User) -> Incident:
    """The incident under its lock, for a person who sees it: nobody acts on what he does not see."""
    rows = Incident.objects.select_for_update(of=("self",)).select_related(
        "responsible_unit", "filed_for", "province", "district"
    )
    row: Incident = rows.get(pk=incident.pk)
    if not Incident.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise PermissionDenied(policy.nothing_here())
    return row


def _known(incident: Incident, actor: User, key: uuid.UUID, contact: Contact) -> Engagement | None:
    row = Engagement.objects.filter(client_key=key).select_related("counterpart", "incident").first()
    if row is None:
        return None
    if row.incident_id == incident.pk and row.by_id == actor.pk and contact.same_as(row):
        return row
    raise Clash(
        _("This was sent once already, with other words. Check the log; send it again to enter it as a further one."),
        code="clash",
    )


def _facts(row: Engagement) -> dict[str, object]:
    """What the audit keeps of an entry."""

    def iso(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "kind": row.kind,
        "happened_at": iso(row.happened_at),
        "country": row.country,
        "counterpart": row.counterpart.slug if row.counterpart else None,
        "authority": row.authority,
        "unit": row.unit.code,
        "result": row.result,
        "next_contact_at": iso(row.next_contact_at),
    }


def _tell(row: Engagement, topic: str, actor: User) -> None:
    """The province, the unit that answers, and the institutions that were asked on this incident."""
    incident = row.incident
    administration = administration_of(incident.province_id)
    asked = {duty.unit for duty in Duty.objects.filter(escalation__incident=incident).select_related("unit")}
    book = Book([administration, incident.responsible_unit, *asked])
    told = [*book.province_desk(administration), *book.unit_and_head(incident.responsible_unit)]
    for institution in sorted(asked, key=lambda unit: unit.code):
        told += book.officials(institution)
    to = [one for one in dict.fromkeys(told) if one.user_id != actor.pk]
    outbox.publish(notices.notice(row, topic, to=exceptional.readers(incident, to)))


def _remind(row: Engagement) -> None:
    """At the time of the next contact: the unit for which it was entered, and who entered it."""
    if row.next_contact_at is None:
        return
    to: list[Recipient] = [person(row.by), *Book([row.unit]).doers(row.unit)]
    readers = exceptional.readers(row.incident, list(dict.fromkeys(to)))
    outbox.publish(notices.notice(row, "engagement_next", to=readers, at=row.next_contact_at))
