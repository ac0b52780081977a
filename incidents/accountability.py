"""Which accountability policy fits an incident, who found it, and what is held against the head, in words.

Source: directive duty D2; docs/accountability.md says the rules in words.
"""

from typing import Any

from django.forms.models import model_to_dict
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from borderwatch.models import AuditEntry
from incidents.choices import SEEN_BY_FORCES, CloseReason, Detector, Source, Status, TimePrecision
from incidents.models import AccountabilityPolicy, Attribution, Incident
from units.models import Unit

# Who found it when no force itself saw it.
_DETECTORS: dict[str, Detector] = {
    Source.COMMUNE_AUTHORITY: Detector.PEOPLE,
    Source.VILLAGER: Detector.PEOPLE,
    Source.ANONYMOUS: Detector.PEOPLE,
    Source.PARTNER: Detector.MINISTRY,
    Source.MINISTRY: Detector.MINISTRY,
    Source.NEIGHBOUR: Detector.NEIGHBOUR,
    Source.MEDIA: Detector.MEDIA,
}
# Precisions in which a duration from the event to the report can be told.
_TOLD_IN = (TimePrecision.MINUTE, TimePrecision.HOUR)


def policy_for(incident: Incident) -> AccountabilityPolicy | None:
    """The first policy in use that fits the category and type; None when there is none at all."""
    for policy in AccountabilityPolicy.objects.filter(active=True):
        if (not policy.categories or incident.category in policy.categories) and (
            not policy.types or incident.type in policy.types
        ):
            return policy
    return None


def terms_for(incident: Incident) -> AccountabilityPolicy:
    """The policy that fits, or one with the usual terms (not saved): a contest never fails for want of a policy."""
    return policy_for(incident) or AccountabilityPolicy(slug="")


def freeze(policy: AccountabilityPolicy) -> dict[str, Any]:
    """The policy as it is now; a running case obeys this and no later edit."""
    return model_to_dict(policy, exclude=("id", "order", "active"))


def opens_by_itself(incident: Incident, row: Attribution, policy: AccountabilityPolicy | None) -> bool:
    """Whether a case opens without anybody's doing: verified, of a type the policy names, inside a sector, and
    nobody doubts who answers. An exceptional report never opens one by itself: the unit must not learn of it. A drill
    never opens one at all.
    """
    return (
        policy is not None
        and policy.opens_by_itself
        and row.sector_id is not None
        and not incident.contested
        and not incident.exceptional
        and incident.drill_id is None
        and (incident.status != Status.CLOSED or incident.close_reason == CloseReason.OVER)
        and AuditEntry.objects.filter(kind=incident.audit_kind, key=incident.ref, verb="verify_incident").exists()
    )


def detector(incident: Incident, unit: Unit) -> str:
    """Who found the event, seen from the unit that answers for it."""
    if not incident.source or incident.exceptional:
        # Who reported his own chain in confidence must not be found out by how he knew.
        return Detector.UNKNOWN
    if incident.source not in SEEN_BY_FORCES:
        return _DETECTORS[incident.source]
    observation = incident.observation
    seen_by = observation.patrol.unit_id if observation is not None else incident.filed_for_id
    return Detector.OWN_UNIT if seen_by in _with_those_below(unit) else Detector.OTHER_UNIT


def _with_those_below(unit: Unit) -> set[int]:
    return set(unit.descendants(include_self=True).values_list("pk", flat=True))


def minutes_to_report(incident: Incident) -> int | None:
    """Minutes from detection, else the event, to the report; None when known too roughly or told in confidence."""
    if incident.exceptional or (incident.detected_at is None and incident.time_precision not in _TOLD_IN):
        return None
    seconds = (incident.received_at - (incident.detected_at or incident.occurred_at)).total_seconds()
    return max(0, int(seconds // 60))


def charge(incident: Incident, row: Attribution) -> str:
    """What is held against the head, in Khmer and English, from the frozen attribution; never the report's text."""
    words = []
    for language in ("km", "en"):
        with translation.override(language):
            words.append(_charge(incident, row))
    return "\n\n".join(dict.fromkeys(words))


def _charge(incident: Incident, row: Attribution) -> str:
    place = incident.place_name or str(incident.district or incident.province)
    facts = {
        "type": incident.type_label,
        "date": date_format(timezone.localtime(incident.occurred_at), "DATETIME_FORMAT"),
        "place": place,
        "unit": row.unit_name,
        "sector": row.sector_code,
        "head": row.head_name,
    }
    if row.sector_code:
        where = _("%(type)s on %(date)s at %(place)s, in sector %(sector)s under the protection of %(unit)s.") % facts
    else:
        where = _("%(type)s on %(date)s at %(place)s, on ground under the protection of %(unit)s.") % facts
    # Not inside the f-string: what stands there is not found for translation.
    nobody = _("Nobody was on record as head of the unit at that time.")
    head = _("Head of the unit at that time: %(head)s.") % facts
    return f"{where} {head if row.head_name else nobody}"
