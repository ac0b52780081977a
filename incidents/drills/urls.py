"""Addresses of drills."""

from django.urls import path

from incidents.drills import views

app_name = "drills"
urlpatterns = [
    path("", views.drill_list, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/report/", views.response_report, name="report"),
    path("<int:pk>/report.csv", views.report_csv, name="csv"),
    *[path(f"<int:pk>/{name}/", views.act, {"name": name}, name=name) for name in views.ACTS],
]
