"""Addresses of proposals, under /crossings/proposals/."""

from django.urls import path

from crossings.proposal_acts import ACTS, CONDITION_ACTS
from crossings.views import proposal_steps, proposals

app_name = "proposals"
urlpatterns = [
    path("", proposals.proposal_list, name="list"),
    path("new/", proposal_steps.new, name="new"),
    path("<int:pk>/", proposals.proposal_detail, name="detail"),
    path("<int:pk>/edit/", proposal_steps.edit, name="edit"),
    path("<int:pk>/decision/", proposals.scan, name="scan"),
    *(path(f"<int:pk>/{name}/", proposal_steps.step, {"name": name}, name=name) for name in ACTS),
    *(
        path(
            f"<int:pk>/conditions/<int:condition>/{name}/",
            proposal_steps.condition_step,
            {"name": name},
            name=f"condition_{name}",
        )
        for name in CONDITION_ACTS
    ),
]
