"""Addresses of the register of crossings, under /crossings/."""

from django.urls import path

from crossings import views

app_name = "crossings"
urlpatterns = [path("", views.crossing_list, name="list")]
