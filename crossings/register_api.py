"""The register of crossings for machines, under /api/v1/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
