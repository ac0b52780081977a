"""What the kernel asks about persons when a notice leaves: who is away, and how somebody wishes to be told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from borderwatch import clock, reaching
from borderwatch.models import Delivery
from units.models import Delegation, Reach
from units.recipients import person


@dataclass(frozen=True)
class Wish:
    """How a person wishes to be told beside the application."""

    channels: tuple[str, ...]
    quiet_from: time | None = None
    quiet_until: time | None = None

    def not_before(self, moment: datetime) -> datetime:
        """The end of the quiet hours a moment falls in, else the moment itself; they may pass midnight."""
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return moment
        local = timezone.localtime(moment)
        past_midnight = self.quiet_from > self.quiet_until
        inside = (
            local.time() >= self.quiet_from or local.time() < self.quiet_until
            if past_midnight
            else self.quiet_from <= local.time() < self.quiet_until
        )
        if not inside:
            return moment
        end = local.replace(hour=self.quiet_until.hour, minute=self.quiet_until.minute, second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)


def wish_of(reach: Reach) -> Wish:
    """The wish in a person's row; mail only where the account has an address."""
    channels = []
    if reach.mail_immediate and reach.user.email:
        channels.append(Delivery.Channel.EMAIL.value)
    if reach.destination:
        channels.append(Delivery.Channel.MESSAGE.value)
    return Wish(tuple(channels), reach.quiet_from, reach.quiet_until)


class Directory:
    """The register's answers. Without a row a person is told in the application alone."""

    def away(self, people: Collection[int]) -> Mapping[int, Sequence[reaching.Stead]]:
        """Delegations in force now, by person; a stand-in whose account is out of use stands in for nobody."""
        rows = Delegation.objects.filter(
            person__in=people, stand_in__is_active=True, period__contains=clock.sql_now()
        ).select_related("stand_in")
        found: dict[int, list[reaching.Stead]] = defaultdict(list)
        for row in rows.order_by("pk"):
            until = timezone.localtime(row.until) if row.until else None
            words = f"away until {until:%Y-%m-%d %H:%M}" if until else "away"
            stand_in = person(row.stand_in, row.unit_id)
            found[row.person_id].append(
                reaching.Stead(stand_in, row.unit_id, f"{words}; {row.stand_in.record_name} was told")
            )
        return found

    def wishes(self, people: Collection[int]) -> Mapping[int, Wish]:
        """The wishes of those who have said something, by person."""
        rows = Reach.objects.filter(user__in=people, user__is_active=True).select_related("user")
        return {row.user_id: wish_of(row) for row in rows}
