"""Accountability cases for machines, under /api/v1/cases/."""

from django.urls import URLPattern

app_name = "cases_api"
urlpatterns: list[URLPattern] = []
