"""Protests for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "protests_api"
urlpatterns: list[URLPattern] = []
