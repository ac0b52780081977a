"""Bring a database up to date: tables, the cache's table, reference data and, where wished, the demo world."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Everything a database needs before the pages can be served. Safe and quick to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make the demo world, unless it is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """One process for all steps: each start of Django costs more than a step that has nothing to do."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable")
        call_command("load_reference")
        if options["demo"]:
            call_command("demo_world")
