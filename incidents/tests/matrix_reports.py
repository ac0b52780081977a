"""Who gets which answer at the addresses of reports."""

from borderwatch.tests.matrix import Row, page

ROWS: dict[tuple[str, str], Row] = {
    ("reports:list", "get"): [("", page())],
    ("reports:scorecards", "get"): [("", page())],
    # A unit with a sector in Ratanakiri: those who see its incidents by their posting.
    ("reports:scorecard", "get"): [
        ("", page(404, province=200, head=200, moi=200, auditor=200, keeper=200)),
    ],
}
ARGUMENTS = {"reports:scorecard": lambda scene, variant: ["post-1607-1"]}
