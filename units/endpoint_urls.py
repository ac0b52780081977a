"""Addresses under /endpoints/: how units are reached by machines and mail."""

from django.urls import path

from units.views import endpoints as views

app_name = "endpoints"
urlpatterns = [
    path("", views.endpoint_list, name="list"),
    path("new/", views.endpoint_new, name="new"),
    path("<int:pk>/", views.endpoint_detail, name="detail"),
    path("<int:pk>/log/", views.endpoint_log, name="log"),
    path("<int:pk>/test/", views.endpoint_test, name="test"),
    path("<int:pk>/log/<uuid:notice>/again/", views.notice_again, name="again"),
    # confirm, reject, retire, and the change of the secret: begin, end, cancel
    path("<int:pk>/<slug:step>/", views.endpoint_step, name="step"),
]
