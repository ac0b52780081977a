"""The register and patrols for machines, under /api/v1/."""

from units import patrol_api

app_name = "units_api"
urlpatterns = [*patrol_api.urlpatterns]
