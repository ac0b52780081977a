"""The sweeper: makes every notice certain. Needs PostgreSQL; needs neither Redis nor Celery nor beat."""

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection

from borderwatch import jobs, outbox

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Deliver what is due and what nobody else delivered, every few seconds, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=2.0, help="seconds between two rounds")
        parser.add_argument("--once", action="store_true", help="one round, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Any number of sweepers may run: the lease lets each notice leave once."""
        stop = threading.Event()
        if not options["once"]:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            try:
                counts = outbox.sweep()
                if any(counts.values()):
                    log.info("sweeper.round", **counts)
                jobs.sweep()
            except DatabaseError as error:
                # The database is away: say so, drop the dead connection, come back.
                log.error("sweeper.database_away", error=str(error).strip())
                connection.close()
            if options["once"]:
                return
            stop.wait(options["every"])
