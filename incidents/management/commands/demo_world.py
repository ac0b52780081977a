"""Make the demo world, once."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from incidents.demo.people import CAST
from incidents.demo.world import build
from incidents.models import Incident
from units.choices import INSTITUTIONS
from units.models import Province, Unit, User

# Any number: two calls at the same time wait for each other.
LOCK = 20241103


class Command(BaseCommand):
    help = "Make the demo world: units, people, a year of incidents. Returns at once when it is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--incidents", type=int, default=300, help="how many beside the scenes (300)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.TEST):
            raise CommandError(
                "The demo world brings accounts with a public password, so it is made only with "
                "BORDERWATCH_DEMO=1. A deployment starts empty: create units and people in the admin."
            )
        started = time.monotonic()
        try:
            with transaction.atomic():
                made = self._make(options["incidents"])
        except OSError as error:
            raise CommandError(
                f"The receivers of mail and webhooks cannot be started: {error.strerror or error}. "
                "Stop what listens on BORDERWATCH_RECEIVER_PORT and try again; nothing has been changed."
            ) from error
        if made:
            figures = ", ".join(f"{name} {count}" for name, count in made.items())
            self.stdout.write(f"The demo world is made in {time.monotonic() - started:.0f} s: {figures}.")
        else:
            self.stdout.write("The demo world is there already.")

    def _make(self, incidents: int) -> dict[str, int]:
        """All or nothing, in the caller's transaction; an empty dictionary when there was nothing to do."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if User.objects.filter(username=CAST[0].username).exists():
            return {}
        if not Province.objects.exists():
            raise CommandError("There is no reference data yet: run `manage.py load_reference` first.")
        if Incident.objects.exists() or Unit.objects.exclude(kind__in=INSTITUTIONS).exists():
            raise CommandError(
                "This database holds units or incidents that are not the demo world's. The demo world needs a "
                "database of its own: use another BORDERWATCH_DATA, or `make clean` to begin anew."
            )
        return build(incidents=incidents, say=self.stdout.write)
