"""Addresses of the register of crossings, under /crossings/.

Addresses of closures, assessments, proposals and traffic stand before the codes of crossings.
"""

from django.urls import path

from crossings.views import register, register_steps

app_name = "crossings"
urlpatterns = [
    path("", register.crossing_list, name="list"),
    path("new/", register_steps.new, name="new"),
    path("contradictions/", register.contradiction_list, name="contradictions"),
    path("<slug:slug>/", register.crossing_detail, name="detail"),
    path("<slug:slug>/edit/", register_steps.edit, name="edit"),
    path("<slug:slug>/status/", register_steps.status, name="status"),
    path("<slug:slug>/classify/", register_steps.classify, name="classify"),
]
