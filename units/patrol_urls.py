"""Addresses of patrols and coverage, under /patrols/."""

from django.urls import URLPattern, path

from units.views import coverage, patrol_steps, patrols

app_name = "patrols"
urlpatterns: list[URLPattern] = [
    path("", patrols.patrol_list, name="list"),
    path("new/", patrol_steps.plan, name="new"),
    path("record/", patrol_steps.record, name="record"),
    # Ground
    path("coverage/", coverage.coverage_page, name="coverage"),
    path("coverage/<str:code>/", coverage.ground_page, name="ground"),
    path("targets/", coverage.targets, name="targets"),
    path("targets/<int:pk>/end/", coverage.end_target, name="end_target"),
    # One patrol
    path("<int:pk>/", patrols.patrol_detail, name="detail"),
    path("<int:pk>/start/", patrol_steps.start, name="start"),
    path("<int:pk>/finish/", patrol_steps.finish, name="finish"),
    path("<int:pk>/call-off/", patrol_steps.call_off, name="call_off"),
    path("<int:pk>/tracks/", patrol_steps.track, name="track"),
    path("<int:pk>/tracks/<int:track>/file/", patrols.track_file, name="file"),
    path("<int:pk>/observations/", patrol_steps.observe, name="observe"),
    path("<int:pk>/observations/<int:observation>/photo/", patrols.photo, name="photo"),
]
