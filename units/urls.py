"""Addresses of the register's pages, under /units/."""

from django.urls import path

from units.views import changes, check, register, tree

app_name = "units"
urlpatterns = [
    path("", tree.unit_list, name="list"),
    path("changes/", changes.change_list, name="changes"),
    path("changes/new/", changes.change_new, name="change_new"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/apply/", changes.change_apply, name="change_apply"),
    path("changes/<int:pk>/abandon/", changes.change_abandon, name="change_abandon"),
    path("changes/<int:pk>/compare/", changes.change_compare, name="change_compare"),
    path("changes/<int:pk>/file/", changes.change_file, name="change_file"),
    path("changes/<int:pk>/rows.geojson", changes.change_layer, name="change_layer"),
    path("check/", check.register_check, name="check"),
    path("people/", register.people, name="people"),
    path("<slug:code>/new/", register.new, name="new"),
    path("<slug:code>/edit/", register.edit, name="edit"),
    path("<slug:code>/move/", register.move, name="move"),
    path("<slug:code>/heads/new/", register.appoint, name="appoint"),
    path("<slug:code>/heads/<int:pk>/end/", register.end_head, name="end_head"),
    path("<slug:code>/heads/<int:pk>/dates/", register.correct_head, name="correct_head"),
    path("<slug:code>/heads/<int:pk>/withdraw/", register.withdraw_head, name="withdraw_head"),
    path("<slug:code>/heads/<int:pk>/leave/", register.leave, name="leave"),
    path("<slug:code>/leaves/<int:pk>/end/", register.end_leave, name="end_leave"),
    path("<slug:code>/leaves/<int:pk>/call-off/", register.call_off_leave, name="call_off_leave"),
    path("<slug:code>/postings/", register.postings, name="postings"),
    path("<slug:code>/postings/new/", register.post, name="post"),
    path("<slug:code>/postings/<int:pk>/end/", register.end_posting, name="end_posting"),
    # A unit's own page; the words above are no codes (units.actions.tree.RESERVED).
    path("<slug:code>/", tree.unit_detail, name="detail"),
]
