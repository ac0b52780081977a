"""Filing: one POST makes one incident, whatever the network does."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.outbox import Notice
from incidents import attribution, exceptional, notices
from incidents.actions.attribution import freeze, report_defects
from incidents.actions.checkpoints import recognise
from incidents.actions.escalation import start_automatic
from incidents.choices import DEFAULT_ACCURACY_M, CoordinateSource, Status
from incidents.drills import rules
from incidents.models import Attribution, ConflictingCopy, Drill, Evidence, Incident, StagedPhoto
from incidents.near_crossings import signal_reopening
from incidents.reports import Report, fingerprint
from units import policy
from units.choices import UnitKind
from units.models import Observation, Province, Unit, User
from units.recipients import Book

if TYPE_CHECKING:
    from incidents.photos import Photo


@dataclass(frozen=True)
class Filed:
    """What filing came to: "new", "same" (the incident that is there already) or "conflict" (a copy was kept)."""

    incident: Incident
    outcome: str
    copy: ConflictingCopy | None = None


@transaction.atomic
def file_incident(
    *,
    actor: User,
    unit: Unit,
    client_key: uuid.UUID,
    report: Report,
    photos: Sequence["Photo"] = (),
    observation: Observation | None = None,
    drill: Drill | None = None,
) -> Filed:
    """File a report for a unit; attribute it, tell those who answer, escalate what policy escalates by itself.

    `client_key` is made on the client. Same key and content by the same person → the same incident back; same key,
    other content → kept as a conflicting copy. Photos are stored already (`photos.read`); here they get their rows.
    `observation` is what a patrol saw and this report is about. A report about the reporter's own chain
    (`report.about`) goes to the level above alone. With `drill` it is an exercise: told and escalated like any other,
    marked for ever, counted nowhere, and without effect on any register. Raises PermissionDenied (no `file_incidents`
    on the unit) and ValidationError by field. Duties D1, D8, D9.
    """
    policy.demand(actor, "file_incident", [unit.pk])
    now = clock.now()
    content = report.content(photo.sha256 for photo in photos) | ({"drill": drill.pk} if drill else {})
    digest = fingerprint(content)
    with connection.cursor() as cursor:
        # Twins of one report wait here for the first to commit.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [client_key.int % 2**63])
    known = Incident.objects.filter(client_key=client_key).select_related("filed_by").first()
    if known is not None:
        if known.fingerprint == digest and known.filed_by_id == actor.pk:
            return Filed(known, "same")
        return _keep_copy(known, actor, digest, content, now)
    report.check(now)
    if report.about is not None:
        exceptional.check(unit, report.about)
    if drill is not None:
        _check_drill(drill, unit, report, observation, now)
    incident = _insert(actor, unit, client_key, report, digest, now, observation, drill)
    _attach(incident, actor, photos, now)
    return Filed(incident, "new")


def _insert(
    actor: User,
    unit: Unit,
    client_key: uuid.UUID,
    report: Report,
    digest: str,
    now: datetime,
    observation: Observation | None,
    drill: Drill | None,
) -> Incident:
    finding = _find(unit, report)
    incident = Incident(
        ref=_next_drill_reference(finding.province, now) if drill else _next_reference(finding.province, now),
        client_key=client_key,
        fingerprint=digest,
        province=finding.province,
        district=report.district or finding.unit.district or unit.district,
        received_at=now,
        filed_by=actor,
        filed_for=unit,
        responsible_unit=finding.unit,
        status=Status.SUBMITTED,
        exceptional=report.about is not None,
        observation=observation,
        drill=drill,
        **_as_told(report),
    )
    row = freeze(incident, finding, at=now)
    incident.audience = sorted({unit.pk, *finding.party_ids})
    if report.about is not None:
        incident.audience = exceptional.audience(report.about, actor)
    incident.save(force_insert=True)
    row.incident = incident
    row.save(force_insert=True)
    if report.about is None and drill is None:
        # A fault of the register is shown with place and time to people of the province, some of them perhaps accused.
        report_defects(incident, finding)
    audit.record(
        actor=actor,
        verb="file_incident",
        target=incident,
        after={
            "category": report.category,
            "type": report.type,
            "impact": report.impact,
            "unit": finding.unit.code,
            "rule": finding.rule,
            "fingerprint": digest,
            **({"about": report.about.code} if report.about else {}),
            **({"drill": drill.pk} if drill else {}),
        },
        at=now,
    )
    _tell_above(incident, report.about) if report.about else _tell(incident, row)
    start_automatic(incident)
    if drill is None:
        _signs(incident)
    return incident


def _signs(incident: Incident) -> None:
    """What a real report says to the registers beside itself."""
    # A checkpoint nobody allowed is recognised by its place (D5); who passes a closed crossing is a sign (D1).
    recognise(incident)
    signal_reopening(incident)


def _check_drill(drill: Drill, unit: Unit, report: Report, observation: Observation | None, now: datetime) -> None:
    """Raise ValidationError when this cannot be a report of that drill; its end waits until this is filed."""
    rules.demand_open(drill, unit, now)
    if report.about is not None:
        raise ValidationError({"about": _("A report in confidence is never an exercise.")})
    if observation is not None:
        raise ValidationError({"drill": _("What a patrol really saw is not reported as an exercise.")})


def _as_told(report: Report) -> dict[str, Any]:
    """The fields of an incident that are the reporter's own words and choices."""
    return {
        "category": report.category,
        "type": report.type,
        "impact": report.impact,
        "text": report.text.strip(),
        "point": report.point,
        "accuracy_m": _accuracy(report),
        "coordinate_source": report.coordinate_source,
        "coordinate_text": report.coordinate_text,
        "place_name": report.place_name.strip(),
        "side": report.side,
        "near_marker": report.near_marker,
        "near_crossing": report.near_crossing,
        "occurred_at": report.occurred_at,
        "time_precision": report.time_precision,
        "detected_at": report.detected_at,
        "filed_at": report.filed_at,
        "source": report.source,
    }


def _find(unit: Unit, report: Report) -> attribution.Finding:
    """Who answers; where the register has nobody at all, the person learns it at the field and loses nothing."""
    province = _province(unit, report)
    try:
        return attribution.find(
            point=report.point, accuracy_m=_accuracy(report), moment=report.occurred_at, province=province
        )
    except LookupError as error:
        raise ValidationError(
            {
                "district": _(
                    "%(province)s has no command on record that could answer. Choose another district, "
                    "or ask the register keeper to add the command."
                )
                % {"province": province.name}
            }
        ) from error


def _accuracy(report: Report) -> int | None:
    if report.point is None:
        return None
    return report.accuracy_m or DEFAULT_ACCURACY_M.get(report.coordinate_source, 200)


def _province(unit: Unit, report: Report) -> Province:
    """The filer's own province: of the stated district, else of his unit."""
    if report.district is not None:
        return report.district.province
    if unit.province is not None:
        return unit.province
    raise ValidationError({"district": _("Choose the district: your unit serves no single province.")})


_NEXT = (
    "INSERT INTO incidents_referencecounter (province_id, year, last) VALUES (%s, %s, 1) "
    "ON CONFLICT ON CONSTRAINT one_counter_per_province_and_year "
    "DO UPDATE SET last = incidents_referencecounter.last + 1 RETURNING last"
)
_NEXT_OF_DRILLS = (
    "INSERT INTO incidents_drillcounter (province_id, year, last) VALUES (%s, %s, 1) "
    "ON CONFLICT ON CONSTRAINT one_drill_counter_per_province_and_year "
    "DO UPDATE SET last = incidents_drillcounter.last + 1 RETURNING last"
)


def _next_reference(province: Province, now: datetime) -> str:
    """The next gap-free number of the province and year (Phnom Penh time); rolled back with the filing."""
    year, serial = _count(_NEXT, province, now)
    return f"{province.letters}-{year}-{serial:06d}"


def _next_drill_reference(province: Province, now: datetime) -> str:
    """The same for drills, which have numbers of their own and say so: RTK-EX-2026-000003."""
    year, serial = _count(_NEXT_OF_DRILLS, province, now)
    return f"{province.letters}-EX-{year}-{serial:06d}"


def _count(sql: str, province: Province, now: datetime) -> tuple[int, int]:
    year = timezone.localtime(now).year
    with connection.cursor() as cursor:
        cursor.execute(sql, [province.pk, year])
        serial: int = cursor.fetchone()[0]
    return year, serial


def _attach(incident: Incident, actor: User, photos: Sequence["Photo"], now: datetime) -> None:
    Evidence.objects.bulk_create(
        [
            Evidence(
                incident=incident,
                sha256=photo.sha256,
                original_name=photo.name[:200],
                content_type=photo.content_type,
                size=photo.size,
                width=photo.width,
                height=photo.height,
                added_by=actor,
                added_at=now,
            )
            for photo in {photo.sha256: photo for photo in photos}.values()
        ]
    )


def _tell(incident: Incident, row: Attribution) -> None:
    """The unit that answers and its province learn of it at once."""
    administration = administration_of(incident.province_id)
    book = Book([incident.responsible_unit, administration])
    outbox.publish(
        Notice(
            topic="unit_answers",
            event=f"incident:{incident.ref}:answers:1",
            kind="incident",
            key=incident.ref,
            recipients=book.unit_and_head(incident.responsible_unit),
            data=notices.attribution_facts(row, incident),
        ),
        Notice(
            topic="incident_filed",
            event=f"incident:{incident.ref}:filed",
            kind="incident",
            key=incident.ref,
            recipients=book.province_desk(administration),
            data=notices.incident_facts(incident),
        ),
    )


def _tell_above(incident: Incident, about: Unit) -> None:
    """A report about the reporter's own chain: the level above learns of it, and nobody else."""
    outbox.publish(
        Notice(
            topic="exceptional_filed",
            event=f"incident:{incident.ref}:filed",
            kind="incident",
            key=incident.ref,
            recipients=exceptional.told(about),
            data=notices.incident_facts(incident),
        )
    )


def administration_of(province_id: int) -> Unit | None:
    """The province's administration, None where the register has none."""
    return Unit.objects.filter(province_id=province_id, kind=UnitKind.PROVINCE).order_by("code").first()


def _keep_copy(known: Incident, actor: User, digest: str, content: dict[str, Any], now: datetime) -> Filed:
    """Losing a report is worse than an odd one: keep it beside the incident and tell the province."""
    copy, made = ConflictingCopy.objects.get_or_create(
        incident=known,
        fingerprint=digest,
        defaults={"content": content, "filed_by": actor, "received_at": now},
    )
    if made:
        audit.record(
            actor=actor,
            verb="keep_conflicting_copy",
            target=known,
            after={"fingerprint": digest, "differs_from": known.fingerprint},
        )
        administration = administration_of(known.province_id)
        outbox.publish(
            Notice(
                topic="conflicting_copy",
                event=f"incident:{known.ref}:copy:{digest[:16]}",
                kind="incident",
                key=known.ref,
                recipients=exceptional.readers(known, Book([administration]).province_desk(administration)),
                data=notices.incident_facts(known),
            )
        )
    return Filed(known, "conflict", copy)


@transaction.atomic
def settle_conflicting_copy(*, actor: User, copy: ConflictingCopy, decision: str, reason: str) -> ConflictingCopy:
    """Say what a conflicting copy was. Neither report changes; raises ValidationError when settled already."""
    copy = ConflictingCopy.objects.select_for_update(of=("self",)).select_related("incident").get(pk=copy.pk)
    policy.demand(actor, "settle_conflicting_copy", decision_units(copy.incident))
    if decision not in ConflictingCopy.Decision.values:
        raise ValidationError({"decision": _("Choose what the copy is.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it stays on record.")})
    if copy.decision:
        raise ValidationError(_("Another person has settled this copy already."))
    copy.decision, copy.reason = decision, reason.strip()
    copy.decided_by, copy.decided_at = actor, clock.now()
    copy.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    audit.record(
        actor=actor,
        verb="settle_conflicting_copy",
        target=copy.incident,
        after={"fingerprint": copy.fingerprint, "decision": decision},
        reason=copy.reason,
    )
    return copy


def decision_units(incident: Incident) -> list[int]:
    """The units through which a person may decide about an incident: where it was filed and who answers."""
    return [incident.filed_for_id, incident.responsible_unit_id]


def forget_staged(older_than: timedelta = timedelta(days=1)) -> int:
    """Forget photos of forms that were never sent. The files stay while any incident holds the same bytes."""
    from incidents import photos

    old = StagedPhoto.objects.filter(staged_at__lt=clock.now() - older_than)
    hashes = set(old.values_list("sha256", flat=True))
    count, _details = old.delete()
    held = set(Evidence.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    held |= set(StagedPhoto.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    held |= set(Observation.objects.filter(photo_sha256__in=hashes).values_list("photo_sha256", flat=True))
    for sha256 in hashes - held:
        photos.forget(sha256)
    return count


__all__ = ("CoordinateSource", "Filed", "file_incident", "forget_staged", "settle_conflicting_copy")
