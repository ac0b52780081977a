"""Letters on the page of an incident and on that of a crossing: what was written, and what can be written next."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings import panels
from crossings.choices import ClosureState
from crossings.models import ClosureOrder, Crossing, Proposal
from incidents import areas
from incidents.choices_answers import LetterKind
from incidents.letters import deciders
from incidents.models import AccountabilityCase, Incident, Letter
from units import policy
from units.models import Unit

SHOWN = 6


def address(kind: str, about_kind: str, key: Any, office: Unit | None = None) -> str:
    """Where a letter about something is begun."""
    query = {"kind": kind, "about": f"{about_kind}:{key}"} | ({"office": office.code} if office else {})
    return f"{reverse('letters:new')}?{urlencode(query)}"


def latest(letters: Any) -> list[Letter]:
    """The newest of these letters with what a line shows, one more than are shown."""
    rows = letters.select_related("office").order_by("-drafted_at", "-pk")
    return list(rows[: SHOWN + 1])


def about(user: Any, about_kind: str, about_key: str) -> list[Letter]:
    """The letters about an object that the person sees, newest first; for the page of the object."""
    return latest(Letter.objects.visible_to(user).filter(about_kind=about_kind, about_key=about_key))


def _incident(user: Any, incident: Incident) -> dict[str, Any] | None:
    found = latest(Letter.objects.visible_to(user).filter(incident=incident))
    office = _writes_about(user, incident)
    links = []
    if office is not None:
        links.append((_("Write the report to the ministries"), address(LetterKind.REPORT, "incident", incident.ref)))
        cases = AccountabilityCase.objects.visible_to(user).filter(incident=incident).open()
        for case in cases.order_by("number"):
            words = _("Write the notice to the head")
            links.append((words, address(LetterKind.NOTICE_TO_HEAD, "accountabilitycase", case.ref)))
    if not found and not links:
        return None
    return {"letters": found[:SHOWN], "letters_more": len(found) > SHOWN, "letters_new": links}


def _writes_about(user: Any, incident: Incident) -> Unit | None:
    """The province's administration, when the person signs its letters: it reports to the ministries (D9)."""
    ids = policy.unit_ids(user, policy.ESCALATE)
    if not ids:
        return None
    rows = Unit.objects.filter(pk__in=ids, kind="province_administration", province=incident.province_id)
    return rows.first()


def _crossing(user: Any, crossing: Crossing) -> dict[str, Any] | None:
    orders = list(ClosureOrder.objects.visible_to(user).filter(crossing=crossing).exclude(state=ClosureState.WITHDRAWN))
    proposals = list(Proposal.objects.visible_to(user).filter(crossing=crossing))
    if not orders and not proposals:
        return None
    keys = Q(about_kind="closureorder", about_key__in=[str(one.pk) for one in orders])
    keys |= Q(about_kind="proposal", about_key__in=[str(one.pk) for one in proposals])
    found = latest(Letter.objects.visible_to(user).filter(keys))
    links = [
        (_("Write the letter of the order"), address(LetterKind.CLOSURE_ORDER, "closureorder", one.pk, one.issuer))
        for one in orders
        if deciders.may_write(user, one.issuer)
    ]
    links += [
        (_("Write the letter of the proposal"), address(LetterKind.PROPOSAL, "proposal", one.pk, one.unit))
        for one in proposals
        if deciders.may_write(user, one.unit)
    ]
    if not found and not links:
        return None
    return {"letters": found[:SHOWN], "letters_more": len(found) > SHOWN, "letters_new": links}


areas.register_panel(areas.Panel("letters", _("Letters"), "letters/partials/panel.html", _incident, place=80))
panels.register(panels.Panel("letters", _("Letters"), "letters/partials/panel.html", _crossing, place=80))
