"""Addresses of reports and scorecards, under /reports/."""

from django.urls import path

from incidents.views import reports

app_name = "reports"
urlpatterns = [
    path("", reports.reports, name="list"),
    path("scorecards/", reports.scorecard_list, name="scorecards"),
    path("scorecards/<slug:code>/", reports.scorecard, name="scorecard"),
]
