"""How far a long computation has come: a bar that asks again by itself, for the person who started it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from borderwatch.models import Job
from borderwatch.views import SignedIn

# htmx stops asking when it is answered with this status.
STOP_ASKING = 286


@require_safe
@login_required
def job(request: SignedIn, pk: UUID) -> HttpResponse:
    """The bar alone; once the job has ended, htmx is told to load the page around it anew."""
    row = get_object_or_404(Job.objects.filter(asked_by=request.user), pk=pk)
    ended = row.state in (Job.State.DONE, Job.State.FAILED)
    answer = render(request, "partials/job.html", {"job": row, "fragment": True}, status=STOP_ASKING if ended else 200)
    if ended:
        answer["HX-Refresh"] = "true"
    return answer
