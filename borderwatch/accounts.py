"""How people come in: accounts are made by register keepers, nobody signs himself up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth with the sign-up door shut."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
