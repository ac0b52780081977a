"""Addresses of my office, under /office/: working time, stand-ins, how I am told."""

from django.urls import path

from units.views import office, office_calendar, office_stand_ins

app_name = "office"
urlpatterns = [
    path("", office.home, name="home"),
    path("reach/", office.reach, name="reach"),
    path("destinations/", office.destinations, name="destinations"),
    path("stand-ins/", office_stand_ins.stand_ins, name="stand_ins"),
    path("stand-ins/new/", office_stand_ins.stand_in_new, name="stand_in_new"),
    path("stand-ins/<int:pk>/end/", office_stand_ins.stand_in_end, name="stand_in_end"),
    path("calendar/", office_calendar.calendars, name="calendars"),
    path("calendar/<slug:code>/", office_calendar.calendar, name="calendar"),
    path("calendar/<slug:code>/hours/", office_calendar.hours, name="hours"),
    path("calendar/<slug:code>/hours/end/", office_calendar.hours_end, name="hours_end"),
    path("calendar/<slug:code>/days/new/", office_calendar.day_new, name="day_new"),
    path("calendar/<slug:code>/days/<int:pk>/remove/", office_calendar.day_remove, name="day_remove"),
]
