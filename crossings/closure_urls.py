"""Addresses of closure orders, under /crossings/closures/."""

from django.urls import URLPattern

app_name = "closures"
urlpatterns: list[URLPattern] = []
