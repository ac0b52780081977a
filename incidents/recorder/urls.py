"""Addresses of recorder."""

from django.urls import URLPattern

app_name = "recorder"
urlpatterns: list[URLPattern] = []
