"""The words of the visibility matrix: who there is, and how a row says what everybody gets.

Each area of the site declares its rows in a module of its own named below in `AREAS`; the test walks them all.
A module has `ROWS`; and, where its addresses need them, `ARGUMENTS` (name → function of scene and variant giving the
arguments of the address), `SENT` (name → what a POST sends along, the least that shows who may) and
`prepare(scene, request)`, which adds what its rows need to the scene by verbs; `NEEDS` names modules of `AREAS` whose
own `prepare` comes before it.
"""

SIGNED_IN = (
    "district", "province", "province2", "head", "former_head", "moi", "mfaic", "ssba", "auditor", "admin", "keeper",
    "outsider",
)  # fmt: skip
# A disabled account's session is nobody's; a machine's token opens the API and no page.
NOBODY = ("anonymous", "disabled")
EVERYBODY = (*NOBODY, *SIGNED_IN, "token")
METHODS = ("get", "post", "put", "patch", "delete")

FILERS = {"district", "province", "province2", "head"}
SEES = {
    "told": {"district", "province", "head", "moi", "mfaic", "ssba", "auditor", "keeper"},
    # Filed by a clerk of post-1607-1 about his own post: its head, its people and its neighbours see nothing.
    "secret": {"province", "moi", "auditor", "keeper"},
    "quiet": {"district", "province", "head", "moi", "auditor", "keeper"},
}
Expected = dict[str, int]


def page(status: int = 200, **differing: int) -> Expected:
    """A page for everybody who has signed in; others are sent to sign in."""
    return {**dict.fromkeys(EVERYBODY, 302), **dict.fromkeys(SIGNED_IN, status), **differing}


def api(status: int = 200, **differing: int) -> Expected:
    """A machine's address; `token` is a token of `mfaic`."""
    return {**page(status), **dict.fromkeys(NOBODY, 401), "token": status, **differing}


def everybody(status: int) -> Expected:
    """The same for all, signed in or not."""
    return dict.fromkeys(EVERYBODY, status)


def seen(which: str, status: int = 200, blind: int = 404, **differing: int) -> Expected:
    """`status` for those who see the incident, 404 for the others."""
    return {**page(blind), **dict.fromkeys(SEES[which], status), **differing}


def only(allowed: set[str], status: int = 200, others: int = 403) -> Expected:
    """`status` for some, a refusal for the others."""
    return {**page(others), **dict.fromkeys(allowed, status)}


def as_token(expected: Expected) -> Expected:
    """The API's row from a page's: nobody gets 401, the token what its owner gets."""
    return {**expected, **dict.fromkeys(NOBODY, 401), "token": expected["mfaic"]}


# (address, method) → for each variant its name and what everybody gets.
Row = list[tuple[str, Expected]]

# Where rows are declared, besides the test itself.
AREAS: tuple[str, ...] = (
    "units.tests.matrix_patrols",
    "units.tests.matrix_coverage",
    "incidents.tests.matrix_cases",
    "units.tests.matrix_register",
    "units.tests.matrix_changes",
    "units.tests.matrix_register_api",
    "units.tests.matrix_patrol_api",
    "incidents.tests.matrix_reports",
    "incidents.tests.matrix_bench",
    "crossings.tests.matrix_register",
    "crossings.tests.matrix_closures",
    "crossings.tests.matrix_assessments",
    "crossings.tests.matrix_proposals",
    "crossings.tests.matrix_traffic",
    "crossings.tests.matrix_traffic_reading",
    "incidents.tests.matrix_checkpoints",
    "incidents.tests.matrix_clocks",
    "incidents.tests.matrix_engagements",
    "incidents.tests.matrix_guidance",
    "incidents.tests.matrix_protests",
    "incidents.tests.matrix_letters",
    "incidents.tests.matrix_answering",
    "incidents.tests.matrix_alerts",
    "incidents.tests.matrix_drills",
    "incidents.tests.matrix_recorder",
    "units.tests.matrix_endpoints",
    "units.tests.matrix_office",
)
