"""Addresses of the register of crossings, under /crossings/.

Addresses of closures, assessments, proposals and traffic stand before the codes of crossings.
"""

from django.urls import path

from crossings.views import register

app_name = "crossings"
urlpatterns = [path("", register.crossing_list, name="list")]
