"""The notes of a track in the reader's language. A note is stored as a code with figures, never as a sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    "zone_assumed": _("Times without a time zone were taken as Phnom Penh time."),
    "midnight": _("The device did not change the date at midnight; it was put right."),
    "no_fix": _("Positions without a fix (zeros) left out: %(n)s."),
    "outside": _("Positions far outside Cambodia left out: %(n)s."),
    "unreadable": _("Lines that could not be read left out: %(n)s."),
    "no_times": _("The positions bear no times: the patrol's own times are taken."),
    "no_time": _("Positions without a time left out: %(n)s."),
    "outside_time": _("Positions more than 12 hours before or after the patrol left out: %(n)s."),
    "beside_patrol": _(
        "No position falls into the patrol's own hours. Check the times of the patrol and of the device."
    ),
    "order": _("Positions whose time repeats or runs backward left out: %(n)s."),
    "overlap": _("Positions of parts that overlap in time left out: %(n)s."),
    "jump": _("Positions that could only be reached faster than 130 km/h left out: %(n)s."),
    "tunnel": _("Positions the device only repeated, in a tunnel or under thick cover, left out: %(n)s."),
    "gap": _(
        "Gaps without a position: %(n)s (longest %(minutes)s minutes, widest %(metres)s metres). "
        "Nothing is assumed to have been seen there."
    ),
    "stay": _(
        "Places where the patrol stood: %(n)s, %(minutes)s minutes together; the device's wandering was taken out."
    ),
    "thinned": _("Positions too close together to say anything new left out: %(n)s."),
    "lonely": _("Single positions far from all others left out: %(n)s."),
    "drawn": _("Drawn by hand: this path shows where the patrol says it went; no device recorded it."),
    "used_elsewhere": _("Another unit has given the same file for a patrol of its own."),
}


def sentence(note: Mapping[str, Any]) -> str:
    """One note in words; one of a code unknown here is shown as it is."""
    words = SENTENCES.get(str(note.get("code")))
    if words is None:
        return str(note.get("code", ""))
    params: Mapping[str, Any] = note.get("params") or {}
    return str(words) % params


def sentences(notes: Iterable[Mapping[str, Any]]) -> list[str]:
    """All notes of a track in words."""
    return [sentence(note) for note in notes]
