"""Who gets which answer at the addresses of proposals."""

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
