"""The panels of a crossing's page: everything about a gate meets there, each area of the product brings its own.

An area registers its panel in a module that `CrossingsConfig.ready` (or the app to the right) imports, so that the
page names none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from crossings.models import Crossing


@dataclass(frozen=True)
class Panel:
    """A part of the page. `context(user, crossing)` gives what `template` shows, None when there is nothing for him.

    The page writes the section and its heading (`label`, with the anchor `panel-<slug>`); the template gives what
    stands below it, and reads the names of `context` and the page's own (`crossing`, `request`, `at`) directly.
    The crossing has been found visible and carries `with_state`; further rows still begin with `visible_to(user)`.
    Panels stand in the order of `place`; those with `aside` stand in the narrow column.
    """

    slug: str
    label: str | Promise
    template: str
    context: Callable[[Any, Crossing], dict[str, Any] | None]
    place: int
    aside: bool = False


@dataclass(frozen=True)
class Shown:
    """A panel with what it shows to one person."""

    panel: Panel
    context: dict[str, Any]


_PANELS: dict[str, Panel] = {}


def register(*panels: Panel) -> None:
    """Add panels to the page; a slug is given once."""
    for panel in panels:
        if _PANELS.setdefault(panel.slug, panel) is not panel:
            raise ValueError(f"two panels are called {panel.slug}")


def shown(user: Any, crossing: Crossing) -> list[Shown]:
    """The panels that have something for this person, in their order."""
    found = []
    for panel in sorted(_PANELS.values(), key=lambda one: one.place):
        context = panel.context(user, crossing)
        if context is not None:
            found.append(Shown(panel, context))
    return found
