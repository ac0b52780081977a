"""Information asked of a person's units: the heap of his first page. Reading only."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from crossings.desk import TOP, Line, Waiting
from incidents import areas
from incidents.models import InformationRequest
from units import policy


def with_names(rows: Any) -> Any:
    """What a line and the page of a request show."""
    return rows.select_related(
        "asked_of",
        "clock__hours_of",
        "duty__unit",
        "duty__escalation__incident__province",
        "duty__escalation__incident__district",
        "duty__escalation__incident__filed_for",
        "duty__escalation__incident__responsible_unit",
        "answered_by",
    ).prefetch_related("clock__events")


def owed_by(user: Any) -> Any:
    """Open requests the person may answer: of units he files for, and of incidents he decides on."""
    filing, deciding = policy.unit_ids(user, policy.FILE), policy.unit_ids(user, policy.ESCALATE)
    incident = "duty__escalation__incident"
    ours = Q(**{f"{incident}__filed_for__in": deciding}) | Q(**{f"{incident}__responsible_unit__in": deciding})
    return InformationRequest.objects.visible_to(user).open().filter(Q(asked_of__in=filing) | ours)


def waiting_for(user: Any) -> list[Waiting]:
    """The one heap, the most urgent first."""
    if not policy.unit_ids(user, policy.FILE) and not policy.unit_ids(user, policy.ESCALATE):
        return []
    rows = owed_by(user)
    count = rows.count()
    top = with_names(rows).order_by("clock__due_at", "pk")[:TOP] if count else []
    lines = [Line(_words(row), reverse("clocks:request", args=[row.pk]), row.clock.due_at) for row in top]
    return [Waiting("information", _("Information asked of you"), reverse("clocks:requests"), count, lines)]


def _words(row: InformationRequest) -> str:
    question = " ".join(row.question.split())
    return f"{row.duty.escalation.incident.ref} · {row.duty.unit.name}: {question[:120]}"


areas.register_heaps(waiting_for)
