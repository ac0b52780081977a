"""Clocks of what is owed: how deadlines are reckoned, explained and printed, and what may be done to them."""
