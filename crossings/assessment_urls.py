"""Addresses of assessments, under /crossings/assessments/."""

from django.urls import path

from crossings.views import assessment_steps, assessments, weights

app_name = "assessments"
urlpatterns = [
    path("", assessments.assessment_list, name="list"),
    path("new/", assessments.new, name="new"),
    path("compare/", assessments.compare, name="compare"),
    path("weights/", weights.weights, name="weights"),
    path("<int:pk>/", assessments.detail, name="detail"),
    path("<int:pk>/complete/", assessments.complete, name="complete"),
    path("<int:pk>/abandon/", assessments.abandon, name="abandon"),
    path("<int:pk>/<slug:step>/", assessment_steps.step, name="step"),
    path("<int:pk>/<slug:step>/autosave/", assessment_steps.autosave, name="autosave"),
]
