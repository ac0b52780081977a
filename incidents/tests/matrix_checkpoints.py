"""Who gets which answer at the addresses of unauthorised checkpoints."""

from borderwatch.tests.matrix import Row

ROWS: dict[tuple[str, str], Row] = {}
