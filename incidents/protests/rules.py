"""The rules of protests that are asked by verbs and pages alike: who, on what ground, by which law. Reading only."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from borderwatch import clock
from incidents.choices_answers import ProtestState
from incidents.engagements.rules import engaged as engaged
from incidents.models import Incident, LegalBasis, Protest
from incidents.protests import workflow
from units import policy
from units.choices import INSTITUTIONS, Role
from units.models import BorderSection, Posting, Unit, User

# Who signs for an institution.
SIGNERS = (Role.DEPUTY, Role.PRINCIPAL)
# Verbs by which somebody has a hand in the text; he neither checks nor signs it.
WRITING = ("draft_protest", "edit_protest")
# A stretch so many degrees away (about 30 km) is no stretch of the incident's.
NEAR_DEGREES = 0.3


def offices(incident: Incident) -> list[Unit]:
    """The institutions that have or had a duty about the incident: any of them may protest."""
    rows = Unit.objects.filter(kind__in=INSTITUTIONS, duties__escalation__incident=incident)
    return list(rows.distinct().order_by("code"))


def offices_of(user: Any, incident: Incident) -> list[Unit]:
    """Those of them for which this person may draft."""
    ids = policy.unit_ids(user, policy.REVIEW)
    return [unit for unit in offices(incident) if unit.pk in ids] if ids else []


def serves_an_institution(user: Any) -> bool:
    """Whether the person reviews for an institution today; asks nothing of the incident."""
    return any(
        policy.REVIEW in policy.ROLES[role] and unit.kind in INSTITUTIONS for role, unit in policy.roles_of(user)
    )


def serves_at(user: Any, office_id: int) -> bool:
    """Whether the person reviews for this office today."""
    return any(policy.REVIEW in policy.ROLES[role] and unit.pk == office_id for role, unit in policy.roles_of(user))


def writers(protest: Protest) -> set[int]:
    """Who has a hand in the text."""
    by = protest.steps.filter(verb__in=WRITING).order_by().values_list("by", flat=True)
    return {protest.drafted_by_id, *(pk for pk in by if pk)}


def signers(office: Unit) -> set[int]:
    """Accounts of those who may sign for an office today."""
    rows = Posting.objects.filter(
        unit_role__unit=office, unit_role__role__in=SIGNERS, user__is_active=True, period__contains=clock.sql_now()
    )
    return set(rows.values_list("user_id", flat=True))


def signs_for(user: Any, office_id: int) -> bool:
    """Whether the person is deputy or head of the office today."""
    return any(role in SIGNERS and unit.pk == office_id for role, unit in policy.roles_of(user))


def checking_refusal(user: Any, protest: Protest) -> str:
    """Why this person may not pass the legal check, "" when he may as far as it is a matter of persons."""
    if user.pk in writers(protest):
        return _("You have written on this draft yourself. Another person checks it.")
    return ""


def signing_refusal(user: Any, protest: Protest) -> str:
    """Why this person may not sign: not the deputy or head, wrote on it, or checked it while another could sign."""
    if not signs_for(user, protest.office_id):
        return _("Only the deputy or the head of the office signs.")
    hands = writers(protest)
    if user.pk in hands:
        return _("You have written on this draft yourself. Another person signs it.")
    if user.pk == protest.checked_by_id and signers(protest.office) - hands - {user.pk}:
        return _("You have passed the legal check yourself. Another of the office can sign.")
    return ""


def day_of(incident: Incident) -> date:
    """The incident's day in Phnom Penh: the law of that day is quoted."""
    return timezone.localdate(incident.occurred_at)


def article(basis: LegalBasis, language: str = "") -> str:
    """The article in a language (default: the reader's); the register writes it as "Khmer / English"."""
    parts = [part.strip() for part in basis.article.split("/")]
    return parts[0] if len(parts) == 1 or (language or get_language()) == "km" else parts[-1]


def cited(basis: LegalBasis) -> str:
    """Title and article as a note cites them, in the reader's language."""
    return ", ".join(filter(None, [basis.title, article(basis)]))


def unfit(bases: Iterable[LegalBasis], incident: Incident, country: str) -> list[str]:
    """What is wrong with the law chosen, one line for each basis that cannot be quoted: not in force, other country."""
    day = day_of(incident).strftime("%d/%m/%Y")
    lines = []
    for basis in bases:
        if not basis.holds_at(incident.occurred_at):
            lines.append(_("%(name)s was not in force on %(day)s.") % {"name": cited(basis), "day": day})
        elif basis.neighbour and basis.neighbour != country:
            lines.append(_("%(name)s binds another country than the counterpart's.") % {"name": cited(basis)})
    return lines


def section_of(incident: Incident, country: str) -> BorderSection | None:
    """The stretch of the border with that country nearest to the incident; by its province when it has no point."""
    if incident.near_marker_id and incident.near_marker and incident.near_marker.neighbour == country:
        return incident.near_marker.section
    rows = BorderSection.objects.filter(neighbour=country)
    if incident.point is not None:
        from django.contrib.gis.db.models.functions import Distance

        near = rows.filter(line__dwithin=(incident.point, NEAR_DEGREES))
        found = near.annotate(away=Distance("line", incident.point)).order_by("away", "code").first()
        if found is not None:
            return found
    return rows.filter(province=incident.province).order_by("code").first()


def overdue(protest: Protest, today: date | None = None) -> bool:
    """Sent, and the day on which a reply was due has passed."""
    due = protest.reply_due_on
    return protest.state == ProtestState.SENT and due is not None and due < (today or today_here())


def today_here() -> date:
    """Today in Phnom Penh, by the database's clock."""
    return timezone.localdate(clock.now())


def verbs_open_to(user: User, protest: Protest) -> frozenset[str]:
    """The verbs this person may do with the protest as it stands: what its page offers."""
    if not policy.may(user, "draft_protest", [protest.office_id]):
        return frozenset()
    verbs = {name for name in (*workflow.TRANSITIONS, *workflow.EVIDENCE) if workflow.allowed(name, protest.state)}
    if "pass_legal_check" in verbs and checking_refusal(user, protest):
        verbs.discard("pass_legal_check")
    if "sign_protest" in verbs and signing_refusal(user, protest):
        verbs.discard("sign_protest")
    if "send_protest_back" in verbs and user.pk in writers(protest):
        verbs.discard("send_protest_back")
    return frozenset(verbs)


def local_day(moment: datetime) -> date:
    """The day of a moment in Phnom Penh."""
    return timezone.localdate(moment)


def end_of(day: date) -> datetime:
    """The last second of a day in Phnom Penh: until then what is due on it is in time."""
    return moment_on(day + timedelta(days=1), 0) - timedelta(seconds=1)


def moment_on(day: date, hour: int = 8) -> datetime:
    """An hour of a day in Phnom Penh."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_default_timezone())
