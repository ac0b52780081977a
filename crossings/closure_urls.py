"""Addresses of closure orders, under /crossings/closures/."""

from django.urls import URLPattern, path

from crossings.views import closure_steps, closures

app_name = "closures"
urlpatterns: list[URLPattern] = [
    path("", closures.board, name="board"),
    path("orders/", closures.closure_list, name="list"),
    path("new/", closure_steps.new, name="new"),
    # One order
    path("<int:pk>/", closures.closure_detail, name="detail"),
    path("<int:pk>/change/", closure_steps.change, name="change"),
    path("<int:pk>/issue/", closure_steps.issue, name="issue"),
    path("<int:pk>/withdraw/", closure_steps.withdraw, name="withdraw"),
    path("<int:pk>/report/", closure_steps.report, name="report"),
    path("<int:pk>/verify/", closure_steps.verify, name="verify"),
    path("<int:pk>/follow-up/", closure_steps.follow_up, name="follow_up"),
    path("<int:pk>/signs/<int:sign>/confirm/", closure_steps.confirm, name="confirm"),
    path("<int:pk>/signs/<int:sign>/dismiss/", closure_steps.dismiss, name="dismiss"),
    path("<int:pk>/lift/", closure_steps.lift, name="lift"),
    path("<int:pk>/scan/", closures.scan, name="scan"),
    path("<int:pk>/visits/<int:visit>/photo/", closures.photo, name="photo"),
]
