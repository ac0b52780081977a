"""Addresses under /endpoints/: how units are reached by machines and mail."""

from django.urls import URLPattern

app_name = "endpoints"
urlpatterns: list[URLPattern] = []
