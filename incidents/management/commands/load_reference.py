"""Load the reference data of all apps."""

from typing import Any

from django.core.management.base import BaseCommand

import crossings.reference
import incidents.reference
import units.reference


class Command(BaseCommand):
    help = "Load provinces, districts, communes, border sections, markers, crossings, institutions and policies."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to run again: adds what is missing, updates what the files changed."""
        counts = {**units.reference.load(), **crossings.reference.load(), **incidents.reference.load()}
        self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {n}" for name, n in counts.items()))
