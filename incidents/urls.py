"""Addresses of incidents and of what institutions owe on them."""

from django.urls import path

from incidents.views import accountability, contests, detail, filing, inbox, lists, observations

app_name = "incidents"
urlpatterns = [
    path("incidents/", lists.incident_list, name="list"),
    # Filing; before the reference, which would match these words too.
    path("incidents/new/", filing.new, name="new"),
    path("incidents/new/preview/", filing.preview, name="preview"),
    path("incidents/new/from-observation/<int:pk>/", observations.from_observation, name="from_observation"),
    # One incident
    path("incidents/<slug:ref>/", detail.detail, name="detail"),
    path("incidents/<slug:ref>/filed/", filing.filed, name="filed"),
    path("incidents/<slug:ref>/photos/<slug:sha256>/", filing.photo, name="photo"),
    path("incidents/<slug:ref>/verify/", detail.verify, name="verify"),
    path("incidents/<slug:ref>/close/", detail.close, name="close"),
    path("incidents/<slug:ref>/reopen/", detail.reopen, name="reopen"),
    path("incidents/<slug:ref>/escalate/", detail.escalate, name="escalate"),
    path("incidents/<slug:ref>/reattribute/", detail.reattribute, name="reattribute"),
    path("incidents/<slug:ref>/copies/<int:pk>/", detail.settle, name="settle"),
    # Holding to account
    path("incidents/<slug:ref>/case/", contests.open_case, name="open_case"),
    path("incidents/<slug:ref>/contest/", contests.contest, name="contest"),
    path("incidents/<slug:ref>/contests/files/<int:pk>/", contests.file, name="contest_file"),
    *[
        path(f"incidents/<slug:ref>/contests/<int:pk>/{name}/", contests.act, {"name": name}, name=named)
        for name, named in accountability.ADDRESSES.items()
    ],
    # What institutions owe
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.duty, name="duty"),
]
