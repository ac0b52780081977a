"""Engagements for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "engagements_api"
urlpatterns: list[URLPattern] = []
