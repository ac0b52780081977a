"""Addresses of letters: the registers, the letters, their templates."""

from django.urls import path

from incidents.letters import files, pages, receiving, register, templates, views

app_name = "letters"
urlpatterns = [
    path("", register.register, name="register"),
    path("register.csv", register.table, name="table"),
    path("print/", register.printed, name="printed"),
    path("new/", views.new, name="new"),
    path("receive/", receiving.receive, name="receive"),
    path("templates/", templates.listed, name="templates"),
    path("templates/edit/", templates.edit, name="template"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/enter/", receiving.enter, name="enter"),
    path("<int:pk>/letter.pdf", files.pdf, name="pdf"),
    path("<int:pk>/letter.docx", files.docx, name="docx"),
    path("<int:pk>/scan/", files.scan, name="scan"),
    *[path(f"<int:pk>/{name}/", pages.step, {"name": name}, name=name) for name in pages.ACTS],
]
