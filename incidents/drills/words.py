"""The verbs of drills in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "announce_drill": _("Drill announced"),
        "begin_drill": _("Drill begun"),
        "end_drill": _("Drill ended"),
        "call_off_drill": _("Drill called off"),
        "note_lessons": _("Lessons of a drill written down"),
    }
)
