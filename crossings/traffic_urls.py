"""Addresses of traffic, under /crossings/traffic/."""

from django.urls import URLPattern

app_name = "traffic"
urlpatterns: list[URLPattern] = []
