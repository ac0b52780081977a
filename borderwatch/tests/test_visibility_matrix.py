"""Who gets which answer at every address, by every method. An address without a declared row fails the test.

Two incidents of Ratanakiri: `told` went to the three institutions, `quiet` did not. Everybody else's eyes must find
neither: not in lists, counts, filters, searches, layers, the API, photos or notices.
"""

import io
import json
import re
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from knox.models import AuthToken
from PIL import Image

from borderwatch import outbox
from borderwatch.models import AuditEntry, Delivery, Job
from borderwatch.tests.matrix import (
    AREAS,
    EVERYBODY,
    FILERS,
    METHODS,
    SEES,
    SIGNED_IN,
    Row,
    api,
    as_token,
    everybody,
    only,
    page,
    seen,
)
from incidents import photos
from incidents.actions import file_incident
from incidents.demo import people
from incidents.models import Acknowledgement, Duty, Incident
from units.choices import Role
from units.models import User

# (address, method) → for each variant its arguments and what everybody gets. `ref` stands for the incident.
ROWS: dict[tuple[str, str], Row] = {
    # Seen by whoever asked for the computation.
    ("job", "get"): [("", only({"keeper"}, 200, 404))],
    ("home", "get"): [("", page())],
    ("incidents:list", "get"): [("", page())],
    ("incidents:new", "get"): [("", only(FILERS))],
    ("incidents:new", "post"): [("", only(FILERS, 422))],
    ("incidents:preview", "get"): [("", only(FILERS))],
    ("incidents:detail", "get"): [(w, seen(w)) for w in SEES],
    ("incidents:filed", "get"): [(w, seen(w)) for w in SEES],
    ("incidents:photo", "get"): [(w, seen(w)) for w in SEES],
    # Deciding: the province of the unit that answers; an incident that is escalated cannot be verified any more.
    ("incidents:verify", "post"): [
        ("told", seen("told", 403, province=422)),
        ("quiet", seen("quiet", 403, province=302)),
        ("secret", seen("secret", 403, province=302)),
    ],
    # MoI stands above every unit: it closes what a province may not, because it is its own.
    ("incidents:close", "post"): [(w, seen(w, 403, province=422, moi=422)) for w in SEES],
    ("incidents:reopen", "post"): [(w, seen(w, 403, province=422)) for w in SEES],
    ("incidents:escalate", "post"): [(w, seen(w, 403, province=422)) for w in SEES],
    ("incidents:reattribute", "post"): [(w, seen(w, 403, province=422, moi=422)) for w in SEES],
    ("incidents:settle", "post"): [(w, seen(w, 403, province=422)) for w in SEES],
    ("incidents:inbox", "get"): [("", page())],
    # The duty is MFAIC's.
    ("incidents:duty", "get"): [("told", seen("told"))],
    ("incidents:duty", "post"): [("told", seen("told", 403, mfaic=422))],
    ("units:list", "get"): [("", page())],
    # Units of one's own province and of none other; institutions see the whole tree.
    ("units:detail", "get"): [("", seen("told"))],
    ("map", "get"): [("", page())],
    ("layer", "get"): [
        # QGIS opens these with a token.
        *[(name, api()) for name in ("incidents", "sectors", "crossings", "perimeters", "closures", "markers")],
        ("unresolved", as_token(only({"province", "province2", "moi", "mfaic", "ssba", "keeper"}, 200, 404))),
        # Of patrols one sees, and of areas one may look at.
        *[(name, as_token(only({*SEES["told"], "province2"}, 200, 404))) for name in ("coverage", "effort")],
        ("coverage_areas", as_token(only({"province", "province2", "moi", "mfaic", "ssba", "keeper"}, 200, 404))),
        ("nonsense", api(404)),
    ],
    ("notices", "get"): [("", page())],
    # A notice to the province.
    ("notice", "post"): [("", only({"province"}, 302, 404))],
    ("dead_letters", "get"): [("", only({"admin"}))],
    ("replay", "post"): [("", only({"admin"}, 302))],
    ("audit", "get"): [("", only({"auditor"}))],
    ("api:incidents", "get"): [("", api())],
    ("api:incidents", "post"): [("", {**api(403), **dict.fromkeys(FILERS, 201)})],
    ("api:incident", "get"): [(w, as_token(seen(w))) for w in SEES],
    ("api:duties", "get"): [("", api())],
    ("api:acknowledge", "post"): [("told", as_token(seen("told", 403, mfaic=400)))],
    ("api_notices", "get"): [("", api())],
    ("api_schema", "get"): [("", everybody(200))],
    ("api_docs", "get"): [("", everybody(200))],
    ("healthz", "get"): [("", everybody(200))],
    ("metrics", "get"): [("", everybody(200))],
    ("set_language", "post"): [("", everybody(302))],
}
MODULES = [import_module(area) for area in AREAS]
for _module in MODULES:
    assert not set(_module.ROWS) & set(ROWS), _module
    ROWS.update(_module.ROWS)
# Addresses of other people's packages, checked as a whole below.
FOREIGN = ("accounts/", "admin/")


def in_confidence(world, report, with_photos=()):
    """A clerk of post-1607-1 reports on his own post; a copy that differs came after it."""
    clerk = User.objects.filter(username="clerk").first()
    if clerk is None:
        clerk = people.account(people.Account("clerk", "", "Clerk", people.HEAD_OF, Role.FILER))
    sent = {"actor": clerk, "unit": world[people.HEAD_OF], "client_key": uuid.uuid4()}
    words = {"category": "checkpoint_irregularity", "type": "unofficial_fee", "about": world[people.HEAD_OF]}
    filed = file_incident(**sent, report=report(**words), photos=list(with_photos))
    if with_photos:
        file_incident(**sent, report=report(**words, text="Other words"))
    return filed.incident


@pytest.fixture
def scene(file, district, world, report, province, keeper, request):
    """Both incidents with photo, conflicting copy and notices, and a dead letter."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(picture, "JPEG")
    photo = photos.read(SimpleUploadedFile("p.jpg", picture.getvalue(), "image/jpeg"))
    told = file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high", photos=[photo])
    quiet = file(photos=[photo])
    for incident in (told, quiet):
        file_incident(
            actor=district,
            unit=world["district-1607"],
            client_key=incident.client_key,
            report=report(text="Other words"),
        )
    outbox.beat("sweeper")
    dead = Delivery.objects.filter(key=quiet.ref, channel="email").first()
    Delivery.objects.filter(pk=dead.pk).update(state="dead", done_at=timezone.now())
    scene = {
        "told": told,
        "secret": in_confidence(world, report, [photo]),
        "quiet": quiet,
        "sha256": photo.sha256,
        "dead": dead,
        "notice": Delivery.objects.get(key=quiet.ref, user=province, topic="incident_filed"),
        "duty": Duty.objects.get(unit__code="mfaic"),
        "job": Job.objects.create(kind="test", asked_by=keeper, created_at=timezone.now()),
    }
    return scene


def prepare(part: str, scene: dict[str, Any], request: Any) -> None:
    """What the rows of one part of the site need beside the incidents: of its own area, and of those it names."""
    own = [module for module in MODULES if any(name in PARTS[part] for name, _method in module.ROWS)]
    names = [name for module in own for name in (*getattr(module, "NEEDS", ()), module.__name__)]
    for name in dict.fromkeys(names):
        if add := getattr(import_module(name), "prepare", None):
            add(scene, request)


def arguments(name: str, variant: str, scene: dict[str, Any]) -> list[Any]:
    """What the address of a row needs."""
    for module in MODULES:
        if name in getattr(module, "ARGUMENTS", {}):
            return module.ARGUMENTS[name](scene, variant)
    ref = scene[variant].ref if variant in SEES else ""
    return {
        "incidents:photo": lambda: [ref, scene["sha256"]],
        "incidents:settle": lambda: [ref, scene[variant].conflicting_copies.get().pk],
        "incidents:duty": lambda: [scene["duty"].pk],
        "api:acknowledge": lambda: [scene["duty"].pk],
        "units:detail": lambda: ["post-1607-1"],
        "layer": lambda: [variant],
        "notice": lambda: [scene["notice"].pk],
        "replay": lambda: [scene["dead"].pk],
        "job": lambda: [scene["job"].pk],
    }.get(name, lambda: [ref] if ref else [])()


def sent(name: str, method: str) -> dict[str, Any]:
    """What is sent along: nothing, or the least that shows who may."""
    for module in MODULES:
        if name in getattr(module, "SENT", {}):
            return module.SENT[name]()
    if name == "api:incidents" and method == "post":
        body = {
            "category": "smuggling", "type": "fuel", "impact": "low", "text": "Fuel", "lon": 107.42, "lat": 13.786,
            "coordinate_source": "gps", "occurred_at": timezone.now().isoformat(),
        }  # fmt: skip
        return {
            "data": json.dumps(body),
            "content_type": "application/json",
            "headers": {"Idempotency-Key": str(uuid.uuid4())},
        }
    if name.startswith("api"):
        return {"data": "{}", "content_type": "application/json"}
    return {"data": {"reason": "x"} if name == "replay" else {}}


@pytest.fixture
def visitor(request, signed_in, world) -> Callable[[str], Client]:
    """A client for each of the cast."""
    made: dict[str, Client] = {}

    def come(who: str) -> Client:
        if who not in made:
            if who == "anonymous":
                made[who] = Client()
            elif who == "token":
                _row, secret = AuthToken.objects.create(request.getfixturevalue("mfaic"))
                made[who] = Client(headers={"Authorization": f"Token {secret}"})
            else:
                made[who] = signed_in(request.getfixturevalue(who))
        return made[who]

    return come


def addresses() -> dict[str, str]:
    """Every named address of the project and its pattern; addresses of other packages are left out."""
    found: dict[str, str] = {}

    def walk(patterns: Any, prefix: str, space: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLPattern):
                if not route.startswith(FOREIGN):
                    found[f"{space}{one.name or route}"] = route
            else:
                walk(one.url_patterns, route, f"{one.namespace}:" if one.namespace else space)

    walk(get_resolver().url_patterns, "", "")
    return found


# --- the table is complete ------------------------------------------------------------------------------------

# Whatever stands at no other address of the API is a problem answer; nothing is behind it.
CATCH_ALL = {"api/", "api/<path:rest>"}


def test_every_address_has_a_row():
    declared = {name for name, _method in ROWS}
    assert set(addresses()) - CATCH_ALL == declared


def test_every_operation_of_the_schema_has_a_row(client, db):
    from borderwatch.views.machines import description

    by_route = {"/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route): name for name, route in addresses().items()}
    for path, operations in description()["paths"].items():
        name = by_route.get(path) or by_route[path.replace("{id}", "{pk}")]
        for method in operations:
            assert (name, method) in ROWS, f"{method} {path}"


def test_every_row_speaks_of_everybody():
    for row in ROWS.values():
        for _variant, expected in row:
            assert set(expected) == set(EVERYBODY)


# --- every row ------------------------------------------------------------------------------------------------


def areas() -> dict[str, list[str]]:
    """The names of addresses by the part of the site they belong to: each part is walked in one scene."""
    found: dict[str, list[str]] = {}
    for name in sorted({name for name, _method in ROWS}):
        found.setdefault(name.rpartition(":")[0] or "site", []).append(name)
    return found


PARTS = areas()


@pytest.mark.parametrize("part", PARTS)
def test_everybody_gets_what_the_row_says_and_no_other_method_does_anything(part, scene, visitor, request):
    prepare(part, scene, request)
    differing = {}
    for (name, method), row in ROWS.items():
        if name in PARTS[part]:
            for variant, expected in row:
                differing |= _differing(name, method, variant, expected, scene, visitor)
    assert not differing, differing
    _no_other_method_does_anything(part, scene, visitor)


def _differing(name, method, variant, expected, scene, visitor) -> dict[tuple[str, ...], object]:
    """Who gets something else than the row says, or is told of an incident he may not see."""
    from django.db import transaction

    found: dict[tuple[str, ...], object] = {}
    address = reverse(name, args=arguments(name, variant, scene))
    for who in EVERYBODY:
        client = visitor(who)
        with transaction.atomic():
            answer = getattr(client, method)(address, **sent(name, method) if method != "get" else {})
            status = answer.status_code
            body = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        if status != expected[who]:
            found[name, method, variant, who] = (status, expected[who])
        if status in (401, 403, 404) or expected[who] == 404:
            spoken = body.decode(errors="replace").replace(address, "")
            for which, seers in SEES.items():
                if scene[which].ref in spoken and ("mfaic" if who == "token" else who) not in seers:
                    found[name, method, variant, who, "names"] = scene[which].ref
    return found


def _no_other_method_does_anything(part, scene, visitor) -> None:
    before = (Incident.objects.count(), AuditEntry.objects.count(), Acknowledgement.objects.count())
    for name in PARTS[part]:
        row = next(row for (other, _method), row in ROWS.items() if other == name)
        address = reverse(name, args=arguments(name, row[0][0], scene))
        for method in METHODS:
            if (name, method) in ROWS or (method == "get" and name == "set_language"):
                continue
            for who in ("anonymous", "province", "mfaic", "token"):
                status = getattr(visitor(who), method)(address).status_code
                refused = status in (401, 403, 405) or (status == 302 and who in ("anonymous", "token"))
                assert refused, (name, method, who, status)
    assert (Incident.objects.count(), AuditEntry.objects.count(), Acknowledgement.objects.count()) == before


# --- nothing foreign shows ------------------------------------------------------------------------------------

LISTS = [
    "/",
    "/incidents/",
    "/incidents/?q={ref}",
    "/incidents/?province=16",
    "/incidents/?unit=post-1607-1",
    "/incidents/?category=neighbour_unilateral_activity",
    "/incidents/?bbox=107,13,108,14",
    "/inbox/",
    "/map/",
    "/map/?q={ref}",
    "/units/",
    "/crossings/",
    "/crossings/vn-o-yadav/",
    "/crossings/contradictions/",
    "/crossings/closures/",
    "/checkpoints/",
    "/api/v1/checkpoints/",
    "/notices/",
    "/layers/incidents.geojson",
    "/layers/incidents.geojson?bbox=107,13,108,14",
    "/layers/incidents.geojson?q={ref}",
    "/layers/sectors.geojson",
    "/api/v1/incidents/",
    "/api/v1/incidents/?q={ref}",
    "/api/v1/incidents/?province=16",
    "/api/v1/duties/",
    "/api/v1/duties/?state=waiting",
    "/api/v1/notices/",
    "/cases/",
    "/cases/?unit=post-1607-1",
    "/api/v1/cases/",
    "/api/v1/cases/?incident={ref}",
    "/patrols/",
    "/patrols/coverage/",
    "/reports/scorecards/",
    "/api/v1/units/",
    "/api/v1/sectors/",
    "/api/v1/tenures/",
    "/api/v1/patrols/",
    "/api/v1/coverage/",
]
# What differs between two answers to the same question: tokens, nonces, times as shown.
CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|CSRFToken": "[^"]+"|nonce="[^"]+"|nonce-[^\']+'
    r'|<time[^>]*>[^<]*</time>|"generated_at":"[^"]+"'
)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    body = b"".join(answer) if answer.streaming else answer.content
    return f"{answer.status_code} {CHANGING.sub('', body.decode())}"


@pytest.mark.parametrize("who", ["province2", "outsider", "former_head", "admin", "disabled", "anonymous"])
def test_what_others_file_changes_no_letter_of_what_a_stranger_sees(who, visitor, file, province2, world, report):
    own = report(at=(102.56, 13.66))
    file_incident(actor=province2, unit=world["province-01"], client_key=uuid.uuid4(), report=own)
    client = visitor(who)
    lists = [address.format(ref=f"RTK-{timezone.localtime().year}-000001") for address in LISTS]
    before = {address: text_of(client, address) for address in lists}
    told = file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    file()
    assert told.ref in lists[2]
    for address in lists:
        assert text_of(client, address) == before[address], address


@pytest.mark.parametrize("who", ["mfaic", "ssba", "token"])
def test_an_institution_sees_what_was_escalated_to_it_and_no_letter_of_the_rest(who, visitor, file):
    told = file(category="neighbour_unilateral_activity", type="pond_or_canal", impact="high")
    client = visitor(who)
    lists = [address.format(ref=f"RTK-{timezone.localtime().year}-000002") for address in LISTS]
    before = {address: text_of(client, address) for address in lists}
    assert told.ref in before["/api/v1/incidents/" if who == "token" else "/incidents/"]
    quiet = file()
    assert quiet.ref in lists[2]
    for address in lists:
        assert text_of(client, address) == before[address], address


@pytest.mark.parametrize("who", ["head", "district", "province2", "mfaic", "token", "outsider", "admin"])
def test_a_report_in_confidence_changes_no_letter_of_what_the_unit_and_its_neighbours_see(
    who, visitor, file, world, report
):
    file()
    client = visitor(who)
    lists = [address.format(ref=f"RTK-{timezone.localtime().year}-000002") for address in LISTS]
    before = {address: text_of(client, address) for address in lists}
    assert in_confidence(world, report).ref in lists[2]
    for address in lists:
        assert text_of(client, address) == before[address], address


@pytest.mark.parametrize("who", sorted(SEES["told"]))
def test_those_who_see_it_find_it_in_every_list(who, visitor, scene):
    client = visitor(who)
    for address in LISTS:
        if "incidents" in address:
            assert scene["told"].ref in text_of(client, address.format(ref=scene["told"].ref)), address
            for which, seers in SEES.items():
                if who not in seers:
                    assert scene[which].ref not in text_of(client, address.format(ref="RTK")), address


def test_counts_of_the_machines_lists_agree_with_what_is_visible(scene, visitor, request):
    for who in SIGNED_IN:
        visible = Incident.objects.visible_to(request.getfixturevalue(who)).count()
        layer = json.loads(text_of(visitor(who), "/layers/incidents.geojson")[4:])
        listed = json.loads(text_of(visitor(who), "/api/v1/incidents/")[4:])
        assert (layer["count"], len(layer["features"]), len(listed["results"])) == (visible,) * 3, who


def test_a_photo_is_reached_through_an_incident_one_sees_only(scene, visitor):
    """Both incidents hold the same bytes: MFAIC may have them through the one it was told of, not the other."""
    client = visitor("mfaic")
    assert client.get(f"/incidents/{scene['told'].ref}/photos/{scene['sha256']}/").status_code == 200
    assert client.get(f"/incidents/{scene['quiet'].ref}/photos/{scene['sha256']}/").status_code == 404


def test_the_restricted_areas_are_named_to_nobody_who_may_not_see_them(visitor, scene):
    for who in ("district", "head", "auditor", "outsider", "admin"):
        for address in ("/map/", "/", f"/incidents/{scene['told'].ref}/", "/units/", "/incidents/new/"):
            assert "pak-nhai" not in text_of(visitor(who), address).lower(), (who, address)


# --- addresses of other packages ------------------------------------------------------------------------------


def foreign_addresses() -> list[str]:
    """What can be reached without arguments below accounts/ and admin/."""
    found = []

    def walk(patterns: Any, prefix: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            if not isinstance(one, URLPattern):
                walk(one.url_patterns, route)
            elif route.startswith(FOREIGN) and "<" not in route and "(" not in route:
                found.append("/" + route)

    walk(get_resolver().url_patterns, "")
    return sorted(found)


def test_the_administration_is_open_to_staff_only(visitor):
    addresses = [a for a in foreign_addresses() if a.startswith("/admin/") and "login" not in a and "logout" not in a]
    assert len(addresses) > 5
    for address in addresses:
        for who in ("anonymous", "disabled", "outsider", "moi", "auditor", "token"):
            assert visitor(who).get(address).status_code in (302, 404), (who, address)


def test_the_administration_shows_no_incident_to_its_staff(visitor, scene):
    client = visitor("admin")
    for address in foreign_addresses():
        if address.startswith("/admin/") and "logout" not in address:
            answer = client.get(address)
            assert answer.status_code in (200, 302, 403, 404, 405), (address, answer.status_code)
            assert scene["told"].ref not in answer.content.decode(), address
            assert "incidents/incident" not in address


def test_nobody_signs_himself_up(client, db):
    from units.models import User

    before = User.objects.count()
    form = {"username": "newcomer", "password1": "a-long-password-1", "password2": "a-long-password-1"}
    answer = client.post("/accounts/signup/", form)
    assert answer.status_code in (200, 302, 403, 404)
    assert User.objects.count() == before


def test_the_pages_of_accounts_answer_everybody(visitor):
    for address in foreign_addresses():
        if address.startswith("/accounts/"):
            for who in ("anonymous", "district", "disabled"):
                assert visitor(who).get(address).status_code < 500, (who, address)
