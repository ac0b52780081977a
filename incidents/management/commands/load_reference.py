"""Load the reference data of all apps."""

from typing import Any

from django.core.management.base import BaseCommand

import crossings.reference
import incidents.reference
import units.reference
import units.reference_time


class Command(BaseCommand):
    help = "Load the territory, crossings, institutions, policies, working hours and holidays."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to run again: adds what is missing, updates what the files changed."""
        counts = {
            **units.reference.load(),
            **units.reference_time.load(),
            **crossings.reference.load(),
            **incidents.reference.load(),
        }
        self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {n}" for name, n in counts.items()))
