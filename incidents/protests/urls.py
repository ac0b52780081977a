"""Addresses of protests."""

from django.urls import URLPattern

app_name = "protests"
urlpatterns: list[URLPattern] = []
