"""Addresses of engagements."""

from django.urls import path

from incidents.engagements import views

app_name = "engagements"
urlpatterns = [
    path("", views.engagement_list, name="list"),
    path("table.csv", views.table, name="table"),
    path("<slug:ref>/new/", views.new, name="new"),
    path("<slug:ref>/<int:number>/", views.detail, name="detail"),
    path("<slug:ref>/<int:number>/strike/", views.strike, name="strike"),
    path("<slug:ref>/<int:number>/files/<int:pk>/", views.file, name="file"),
]
