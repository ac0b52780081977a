"""Who gets which answer at the addresses of traffic."""

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
