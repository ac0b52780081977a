"""Questions asked of proposals. `visible_to` comes first, always: a draft is the province's own paper."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate

from borderwatch import clock
from crossings.choices import ConditionState, ProposalState
from crossings.querysets import OfCrossingQuerySet
from units import policy
from units.choices import INSTITUTIONS
from units.models import Unit

if TYPE_CHECKING:
    from crossings.models import ProposalVersion  # noqa: F401

# The ministry recommends on its own when so many ministries have spoken, else it says why fewer.
MINISTRIES_WANTED = 2


def _drafts_of(user: Any, path: str = "") -> Q:
    """Proposals whose unsubmitted text is open to the person: of the administrations he holds a grant on, and of the
    provinces in which he may propose himself.
    """
    deciding = Unit.objects.filter(pk__in=policy.unit_ids(user, policy.ESCALATE), province__isnull=False)
    here = deciding.order_by().values("province_id")
    return Q(**{f"{path}unit__in": policy.unit_ids(user, policy.VIEW)}) | Q(
        **{f"{path}crossing__district__province__in": here}
    )


class ProposalQuerySet(OfCrossingQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Who serves in the province, and institutions: from the first submission on; before that the province only.

        Those above the province see its drafts by their grant on it.
        """
        from crossings.models import ProposalVersion

        handed_in = ProposalVersion.objects.filter(proposal=OuterRef("pk"), submitted_at__isnull=False)
        return super().visible_to(user).filter(Exists(handed_in) | _drafts_of(user))

    def drafts_open_to(self, user: Any) -> Self:
        """Of these, the ones whose text the person reads also while it is being written."""
        return self.filter(_drafts_of(user))

    def with_positions(self) -> Self:
        """With `spoken`: how many ministries have taken a position on the version that was handed in last."""
        from crossings.models import Position

        here = Position.objects.filter(version__in=_current(OuterRef(OuterRef("pk")))).order_by()
        counted = here.values("version__proposal").annotate(n=Count("unit", distinct=True)).values("n")
        return self.annotate(spoken=Coalesce(Subquery(counted, output_field=models.IntegerField()), 0))

    def waiting_for(self, user: Any) -> Self:
        """Those in which this person owes the next step: a text to write or mend, a position, a recommendation, the
        decision, a condition to report or to judge.
        """
        from crossings import deciders

        province = policy.unit_ids(user, policy.ESCALATE)
        postings = policy.roles_of(user)
        own = {unit.pk for role, unit in postings if policy.REVIEW in policy.ROLES[role] and unit.kind in INSTITUTIONS}
        waiting = Q(pk__in=())
        if province:
            waiting |= Q(unit__in=province) & self._owed_by_province()
        if own:
            waiting |= self._owed_by_ministry(own)
        if own and policy.may(user, "decide_proposal", deciders.national_ids()):
            enough = Q(state=ProposalState.SUBMITTED, spoken__gte=MINISTRIES_WANTED)
            waiting |= enough | Q(state=ProposalState.RECOMMENDED)
        return self.with_positions().filter(waiting)

    def _owed_by_province(self) -> Q:
        from crossings.models import Condition

        today: Any = TruncDate(clock.sql_now())
        late = Condition.objects.filter(proposal=OuterRef("pk"), state=ConditionState.OPEN, due_on__lt=today)
        return Q(Q(state__in=(ProposalState.DRAFT, ProposalState.RETURNED)) | Exists(late))

    def _owed_by_ministry(self, units: set[int]) -> Q:
        from crossings.models import Condition, Position

        silent = Position.objects.filter(unit__in=units, version__in=_current(OuterRef(OuterRef("pk"))))
        reported = Condition.objects.filter(proposal=OuterRef("pk"), unit__in=units, state=ConditionState.MET)
        return Q(Q(~Exists(silent), state=ProposalState.SUBMITTED) | Exists(reported))


def _current(proposal: Any) -> Any:
    """The key of the version of a proposal that was handed in last."""
    from crossings.models import ProposalVersion

    rows = ProposalVersion.objects.filter(proposal=proposal, submitted_at__isnull=False)
    return rows.order_by("-number").values("pk")[:1]


class VersionQuerySet(models.QuerySet["ProposalVersion"]):
    def visible_to(self, user: Any) -> Self:
        """Versions of visible proposals that were handed in; the one being written as its proposal's drafts are."""
        from crossings.models import Proposal

        proposals = Proposal.objects.visible_to(user).order_by().values("pk")
        return self.filter(Q(submitted_at__isnull=False) | _drafts_of(user, "proposal__"), proposal__in=proposals)
