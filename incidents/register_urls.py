"""Addresses under /units/ that look at the register through incidents: the test bench and what a change would move."""

from django.urls import path

from incidents.views import bench

app_name = "bench"
urlpatterns = [
    path("bench/", bench.point, name="point"),
    path("changes/<int:pk>/whatif/", bench.what_if, name="whatif"),
    path("changes/<int:pk>/whatif/moves.geojson", bench.what_if_map, name="whatif_map"),
]
