"""Guidance for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "guidance_api"
urlpatterns: list[URLPattern] = []
