"""Crossings for machines, under /api/v1/: the register, closures, assessments and proposals, traffic."""

from crossings import assessments_api, closures_api, proposals_api, register_api, traffic_api

app_name = "crossings_api"
urlpatterns = [
    *register_api.urlpatterns,
    *closures_api.urlpatterns,
    *assessments_api.urlpatterns,
    *proposals_api.urlpatterns,
    *traffic_api.urlpatterns,
]
