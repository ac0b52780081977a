"""Questions about engagements: was the neighbour engaged, who may log and strike, what is due next. Reading only."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from borderwatch import clock
from incidents.choices import Status
from incidents.choices_answers import EngagementKind
from incidents.models import Engagement, Incident
from units import policy
from units.choices import UnitKind
from units.models import Unit, User

# Whoever entered it may strike it himself for so long; afterwards the province does.
STRIKE_WITHIN = timedelta(hours=24)
# A next contact that lies so near is shown as due.
DUE_WITHIN = timedelta(hours=24)


def standing(incident: Incident) -> Any:
    """The engagements of an incident that were not struck."""
    return Engagement.objects.filter(incident=incident, struck_at__isnull=True)


def engaged(incident: Incident) -> bool:
    """Whether the neighbour was spoken to or written to about it, as duty D8 asks before a protest.

    A contact sought in vain does not count: whoever protests without one says why it was urgent (`sought` tells how
    often it was tried). Neither does an entry that was struck.
    """
    return bool(standing(incident).exclude(kind=EngagementKind.NO_CONTACT).exists())


def sought(incident: Incident) -> int:
    """How often contact was sought and not had."""
    return int(standing(incident).filter(kind=EngagementKind.NO_CONTACT).count())


def units_for(user: Any, incident: Incident) -> list[Unit]:
    """The units of the incident for which this person may log an engagement; where he is posted comes first.

    They are those it was filed for and answers, and the administrations of its district and province.
    """
    filing = policy.unit_ids(user, policy.FILE)
    if not filing:
        return []
    concerned = Q(pk__in=[incident.filed_for_id, incident.responsible_unit_id])
    concerned |= Q(kind=UnitKind.DISTRICT, district__isnull=False, district=incident.district_id)
    concerned |= Q(kind=UnitKind.PROVINCE, province=incident.province_id)
    posted = {unit.pk for _role, unit in policy.roles_of(user)}
    rank: dict[str, int] = {UnitKind.DISTRICT: 0, UnitKind.PROVINCE: 1}
    found = Unit.objects.filter(concerned, pk__in=filing).order_by("code")
    return sorted(found, key=lambda unit: (unit.pk not in posted, rank.get(unit.kind, 2)))


def may_log(user: Any, incident: Incident) -> bool:
    """Whether the person, who sees the incident, may log an engagement now."""
    return incident.status != Status.CLOSED and bool(units_for(user, incident))


def may_strike(user: Any, engagement: Engagement) -> bool:
    """Whether the person, who sees it, may strike it: he who entered it within a day, and the province always."""
    if engagement.struck_at is not None:
        return False
    own = engagement.by_id == user.pk and clock.now() - engagement.at <= STRIKE_WITHIN
    incident = engagement.incident
    return own or policy.may(
        user, "strike_engagement", [engagement.unit_id, incident.filed_for_id, incident.responsible_unit_id]
    )


def next_due(engagements: Any) -> Any:
    """Of these the ones whose next contact is due within a day or was missed: nobody was in contact since."""
    since = Engagement.objects.filter(
        incident=OuterRef("incident"), number__gt=OuterRef("number"), struck_at__isnull=True
    )
    due = engagements.filter(struck_at__isnull=True, next_contact_at__lte=clock.sql_now() + DUE_WITHIN)
    return due.exclude(incident__status=Status.CLOSED).filter(~Exists(since))


def due_for(user: User) -> Any:
    """Next contacts that are due at units for which the person files; the earliest first."""
    rows = Engagement.objects.visible_to(user).filter(unit__in=policy.unit_ids(user, policy.FILE))
    return next_due(rows).select_related("incident", "counterpart").order_by(F("next_contact_at").asc(), "pk")
