"""What a person says of one contact with the neighbour, and when it cannot be true or complete. Source: duty D8."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch.templatetags.words import moment
from incidents.choices import TimePrecision
from incidents.choices_answers import EngagementKind, EngagementResult
from incidents.models import Counterpart, Engagement, Incident
from units.choices import Neighbour

MAX_TEXT = 10_000
# A device's clock may run ahead of the server's by so much, as for reports.
CLOCK_TOLERANCE = timedelta(minutes=10)
# Works are sometimes spoken of on the eve of the day they are reported for.
BEFORE_THE_EVENT = timedelta(days=1)
LONGEST_WAIT = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One contact, had or sought in vain. The counterpart is of the list, or `authority` and `country` name it."""

    kind: str
    happened_at: datetime
    demanded: str
    result: str
    our_people: str
    answer: str = ""
    counterpart: Counterpart | None = None
    authority: str = ""
    country: str = ""
    their_person: str = ""
    their_rank: str = ""
    place: str = ""
    next_contact_at: datetime | None = None
    minutes: str = ""

    def fields(self) -> dict[str, Any]:
        """As the row keeps it, without blanks around what was written."""
        authority, country = self.authority.strip(), self.country
        if self.counterpart is not None:
            authority, country = authority or self.counterpart.both_names, self.counterpart.country
        return {
            "kind": self.kind,
            "happened_at": self.happened_at,
            "place": self.place.strip(),
            "country": country,
            "counterpart": self.counterpart,
            "authority": authority,
            "their_person": self.their_person.strip(),
            "their_rank": self.their_rank.strip(),
            "our_people": self.our_people.strip(),
            "demanded": _lines(self.demanded),
            "answer": _lines(self.answer),
            "result": self.result,
            "next_contact_at": self.next_contact_at,
            "minutes": _lines(self.minutes),
        }

    def same_as(self, row: Engagement) -> bool:
        """Whether the row says the same: sent twice, not another contact."""
        return all(getattr(row, name) == value for name, value in self.fields().items())

    def check(self, incident: Incident, now: datetime) -> None:
        """Raise ValidationError by field when this cannot be true or complete; `now` is the server's clock."""
        errors = {**self._what_errors(), **self._whom_errors(), **self._time_errors(incident, now)}
        if errors:
            raise ValidationError(errors)

    def _what_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        if self.kind not in EngagementKind.values:
            errors["kind"] = _("Say how you spoke with them.")
        if self.result not in EngagementResult.values:
            errors["result"] = _("Say what came of it; “not known yet” is an answer too.")
        if not self.demanded.strip():
            errors["demanded"] = _("Write what was demanded of them.")
        if self.kind == EngagementKind.NO_CONTACT:
            if self.answer.strip():
                errors["answer"] = _("Nobody was reached, so nobody answered. Choose how you spoke, or leave it empty.")
            if self.result == EngagementResult.REFERRED_UP:
                errors["result"] = _("Nobody was reached, so nobody referred it.")
        elif not self.answer.strip():
            errors["answer"] = _("Write what they answered, also when they refused to.")
        for name in ("demanded", "answer", "minutes"):
            if len(getattr(self, name)) > MAX_TEXT:
                errors[name] = _("The text is too long; at most %(n)s characters.") % {"n": MAX_TEXT}
        return errors

    def _whom_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        if not self.our_people.strip():
            errors["our_people"] = _("Say who spoke for us.")
        if self.counterpart is not None:
            if self.country and self.country != self.counterpart.country:
                errors["country"] = _("The authority chosen is of another country.")
            return errors
        if not self.authority.strip():
            errors["authority"] = _("Choose their authority from the list, or write its name.")
        if self.country not in Neighbour.values:
            errors["country"] = _("Say of which country they are.")
        return errors

    def _time_errors(self, incident: Incident, now: datetime) -> dict[str, str]:
        errors: dict[str, str] = {}
        first = earliest(incident)
        if self.happened_at > now + CLOCK_TOLERANCE:
            errors["happened_at"] = _("This time lies in the future. Enter the contact once it was had.")
        elif self.happened_at < first:
            errors["happened_at"] = _(
                "This is before what it is about: the incident is from %(moment)s. Check the day and the time."
            ) % {"moment": _plain(incident.occurred_at, incident.time_precision)}
        after = self.next_contact_at
        if after is not None and after <= now:
            errors["next_contact_at"] = _("The next contact lies ahead; this time has passed.")
        elif after is not None and after > now + LONGEST_WAIT:
            errors["next_contact_at"] = _("The next contact lies more than a year ahead. Check the day.")
        return errors


def earliest(incident: Incident) -> datetime:
    """The earliest moment at which somebody can have spoken of the incident, as exactly as its time is known."""
    start = timezone.localtime(incident.occurred_at)
    if incident.time_precision in (TimePrecision.DAY, TimePrecision.MONTH, TimePrecision.YEAR):
        start = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if incident.time_precision in (TimePrecision.MONTH, TimePrecision.YEAR):
        start = start.replace(day=1)
    if incident.time_precision == TimePrecision.YEAR:
        start = start.replace(month=1)
    return start - BEFORE_THE_EVENT


def _lines(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def _plain(value: datetime, precision: str) -> str:
    from django.utils.html import strip_tags

    return strip_tags(str(moment(value, precision)))
