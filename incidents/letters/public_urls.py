"""The public page by which anybody may check that a printed letter is genuine."""

from django.urls import URLPattern

app_name = "verify"
urlpatterns: list[URLPattern] = []
