"""Addresses under /office/: working time, stand-ins, and how a person is reached."""

from django.urls import URLPattern

app_name = "office"
urlpatterns: list[URLPattern] = []
