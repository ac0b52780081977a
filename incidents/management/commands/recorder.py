"""The flight recorder: an independent look at whether everybody was told who had to be. Needs PostgreSQL alone."""

import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection

from incidents.recorder import alarm, outages, rounds

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Compare what should have been told with what was, every few minutes, until stopped; alarm by SMTP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=300.0, help="seconds between two rounds (300)")
        parser.add_argument("--watch", type=float, default=15.0, help="seconds between two looks at the machinery (15)")
        parser.add_argument(
            "--once", action="store_true", help="one round, then stop; exit code 1 when something is amiss"
        )
        parser.add_argument(
            "--whole", action="store_true", help="look at every incident, not only at what is unsettled"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rounds until a signal comes."""
        if options["once"]:
            found = self._round(whole=options["whole"])
            raise SystemExit(1 if found else 0)
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        due, whole = 0.0, options["whole"]
        while not stop.is_set():
            try:
                outages.watch()
                if time.monotonic() >= due:
                    self._round(whole=whole)
                    due, whole = time.monotonic() + options["every"], False
            except DatabaseError as error:
                log.error("recorder.database_away", error=str(error).strip())
                connection.close()
            stop.wait(options["watch"])

    def _round(self, *, whole: bool) -> int:
        this = rounds.run(whole=whole)
        alarmed = alarm.raise_alarm()
        alarm.ping()
        log.info("recorder.round", incidents=this.incidents, expected=this.expected, found=this.found, alarmed=alarmed)
        self.stdout.write(f"{this.incidents} incidents, {this.expected} notices expected, {this.found} new findings.")
        return this.found
