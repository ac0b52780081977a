"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from borderwatch.views.audit import audit
from borderwatch.views.health import healthz
from borderwatch.views.jobs import job
from borderwatch.views.layers import layer
from borderwatch.views.metrics import metrics
from borderwatch.views.notices import close_link, dead_letters, notice, notice_proof, notices, replay
from incidents.views.home import home
from incidents.views.map import map_page
from units.views.tree import set_language

urlpatterns = [
    path("", home, name="home"),
    path("", include("incidents.urls")),
    path("units/", include("incidents.register_urls")),
    path("units/", include("units.urls")),
    path("patrols/", include("units.patrol_urls")),
    path("cases/", include("incidents.case_urls")),
    path("reports/", include("incidents.report_urls")),
    path("checkpoints/", include("incidents.checkpoint_urls")),
    path("crossings/closures/", include("crossings.closure_urls")),
    path("crossings/assessments/", include("crossings.assessment_urls")),
    path("crossings/proposals/", include("crossings.proposal_urls")),
    path("crossings/traffic/", include("crossings.traffic_urls")),
    path("crossings/", include("crossings.urls")),
    # What institutions and provinces owe each other
    path("clocks/", include("incidents.clocks.urls")),
    path("engagements/", include("incidents.engagements.urls")),
    path("guidance/", include("incidents.guidance.urls")),
    path("protests/", include("incidents.protests.urls")),
    path("register/", include("incidents.letters.urls")),
    path("verify/", include("incidents.letters.public_urls")),
    path("answer/", include("incidents.answering.urls")),
    path("alerts/", include("incidents.alerts.urls")),
    path("drills/", include("incidents.drills.urls")),
    path("recorder/", include("incidents.recorder.urls")),
    path("endpoints/", include("units.endpoint_urls")),
    path("office/", include("units.reach_urls")),
    path("map/", map_page, name="map"),
    path("jobs/<uuid:pk>/", job, name="job"),
    path("layers/<path:name>.geojson", layer, name="layer"),
    # What a person was told
    path("notices/", notices, name="notices"),
    path("notices/failed/", dead_letters, name="dead_letters"),
    path("notices/failed/<uuid:pk>/", replay, name="replay"),
    path("notices/proof/", notice_proof, name="notice_proof"),
    path("notices/links/<uuid:pk>/", close_link, name="close_link"),
    path("notices/<uuid:pk>/", notice, name="notice"),
    path("audit/", audit, name="audit"),
    # Machines
    path("api/v1/", include("incidents.api")),
    path("api/v1/", include("incidents.cases_api")),
    path("api/v1/", include("incidents.checkpoints_api")),
    path("api/v1/", include("incidents.clocks.api")),
    path("api/v1/", include("incidents.engagements.api")),
    path("api/v1/", include("incidents.guidance.api")),
    path("api/v1/", include("incidents.protests.api")),
    path("api/v1/", include("incidents.letters.api")),
    path("api/v1/", include("incidents.drills.api")),
    path("api/v1/", include("incidents.answering.api")),
    path("api/v1/", include("units.register_api")),
    path("api/v1/", include("units.coverage_api")),
    path("api/v1/", include("units.api")),
    path("api/v1/", include("units.office_api")),
    path("api/v1/", include("crossings.api")),
    path("api/", include("borderwatch.views.machines")),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    # People
    path("language/", set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "borderwatch.views.errors.bad_request"
handler403 = "borderwatch.views.errors.forbidden"
handler404 = "borderwatch.views.errors.not_found"
handler500 = "borderwatch.views.errors.server_error"
