"""What the filing page can say before anything is filed: who answers, what is like it, who will be told."""

from dataclasses import dataclass, field
from typing import Any

from incidents import attribution, policies
from incidents.attribution import Candidate, Finding
from incidents.forms import FilingForm, Place
from incidents.models import Incident
from units.models import Unit, User

DUPLICATES = 4


@dataclass(frozen=True)
class Foresight:
    """What can be said so far; empty parts could not be known yet."""

    place: Place
    place_errors: list[str] = field(default_factory=list)
    finding: Finding | None = None
    duplicates: list[Incident] = field(default_factory=list)
    told: list[Unit] = field(default_factory=list)

    @property
    def rival(self) -> Candidate | None:
        """The nearest sector of another unit."""
        finding = self.finding
        if finding is None:
            return None
        return next((c for c in finding.candidates if c.unit.pk != finding.unit.pk), None)


def of(form: FilingForm, user: User) -> Foresight:
    """Read a form that may be half filled in. Never raises for what is missing; writes nothing."""
    found = form.errors  # reading them cleans the form
    data: dict[str, Any] = form.cleaned_data
    place: Place = data["place"]
    moment = data.get("occurred_at") or data.get("now_at")
    # A place that was tried and could not be read is not guessed at.
    tried = form["source"].value() in ("typed", "near", "gps", "map")
    errors = [str(e) for name in ("position", "near") for e in found.get(name, [])]
    province = form.province()
    settled = place.point is not None or not tried
    if moment is None or province is None or not settled:
        return Foresight(place, errors)
    try:
        finding = attribution.find(point=place.point, accuracy_m=place.accuracy_m, moment=moment, province=province)
    except LookupError:
        # A province without any command on record: filing says so at the field.
        return Foresight(place, errors)
    what = data.get("what")
    if what is None:
        return Foresight(place, errors, finding)
    return Foresight(
        place, errors, finding, _duplicates(user, what[0], place, moment), _told(form, what, finding, moment)
    )


def _duplicates(user: User, category: str, place: Place, moment: Any) -> list[Incident]:
    seen = Incident.objects.visible_to(user).real().with_names()
    return list(seen.likely_duplicates(category=category, point=place.point, at=moment)[:DUPLICATES])


def _told(form: FilingForm, what: tuple[str, str], finding: Finding, moment: Any) -> list[Unit]:
    """Institutions that a rule tells at once. Why is not said: unresolved areas are a restricted layer."""
    place: Place = form.cleaned_data["place"]
    incident = Incident(
        category=what[0],
        type=what[1],
        impact=form.cleaned_data.get("impact", ""),
        point=place.point,
        accuracy_m=place.accuracy_m,
        occurred_at=moment,
        district=form.stated_district() or finding.unit.district,
    )
    units = [duty.unit for policy in policies.automatic_for(incident) for duty in policy.duties.all()]
    return list({unit.pk: unit for unit in units}.values())
