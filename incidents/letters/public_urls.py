"""The public page by which anybody may check that a printed letter is genuine."""

from django.urls import path

from incidents.letters import public

app_name = "verify"
urlpatterns = [
    path("", public.ask, name="ask"),
    path("<str:code>/", public.code, name="code"),
]
