"""The register and patrols for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "units_api"
urlpatterns: list[URLPattern] = []
