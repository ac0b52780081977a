"""Addresses of accountability cases, under /cases/."""

from django.urls import path

from incidents.views import cases

app_name = "cases"
urlpatterns = [
    path("", cases.case_list, name="list"),
    path("<slug:ref>/", cases.detail, name="detail"),
    path("<slug:ref>/files/<int:pk>/", cases.file, name="file"),
    *[path(f"<slug:ref>/{name}/", cases.step, {"name": name}, name=name) for name in cases.ACTS],
]
