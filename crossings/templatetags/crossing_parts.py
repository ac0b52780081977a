"""Parts of the pages of crossings: the panels that other areas bring, and the badge of a status."""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crossings.choices import CATEGORY_WORDS, GateStatus
from crossings.panels import Shown

register = template.Library()


@register.simple_tag(takes_context=True)
def panel(context: Context, shown: Shown) -> SafeString:
    """What a panel shows, with its own names and those of the page."""
    made: Any = get_template(shown.panel.template)
    with context.push(**shown.context, panel=shown.panel):
        # A template's own rendering has escaped what had to be.
        text: str = made.template.render(context)
    return mark_safe(text)  # noqa: S308


@register.filter
def gate(status: str | None) -> SafeString:
    """A status as a badge; what nothing is on record about says so and is not "open"."""
    words = GateStatus(status).label if status else _("nothing on record")
    return format_html('<span class="mark gate gate-{}">{}</span>', status or "unknown", words)


@register.filter
def category(slug: str | None) -> str:
    """A category of either side in words; "" for none."""
    return str(CATEGORY_WORDS[slug]) if slug else ""


@register.filter
def km2(square_metres: float) -> str:
    """An area as people read it: m² up to a hectare, then km²."""
    if square_metres < 10_000:
        return _("%(n)s m²") % {"n": f"{square_metres:.0f}"}
    return _("%(n)s km²") % {"n": f"{square_metres / 1e6:.2f}"}
