"""Addresses of guidance."""

from django.urls import path

from incidents.guidance import views

app_name = "guidance"
urlpatterns = [
    path("", views.guidance_list, name="list"),
    path("<slug:ref>/new/", views.new, name="new"),
    path("<slug:ref>/", views.detail, name="detail"),
    path("<slug:ref>/files/<int:pk>/", views.file, name="file"),
    *[path(f"<slug:ref>/{name}/", views.step, {"name": name}, name=name) for name in views.ACTS],
]
