"""Prove that every stored deadline is what its clock's events come to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.clocks.check import disagreements
from incidents.models import Clock


class Command(BaseCommand):
    """Reckon every clock anew; fails when one disagrees, naming it."""

    help = "Reckon every clock from its events and compare; ends with an error when a stored deadline differs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each clock that disagrees; CommandError when there is one."""
        count = 0
        for words in disagreements():
            count += 1
            self.stderr.write(words)
        if count:
            raise CommandError(f"{count} clock(s) disagree with their events")
        self.stdout.write(f"{Clock.objects.count()} clocks agree with their events")
