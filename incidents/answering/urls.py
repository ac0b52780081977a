"""Addresses of answering."""

from django.urls import path

from incidents.answering import views

app_name = "answering"
urlpatterns = [
    path("<str:token>/", views.page, name="page"),
]
