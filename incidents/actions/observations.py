"""What a patrol saw becomes an incident in one step: place, time, marker and photo go along. Duty D11."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from borderwatch import photos
from incidents.actions.filing import Filed, file_incident
from incidents.choices import Category, CoordinateSource, Source
from incidents.models import Incident
from incidents.reports import Report
from units import policy
from units.choices import MarkerFinding
from units.models import Observation, User

# What is wrong with a marker, as the type of its incident.
MARKER_TYPES: dict[str, str] = {
    MarkerFinding.DAMAGED: "damaged",
    MarkerFinding.MOVED: "moved",
    MarkerFinding.MISSING: "missing",
}


@transaction.atomic
def report_observation(
    *, actor: User, observation: Observation, category: str, type: str, impact: str, text: str = ""
) -> Filed:
    """File an observation as an incident for the patrol's unit; done twice, it gives the incident that is there.

    At a marker found damaged, moved or missing the incident is of the marker and of that kind; a marker found intact
    makes none. An empty text takes the observation's. Raises PermissionDenied (`file_incidents` on the patrol's unit)
    and ValidationError by field.
    """
    observation = (
        Observation.objects.select_for_update(of=("self",))
        .select_related("patrol__unit", "marker")
        .get(pk=observation.pk)
    )
    policy.demand(actor, "file_incident", [observation.patrol.unit_id])
    known = Incident.objects.filter(observation=observation).first()
    if known is not None:
        return Filed(known, "same")
    if observation.marker is not None:
        if observation.finding == MarkerFinding.INTACT:
            raise ValidationError(_("The marker was found intact: there is nothing to report."))
        category, type = Category.MARKER, MARKER_TYPES[observation.finding]
    report = Report(
        category=category,
        type=type,
        impact=impact,
        text=text.strip() or observation.text or _marker_words(observation),
        occurred_at=observation.at,
        detected_at=observation.at,
        point=observation.point,
        accuracy_m=observation.accuracy_m,
        coordinate_source=CoordinateSource.GPS,
        near_marker=observation.marker,
        source=Source.OWN_PATROL,
    )
    return file_incident(
        actor=actor,
        unit=observation.patrol.unit,
        client_key=observation.client_key,
        report=report,
        photos=[photo] if (photo := _photo(observation)) else (),
        observation=observation,
    )


def _marker_words(observation: Observation) -> str:
    """For a marker without any text: which one, and how it was found."""
    if observation.marker is None:
        return ""
    return _("Border marker %(marker)s found %(finding)s.") % {
        "marker": observation.marker,
        "finding": observation.get_finding_display(),
    }


def _photo(observation: Observation) -> photos.Photo | None:
    """The observation's photo, its size in pixels read from the file; None when it has none."""
    if not observation.photo_sha256:
        return None
    with Image.open(photos.original_path(observation.photo_sha256)) as image:
        width, height = image.size
    return photos.Photo(
        sha256=observation.photo_sha256,
        name=observation.photo_name,
        content_type=observation.photo_type,
        size=observation.photo_size or 0,
        width=width,
        height=height,
    )
