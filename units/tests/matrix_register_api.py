"""Who gets which answer at the machine addresses of the register."""

from borderwatch.tests.matrix import Row, api, as_token, page

ROWS: dict[tuple[str, str], Row] = {
    ("register_api:units", "get"): [("", api())],
    ("register_api:tenures", "get"): [("", api())],
    ("register_api:sectors", "get"): [("", api())],
    ("coverage_api:coverage", "get"): [("", api())],
    # The sector of post-1607-1: those who see its patrols.
    ("coverage_api:ground", "get"): [
        ("", as_token(page(404, province=200, head=200, moi=200, auditor=200, keeper=200))),
    ],
}
ARGUMENTS = {"coverage_api:ground": lambda scene, variant: ["S-1607-1"]}
