"""Questions asked of what institutions and provinces owe each other. `visible_to` comes first, always."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from incidents.choices import DutyState
from incidents.choices_answers import LetterState, ProtestState
from incidents.querysets import eyes
from units import policy
from units.choices import INSTITUTIONS

if TYPE_CHECKING:
    from incidents.models import (  # noqa: F401
        Drill,
        Engagement,
        Finding,
        InformationRequest,
        Instruction,
        Letter,
        Protest,
    )

# A protest is the business of the institutions until it has left the house.
OUT = (ProtestState.SENT, ProtestState.REPLIED, ProtestState.CLOSED, ProtestState.RENEWED)


def _institutions(ids: frozenset[int]) -> Any:
    """Those of these units that are institutions, for a filter."""
    from units.models import Unit

    return Unit.objects.filter(pk__in=ids, kind__in=INSTITUTIONS).order_by().values("pk")


class InformationRequestQuerySet(models.QuerySet["InformationRequest"]):
    def visible_to(self, user: Any) -> Self:
        """Requests about incidents the person sees."""
        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(duty__escalation__incident__audience__overlap=eyes(user, ids)) if ids else self.none()

    def open(self) -> Self:
        """Not answered yet; what a drill left open is asked no more."""
        return self.filter(answered_at__isnull=True).exclude(duty__state=DutyState.ENDED)


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def visible_to(self, user: Any) -> Self:
        """Engagements about incidents the person sees."""
        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(incident__audience__overlap=eyes(user, ids)) if ids else self.none()


class InstructionQuerySet(models.QuerySet["Instruction"]):
    def visible_to(self, user: Any) -> Self:
        """Guidance about incidents the person sees; whoever is instructed is in the incident's audience."""
        ids = policy.unit_ids(user, policy.VIEW)
        return self.filter(incident__audience__overlap=eyes(user, ids)) if ids else self.none()


class ProtestQuerySet(models.QuerySet["Protest"]):
    def visible_to(self, user: Any) -> Self:
        """Of incidents the person sees: all for who serves an institution, for others what has been sent."""
        ids = policy.unit_ids(user, policy.VIEW)
        if not ids:
            return self.none()
        seen = self.filter(incident__audience__overlap=eyes(user, ids))
        return seen.filter(Q(state__in=OUT) | Q(incident__audience__overlap=list(_institutions_of(ids))))


def _institutions_of(ids: frozenset[int]) -> list[int]:
    return [row["pk"] for row in _institutions(ids)]


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: Any) -> Self:
        """Letters of offices the person serves or looks over, and those sent to one of them."""
        ids = policy.unit_ids(user, policy.VIEW)
        if not ids:
            return self.none()
        sent = Q(state__in=(LetterState.SENT, LetterState.RECEIVED), to_units__in=ids)
        return self.filter(Q(office_id__in=ids) | Q(pk__in=self.model.objects.filter(sent).values("pk")))


class DrillQuerySet(models.QuerySet["Drill"]):
    def visible_to(self, user: Any) -> Self:
        """Whoever serves anywhere must be able to see that something is a drill."""
        return self.all() if policy.unit_ids(user, policy.VIEW) else self.none()


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: Any) -> Self:
        """Auditors, and the administrators who have to mend it."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self.all() if user.is_staff or policy.is_auditor(user) else self.none()

    def open(self) -> Self:
        """Not settled yet."""
        return self.filter(settled_at__isnull=True)
