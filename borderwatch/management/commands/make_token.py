"""Give a machine a token to read and file in a person's name."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from knox.models import get_token_model


class Command(BaseCommand):
    """Prints the token once; only its hash is kept."""

    help = "Make an API token for an active account and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account, and how long the token lasts."""
        parser.add_argument("account", help="name of the account")
        parser.add_argument("--days", type=int, default=365, help="days until it ends (default 365)")
        parser.add_argument("--revoke", action="store_true", help="end every token of the account instead")

    def handle(self, *args: Any, account: str, days: int, revoke: bool, **options: Any) -> None:
        """Make or end tokens."""
        user = get_user_model().objects.filter(username=account, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {account}.")
        tokens = get_token_model().objects
        if revoke:
            ended, _details = tokens.filter(user=user).delete()
            self.stdout.write(f"Ended {ended} token(s) of {account}.")
            return
        if days < 1:
            raise CommandError("A token lasts at least one day.")
        token, secret = tokens.create(user, expiry=timedelta(days=days))
        self.stderr.write(f"Token of {account}, ends {timezone.localtime(token.expiry):%Y-%m-%d}. Keep it safe:")
        self.stdout.write(secret)
