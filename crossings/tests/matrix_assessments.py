"""Who gets which answer at the addresses of assessments."""

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
