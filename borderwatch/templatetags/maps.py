"""What a page with a map tells its script: words, layers, colours, addresses."""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from borderwatch import layers

register = template.Library()


@register.simple_tag(takes_context=True)
def map_config(context: Context) -> SafeString:
    """JSON for static/js/bordermap.js; only layers the person is offered are in it."""
    return json_script(config(context["request"].user), "map-config")


def config(user: Any) -> dict[str, Any]:
    """The same as a dictionary, in the reader's language."""
    return {
        "language": get_language(),
        "tiles": settings.MAP_TILE_URL,
        "words": {
            "disclaimer": _("Indicative outline and illustrative sectors; no official line"),
            "unavailable": _("The map cannot be shown on this device. Everything on it is also in the list."),
            "map": _("Map. Arrow keys move it, plus and minus change the scale."),
            "open": _("Open"),
            "close": _("Close"),
            "zoom_in": _("Nearer"),
            "zoom_out": _("Farther"),
            "two_fingers": _("Use two fingers to move the map"),
            "ctrl_scroll": _("Hold Ctrl and scroll to change the scale"),
        },
        "layers": {
            name: layers.appearance(layer, reverse("layer", args=[name])) for name, layer in layers.listed(user).items()
        },
    }
