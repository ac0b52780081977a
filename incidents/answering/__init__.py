"""Acting from a link in a mail or message, without signing in."""
