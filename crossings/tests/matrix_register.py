"""Who gets which answer at the addresses of the register of crossings."""

from borderwatch.tests.matrix import Row, page

ROWS: dict[tuple[str, str], Row] = {
    ("crossings:list", "get"): [("", page())],
}
