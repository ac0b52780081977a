"""Where the areas of answering meet at an incident: panels of its page, heaps of the home page, steps of its chain.

Each area registers its own in a module that `IncidentsConfig.ready` imports, so that the pages name none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from crossings.desk import Waiting
from incidents.models import Incident

if TYPE_CHECKING:
    from incidents.timeline import Step


@dataclass(frozen=True)
class Panel:
    """A part of an incident's page. `context(user, incident)` gives what `template` shows, None for nothing at all.

    The page writes the section and its heading (`label`, anchor `panel-<slug>`); the template gives what stands below
    it and reads the names of `context` and the page's `incident` and `request`. The incident has been found visible;
    further rows still begin with `visible_to(user)`. Panels stand in the order of `place`; `aside`: the narrow column.
    """

    slug: str
    label: str | Promise
    template: str
    context: Callable[[Any, Incident], dict[str, Any] | None]
    place: int
    aside: bool = False


@dataclass(frozen=True)
class Shown:
    """A panel with what it shows to one person."""

    panel: Panel
    context: dict[str, Any]


_PANELS: dict[str, Panel] = {}
_HEAPS: list[Callable[[Any], list[Waiting]]] = []
_CHAINS: list[Callable[[Incident], "list[Step]"]] = []
_OPEN_MATTERS: list[Callable[[Incident], str]] = []
_AFTER_CLOSING: list[Callable[[Incident], object]] = []


def register_panel(panel: Panel) -> None:
    """Add a panel to the incident's page; a slug is given once."""
    if _PANELS.setdefault(panel.slug, panel) is not panel:
        raise ValueError(f"two panels are called {panel.slug}")


def register_heaps(waiting_for: Callable[[Any], list[Waiting]]) -> None:
    """Add heaps to the home page: `waiting_for(user)` gives those that are not empty."""
    _HEAPS.append(waiting_for)


def register_chain(steps: Callable[[Incident], "list[Step]"]) -> None:
    """Add steps to an incident's chain: `steps(incident)`, past and planned."""
    _CHAINS.append(steps)


def register_closing(
    *, refusal: Callable[[Incident], str] | None = None, afterwards: Callable[[Incident], object] | None = None
) -> None:
    """Have a say when an incident is closed: `refusal` says what is still open ("" for nothing), `afterwards` tidies
    up within the same transaction.
    """
    if refusal is not None:
        _OPEN_MATTERS.append(refusal)
    if afterwards is not None:
        _AFTER_CLOSING.append(afterwards)


def panels(user: Any, incident: Incident) -> list[Shown]:
    """The panels that have something for this person, in their order."""
    found = []
    for panel in sorted(_PANELS.values(), key=lambda one: one.place):
        context = panel.context(user, incident)
        if context is not None:
            found.append(Shown(panel, context))
    return found


def waiting_for(user: Any) -> list[Waiting]:
    """The heaps of all areas that are not empty."""
    return [heap for ask in _HEAPS for heap in ask(user) if heap.count]


def chain(incident: Incident) -> "list[Step]":
    """The steps of all areas, in no order."""
    return [step for ask in _CHAINS for step in ask(incident)]


def still_open(incident: Incident) -> str:
    """Why the incident cannot be closed yet, "" when nothing stands against it."""
    return next((why for ask in _OPEN_MATTERS if (why := ask(incident))), "")


def closed(incident: Incident) -> None:
    """The incident has just been closed: each area ends what it has planned."""
    for tidy in _AFTER_CLOSING:
        tidy(incident)
