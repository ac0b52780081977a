"""What a patrol saw becomes an incident: one page, since place, time, photo and unit are known already."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borderwatch.views import SignedIn
from incidents.actions import report_observation
from incidents.forms_observations import ObservationReportForm
from incidents.models import Incident
from units import policy
from units.choices import MarkerFinding
from units.models import Observation, Patrol


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def from_observation(request: SignedIn, pk: int) -> HttpResponse:
    """The form; a POST files for the patrol's unit. What was reported already leads to its incident."""
    patrols = Patrol.objects.visible_to(request.user)
    rows = Observation.objects.select_related("patrol__unit", "marker").filter(patrol__in=patrols)
    seen = get_object_or_404(rows, pk=pk)
    policy.demand(request.user, "file_incident", [seen.patrol.unit_id])
    if hasattr(seen, "incident"):
        return _known(request, seen)
    if seen.finding == MarkerFinding.INTACT:
        messages.info(request, _("The marker was found intact: there is nothing to report."))
        return redirect(seen.patrol)
    form = ObservationReportForm(request.POST if request.method == "POST" else None, observation=seen)
    if request.method == "POST" and form.is_valid():
        try:
            filed = report_observation(actor=request.user, observation=seen, **form.content())
        except ValidationError as error:
            form.refused(error)
        else:
            return redirect("incidents:filed", ref=filed.incident.ref)
    context = {"form": form, "seen": seen, "patrol": seen.patrol}
    return render(request, "incidents/observation.html", context, status=422 if form.errors else 200)


def _known(request: SignedIn, seen: Observation) -> HttpResponse:
    """To the incident there is, when the person sees it; else back to the patrol."""
    incident = Incident.objects.visible_to(request.user).filter(observation=seen).first()
    messages.info(request, _("This observation has been reported already."))
    return redirect(incident or seen.patrol)
