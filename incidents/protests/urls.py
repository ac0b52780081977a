"""Addresses of protests, under /protests/."""

from django.urls import path

from incidents.protests import views, views_more

app_name = "protests"
urlpatterns = [
    path("", views.protest_list, name="list"),
    path("legal/", views_more.legal, name="legal"),
    path("patterns/", views_more.pattern_view, name="patterns"),
    path("seal/", views_more.key, name="key"),
    path("new/<slug:ref>/", views.new, name="new"),
    path("bundles/<slug:ref>/", views_more.bundles, name="bundles"),
    path("bundles/<slug:ref>/<slug:sha256>.zip", views_more.bundle, name="bundle"),
    path("<slug:ref>/", views.detail, name="detail"),
    path("<slug:ref>/edit/", views.edit, name="edit"),
    path("<slug:ref>/sign/", views.sign, name="sign"),
    path("<slug:ref>/evidence/<int:number>/", views.file, name="file"),
    path("<slug:ref>/evidence/<int:number>/remove/", views.remove_evidence, name="remove_evidence"),
    *[path(f"<slug:ref>/{name}/", views.step, {"name": name}, name=name) for name in views.ACTS],
]
