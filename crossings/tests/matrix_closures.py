"""Who gets which answer at the addresses of closure orders."""

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
