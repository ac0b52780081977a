"""Words and figures for people: dates, times with their zone, distances, ages, deadlines, badges.

Built into every template. Figures stay in Latin digits on screen, so that they can be copied into machines;
`digits` and `long_date` write Khmer digits for Khmer readers where a text is meant to be read like a letter.
"""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from borderwatch import verbs
from borderwatch.khmer import khmer_digits

register = template.Library()

KHMER_MONTHS = (
    "មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ",
)  # fmt: skip

# How a time is written when it is known only so far.
_SHORT = {"minute": "d/m/Y H:i", "time": "H:i", "hour": "d/m/Y H:00", "day": "d/m/Y", "month": "m/Y", "year": "Y"}


@register.filter
def verb(name: str) -> str:
    """What was done, in the reader's language."""
    return verbs.label(name)


@register.filter
def digits(value: object) -> str:
    """Figures in the reader's digits: ០១២ in Khmer, 012 in English."""
    return khmer_digits(str(value)) if get_language() == "km" else str(value)


def khmer_date(day: date) -> str:
    """The date as official letters write it: ថ្ងៃទី០៣ ខែវិច្ឆិកា ឆ្នាំ២០២៤."""
    return khmer_digits(f"ថ្ងៃទី{day.day:02} ខែ{KHMER_MONTHS[day.month - 1]} ឆ្នាំ{day.year}")


@register.filter
def long_date(value: date | datetime | None) -> str:
    """The date in full for the reader's language, in local time; "" for None."""
    if value is None:
        return ""
    day = timezone.localtime(value) if isinstance(value, datetime) else value
    return khmer_date(day) if get_language() == "km" else format_date(day, "j F Y")


@register.filter
def moment(value: datetime | None, precision: str = "minute") -> SafeString | str:
    """A local time as <time>, with ISO form and zone in the title; as exact as `precision` allows."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    iso = local.isoformat(timespec="seconds")
    return format_html(
        '<time datetime="{}" title="{} ({})">{}</time>',
        iso,
        iso,
        timezone.get_current_timezone_name(),
        format_date(local, _SHORT.get(precision, _SHORT["minute"])),
    )


@register.filter
def moment_after(value: datetime | None, since: datetime | None) -> SafeString | str:
    """The end of a stretch of time that stands behind its beginning: the hour alone when both are of one day."""
    if value is None or since is None:
        return moment(value)
    return moment(value, "time" if timezone.localdate(value) == timezone.localdate(since) else "minute")


@register.filter
def distance(metres: float | None) -> str:
    """Metres in words: 240 m, 1.2 km, 13 km; "–" for None. Rounded so as not to feign exactness."""
    if metres is None:
        return "–"
    if metres < 995:
        return _("%(n)s m") % {"n": round(metres) if metres < 100 else round(metres / 10) * 10}
    kilometres = metres / 1000
    return _("%(n)s km") % {"n": f"{kilometres:.1f}" if kilometres < 9.95 else f"{kilometres:.0f}"}


def span(seconds: float) -> str:
    """A length of time in at most two units: 40 min, 1 h 40 min, 3 d 2 h, 2 y 1 mo; never negative."""
    minutes = int(abs(seconds) // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 365:
        parts = [(days // 365, _("%(n)s y")), (days % 365 // 30, _("%(n)s mo"))]
    elif days >= 60:
        parts = [(days // 30, _("%(n)s mo"))]
    elif days:
        parts = [(days, _("%(n)s d")), (hours if days < 7 else 0, _("%(n)s h"))]
    else:
        parts = [(hours, _("%(n)s h")), (minutes % 60, _("%(n)s min"))]
    return " ".join(words % {"n": n} for n, words in parts if n) or _("%(n)s min") % {"n": 0}


@register.filter
def minutes(value: int) -> str:
    """A number of minutes as a length of time: 120 is "2 h"."""
    return span(value * 60)


def _time(value: datetime, css: str, words: str) -> SafeString:
    local = timezone.localtime(value)
    title = f"{format_date(local, _SHORT['minute'])} · {local.isoformat(timespec='seconds')}"
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>', css, local.isoformat(timespec="seconds"), title, words
    )


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """How long ago (or from now), with the exact time in the title."""
    if value is None:
        return "–"
    seconds = (timezone.now() - value).total_seconds()
    if abs(seconds) < 60:
        words = _("just now")
    else:
        words = (_("%(span)s ago") if seconds > 0 else _("in %(span)s")) % {"span": span(seconds)}
    return _time(value, "ago", words)


@register.filter
def due(value: datetime | None, soon_hours: int = 2) -> SafeString | str:
    """A deadline that still runs: "due in 1 h 40 min" or "overdue by 20 min"; the class tells how urgent."""
    if value is None:
        return "–"
    left = (value - timezone.now()).total_seconds()
    if left < 0:
        return _time(value, "due due-over", _("overdue by %(span)s") % {"span": span(left)})
    css = "due due-soon" if left < soon_hours * 3600 else "due"
    return _time(value, css, _("due in %(span)s") % {"span": span(left)})


@register.filter
def badge(instance: Any, field: str) -> SafeString:
    """A choice field as a badge: its label, and a class made of field and slug (mark-status-closed)."""
    value = getattr(instance, field)
    label = getattr(instance, f"get_{field}_display")()
    return format_html('<span class="mark mark-{}-{}">{}</span>', field, value, label)
