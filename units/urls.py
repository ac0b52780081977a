"""Addresses of the register's pages, under /units/."""

from django.urls import path

from units.views import tree

app_name = "units"
urlpatterns = [
    path("", tree.unit_list, name="list"),
    path("<slug:code>/", tree.unit_detail, name="detail"),
]
