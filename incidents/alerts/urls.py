"""Addresses of alerts."""

from django.urls import path

from incidents.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.about, name="about"),
    path("feed.atom", views.feed, name="feed"),
    path("<int:pk>/<slug:message>.xml", views.cap_message, name="cap"),
]
