"""Addresses of reports and scorecards, under /reports/."""

from django.urls import URLPattern

app_name = "reports"
urlpatterns: list[URLPattern] = []
