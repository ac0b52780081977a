"""What became of a patrol's observations, for the patrol's page, which stands in a lower layer."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template import Context

from incidents.models import Incident
from units.models import Observation

register = template.Library()


@register.simple_tag(takes_context=True)
def reported_as(context: Context, observations: Iterable[Observation]) -> dict[int, Incident]:
    """The incidents made of observations, by the observation's key; only those the reader sees."""
    visible: Any = Incident.objects.visible_to(context["request"].user)
    found = visible.filter(observation__in=[seen.pk for seen in observations]).only("ref", "observation_id")
    return {incident.observation_id: incident for incident in found}


@register.filter
def of_observation(incidents: Mapping[int, Incident], seen: Observation) -> Incident | None:
    """The incident of one observation, None when it has not been reported."""
    return incidents.get(seen.pk)
