"""The register at a moment: who heads a unit and for whom, the ground it answers for, who may do what there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from units import policy
from units.models import CommandTenure, Leave, Posting, Sector, Unit

# What each right means, for people.
RIGHTS = {
    policy.VIEW: _("sees incidents"),
    policy.FILE: _("files incidents"),
    policy.ESCALATE: _("verifies, escalates and closes incidents"),
    policy.REVIEW: _("reviews and rules"),
    policy.ANSWER: _("answers for the unit"),
    policy.PATROLS: _("manages patrols"),
    policy.REGISTER: _("keeps the register"),
    policy.PERSONAL: _("sees names of persons"),
}
# More postings than this are read on the page of postings.
POSTINGS_SHOWN = 100


def rights_of(role: str) -> list[str]:
    """What a role gives, in the reader's words, always in the same order."""
    return [str(words) for codename, words in RIGHTS.items() if codename in policy.ROLES.get(role, frozenset())]


@dataclass(frozen=True)
class Grant:
    """A posting in force that gives rights at a unit: of the unit itself, or of one above it."""

    posting: Posting
    here: bool

    @property
    def rights(self) -> list[str]:
        """What it gives, in words."""
        return rights_of(self.posting.unit_role.role)


@dataclass(frozen=True)
class Status:
    """A unit as the register has it for one moment. `grants` is None for those who may not see postings."""

    at: datetime
    head: CommandTenure | None
    leave: Leave | None
    sectors: list[Sector]
    grants: list[Grant] | None

    @property
    def here(self) -> list[Grant]:
        """Rights given at the unit itself."""
        return [grant for grant in self.grants or [] if grant.here]

    @property
    def above(self) -> list[Grant]:
        """Rights that reach down from units above."""
        return [grant for grant in self.grants or [] if not grant.here]


def of_unit(unit: Unit, moment: datetime, *, sectors: Iterable[Sector], postings: bool) -> Status:
    """What the register says about a unit for a moment, past or to come.

    `sectors` are those of the unit, of all times, that the person may see; `postings` says whether he may see these.
    The tree carries no dates: rights from above are read along today's tree.
    """
    leaves = Leave.objects.at(moment).filter(unit=unit).select_related("tenure", "acting")
    return Status(
        at=moment,
        head=CommandTenure.objects.head_of(unit.pk, moment),
        leave=leaves.first(),
        sectors=[one for one in sectors if one.holds_at(moment)],
        grants=_grants(unit, moment) if postings else None,
    )


def _grants(unit: Unit, moment: datetime) -> list[Grant]:
    chain = [*Unit.objects.with_tree_fields().get(pk=unit.pk).tree_path]  # type: ignore[attr-defined]
    rows = Posting.objects.at(moment).filter(unit_role__unit_id__in=chain)
    found = rows.select_related("user", "unit_role__unit").order_by("unit_role__role", "pk")[:POSTINGS_SHOWN]
    near_first = sorted(found, key=lambda posting: -chain.index(posting.unit_role.unit_id))
    return [Grant(posting, here=posting.unit_role.unit_id == unit.pk) for posting in near_first]
