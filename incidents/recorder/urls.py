"""Addresses of the flight recorder, under /recorder/."""

from django.urls import path

from incidents.recorder import views

app_name = "recorder"
urlpatterns = [
    path("", views.findings, name="findings"),
    path("late/", views.late_report, name="late"),
    path("<int:pk>/settle/", views.settle, name="settle"),
]
