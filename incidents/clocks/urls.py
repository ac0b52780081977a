"""Addresses of clocks."""

from django.urls import path

from incidents.clocks import views

app_name = "clocks"
urlpatterns = [
    path("duty/<int:pk>/", views.duty, name="duty"),
    path("duty/<int:pk>/put-off/", views.put_off, name="put_off"),
    path("requests/", views.requests, name="requests"),
    path("requests/<int:pk>/", views.one_request, name="request"),
]
