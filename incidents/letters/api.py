"""Letters for machines, under /api/v1/."""

from django.urls import URLPattern

app_name = "letters_api"
urlpatterns: list[URLPattern] = []
