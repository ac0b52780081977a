"""Clocks for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "clocks_api"
urlpatterns: list[URLPattern] = []
