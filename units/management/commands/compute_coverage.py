"""Compute anew which ground patrols have seen."""

from typing import Any

from django.core.management.base import BaseCommand

from units import coverage


class Command(BaseCommand):
    """Everything from the tracks and the register; needed after a restore, or when a setting of coverage changed.

    May run while people work: tracks handed in meanwhile keep their marks.
    """

    help = "Compute anew which stretches of border and which parts of unresolved areas patrols have seen."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute, telling how far it is."""
        verbose = options["verbosity"] > 1

        def tell(done: int, total: int) -> None:
            if verbose:
                self.stdout.write(f"{done} of {total} tracks")

        self.stdout.write(f"{coverage.compute_all(tell)} patches of ground")
