"""Addresses under /units/ that look at the register through incidents: the test bench and what a change would move."""

from django.urls import URLPattern

app_name = "bench"
urlpatterns: list[URLPattern] = []
