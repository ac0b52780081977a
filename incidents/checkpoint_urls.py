"""Addresses of unauthorised checkpoints, under /checkpoints/. Their page is the page of the incident."""

from django.urls import URLPattern, path

from incidents.views import checkpoint_panel, checkpoints

app_name = "checkpoints"
urlpatterns: list[URLPattern] = [
    path("", checkpoints.checkpoint_list, name="list"),
    path("<slug:ref>/proof/", checkpoints.proof, name="proof"),
    *[
        path(f"<slug:ref>/{name.replace('_', '-')}/", checkpoints.step, {"name": name}, name=name)
        for name in checkpoint_panel.ACTS
    ],
]
