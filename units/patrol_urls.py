"""Addresses of patrols and coverage, under /patrols/."""

from django.urls import URLPattern

app_name = "patrols"
urlpatterns: list[URLPattern] = []
