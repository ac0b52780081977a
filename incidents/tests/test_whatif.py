"""What a change would move: the trial against the rules themselves, the pages, and that nothing past moves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borderwatch import jobs
from borderwatch.models import Job
from incidents import attribution, whatif
from incidents.models import Attribution, Incident
from incidents.tests.test_attribution import ratanakiri, square, squares  # noqa: F401 - fixtures
from units.choices import Role, Verdict
from units.models import ProposedRow, RegisterChange, Sector, Unit, User

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def box(west, south, wide=0.1, high=0.1):
    return MultiPolygon(Polygon.from_bbox((west, south, west + wide, south + high)), srid=4326)


@pytest.fixture
def propose(keeper):
    """A proposed change of sectors: rows of (verdict, code, unit, area, replaced sector)."""

    def make(*rows, layer="sector", state="draft", at=None, by=None):
        moment = at or timezone.now()
        change = RegisterChange.objects.create(
            layer=layer, state=state, title="Redrawn along the stream", effective_from=moment,
            proposed_by=by or keeper, proposed_at=timezone.now(), reason="tried",
            settled_at=None if state == "draft" else timezone.now(),
        )  # fmt: skip
        for number, (verdict, code, unit, area, replaced) in enumerate(rows, start=1):
            ProposedRow.objects.create(
                change=change, number=number, verdict=verdict, code=code, unit=unit, area=area,
                replaces=replaced.pk if replaced else None,
            )  # fmt: skip
            if unit:
                change.units.add(unit)
        return change

    return make


@pytest.fixture
def handed_over(world, propose):
    """The sector of the ponds goes to the neighbouring post, as it is."""
    sector = Sector.objects.at(timezone.now()).get(unit=world["post-1607-1"])
    return propose((Verdict.CHANGED, sector.code, world["post-1607-2"], sector.area, sector))


def run(change, user):
    job = whatif.ask(change, user)
    assert jobs.run(job.pk) == "done", Job.objects.get(pk=job.pk).error
    return Job.objects.get(pk=job.pk).result


# --- the trial ------------------------------------------------------------------------------------------------


def test_incidents_in_a_sector_handed_over_would_move_and_nothing_does(file, world, keeper, handed_over):
    inside, elsewhere = file(), file(at=(106.9, 14.2))
    before = list(Attribution.objects.order_by("pk").values())
    result = run(handed_over, keeper)
    assert result["incidents"] == 2
    assert result["moved"] == 1
    (pair,) = result["pairs"]
    assert (pair["before"], pair["after"], pair["count"]) == (world["post-1607-1"].pk, world["post-1607-2"].pk, 1)
    assert result["rows"] == [[inside.pk, world["post-1607-1"].pk, world["post-1607-2"].pk, False, False]]
    assert list(Attribution.objects.order_by("pk").values()) == before
    inside.refresh_from_db()
    elsewhere.refresh_from_db()
    assert inside.responsible_unit == world["post-1607-1"]


def test_a_sector_that_ends_leaves_its_ground_to_the_command(file, world, keeper, propose):
    incident = file()
    sector = Sector.objects.at(timezone.now()).get(unit=world["post-1607-1"])
    result = run(propose((Verdict.ENDED, sector.code, world["post-1607-1"], None, sector)), keeper)
    assert [row[:3] for row in result["rows"]] == [[incident.pk, world["post-1607-1"].pk, world["command-16"].pk]]


def test_an_incident_that_would_only_become_contested_is_counted_so(file, world, keeper, propose):
    incident = file(accuracy_m=50)
    x, y = incident.point.coords
    beside = propose((Verdict.ADDED, "S-NEW", world["post-1607-2"], box(x + 0.0003, y - 0.01, 0.01, 0.02), None))
    result = run(beside, keeper)
    unit = world["post-1607-1"].pk
    assert result["rows"] == [[incident.pk, unit, unit, False, True]]
    assert result["pairs"] == [{"before": unit, "after": unit, "count": 1, "contested": 1, "settled": 0}]


def test_only_the_last_twelve_months_and_known_places_are_tried(file, keeper, handed_over):
    file(at=None, place_name="Behind the hill", coordinate_source="description")
    old = file()
    Incident.objects.filter(pk=old.pk).update(occurred_at=timezone.now() - timedelta(days=366))
    assert run(handed_over, keeper)["incidents"] == 0


def test_the_register_is_the_one_of_the_day_of_the_change(file, world, keeper, propose):
    """Before the sectors began nobody answered there but the command; the proposed one would."""
    incident = file()
    long_ago = datetime(2011, 1, 1, tzinfo=UTC)
    change = propose((Verdict.ADDED, "S-NEW", world["post-1607-2"], box(107.4, 13.7), None), at=long_ago)
    result = run(change, keeper)
    assert [row[:3] for row in result["rows"]] == [[incident.pk, world["command-16"].pk, world["post-1607-2"].pk]]


def test_a_change_of_another_layer_moves_nothing(file, keeper, propose, world):
    file()
    change = propose((Verdict.ADDED, "16", world["province-16"], box(107.0, 13.0, 1, 1), None), layer="province")
    result = run(change, keeper)
    assert (result["looked_at"], result["moved"], result["incidents"]) == (0, 0, 1)


def test_only_what_the_asker_sees_is_tried(file, handed_over, world, province2):
    from units import actions

    file()
    actions.post_person(
        actor=None, user=province2, unit=world["province-01"], role=Role.REGISTER_KEEPER,
        since=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    RegisterChange.objects.filter(pk=handed_over.pk).update(proposed_by=province2)
    assert run(handed_over, province2)["incidents"] == 0


@pytest.mark.parametrize("state", ["reading", "applied", "abandoned"])
def test_only_a_draft_can_be_tried(propose, keeper, state):
    change = propose(state=state)
    with pytest.raises(ValidationError):
        whatif.ask(change, keeper)
    assert not Job.objects.exists()


def test_a_change_settled_meanwhile_is_not_tried(handed_over, keeper):
    job = whatif.ask(handed_over, keeper)
    RegisterChange.objects.filter(pk=handed_over.pk).update(
        state="abandoned", settled_at=timezone.now(), reason="withdrawn"
    )
    assert jobs.run(job.pk) == "failed"
    assert "abandoned" in Job.objects.get(pk=job.pk).error or "បោះបង់" in Job.objects.get(pk=job.pk).error


def test_asking_twice_starts_one_trial(handed_over, keeper):
    assert whatif.ask(handed_over, keeper) == whatif.ask(handed_over, keeper)
    assert Job.objects.count() == 1


def test_progress_is_told_while_it_runs(file, keeper, handed_over, monkeypatch):
    told = []
    monkeypatch.setattr(whatif, "BATCH", 1)
    monkeypatch.setattr(jobs.Progress, "tell", lambda self, done, total: told.append((done, total)))
    file(), file()
    run(handed_over, keeper)
    assert told == [(0, 2), (1, 2), (2, 2)]


# --- against the rules themselves -----------------------------------------------------------------------------

# Boxes around the squares a, b and c of the attribution's tests, and places on, near and far from them.
boxes = st.builds(
    box, st.sampled_from([103.95, 104.0, 104.05, 104.1, 104.2]), st.sampled_from([11.95, 12.0, 12.05, 12.1]),
    st.sampled_from([0.02, 0.1]), st.sampled_from([0.02, 0.1]),
)  # fmt: skip
lons = st.one_of(
    st.floats(103.5, 104.7), st.floats(103.99, 104.21), st.sampled_from([104.0, 104.05, 104.09, 104.1, 104.11, 104.2])
)
lats = st.one_of(
    st.floats(11.5, 12.7), st.floats(11.99, 12.21), st.sampled_from([12.0, 12.02, 12.05, 12.09, 12.1, 12.2])
)
places = st.tuples(lons, lats, st.sampled_from([1, 30, 500, 3000, 3000, 20_000]))
checked = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def beyond(world):
    """A neighbour in another province, so that gaps may change their command."""
    return square(world, world["province-19"].province, "z", 104.35, 12.3)


@checked
@given(
    spots=st.lists(places, min_size=1, max_size=12),
    ended=st.sets(st.sampled_from(["SQ-a", "SQ-b", "SQ-c", "SQ-z"])),
    drawn=st.lists(st.tuples(st.sampled_from(["square-a", "square-c", "square-z"]), boxes), max_size=3),
)
@pytest.mark.usefixtures("squares", "beyond")
def test_what_is_left_out_cannot_move_and_the_rest_is_found_as_the_rules_say(
    ratanakiri,  # noqa: F811
    file,
    propose,
    world,
    spots,
    ended,
    drawn,
):
    """The oracle: end and draw the sectors for good, and ask `attribution.find` about every place before and after."""
    from django.db import transaction

    template = world["_template"] = world.get("_template") or file()
    units = {unit.code: unit for unit in Unit.objects.filter(code__startswith="square-")}
    now = timezone.now()
    with transaction.atomic():
        rows = [(Verdict.ENDED, code, None, None, Sector.objects.get(code=code)) for code in sorted(ended)]
        rows += [(Verdict.ADDED, f"NEW-{n}", units[code], area, None) for n, (code, area) in enumerate(drawn)]
        change = propose(*rows, at=now)
        incidents = [_copy(template, spot, number) for number, spot in enumerate(spots)]
        with whatif.Trial(change) as trial:
            queryset = Incident.objects.filter(pk__in=[one.pk for one in incidents])
            reached = list(trial.reached(queryset).values_list("pk", flat=True))
            moved = {one.incident: one for one in trial.moved(reached)}
        before = {one.pk: _answer(one, ratanakiri, now) for one in incidents}
        Sector.objects.filter(code__in=ended).delete()
        for _verdict, code, unit, area, replaced in rows:
            if replaced is None:
                Sector.objects.create(code=code, unit=unit, area=area, period=(datetime(2020, 1, 1, tzinfo=UTC), None))
        after = {one.pk: _answer(one, ratanakiri, now) for one in incidents}
        transaction.set_rollback(True)
    differing = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
    found = {key: ((one.before, one.contested_before), (one.after, one.contested_after)) for key, one in moved.items()}
    assert found == differing


def _copy(template, spot, number):
    import uuid

    lon, lat, accuracy = spot
    row = Incident.objects.get(pk=template.pk)
    row.pk, row.ref, row.client_key = None, f"COPY-{number}", uuid.uuid4()
    row.point, row.accuracy_m = Point(lon, lat, srid=4326), accuracy
    row.save(force_insert=True)
    return row


def _answer(incident, province, moment):
    found = attribution.find(point=incident.point, accuracy_m=incident.accuracy_m, moment=moment, province=province)
    return found.unit.pk, found.contested


# --- the pages ------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _english(world):
    User.objects.update(language="en")


def test_the_keeper_tries_a_change_and_sees_what_would_move(signed_in, keeper, file, handed_over, world):
    incident = file()
    browser, page = signed_in(keeper), f"/units/changes/{handed_over.pk}/whatif/"
    first = browser.get(page).content.decode()
    assert "The past itself never changes" in first
    assert "Try it" in first
    answer = browser.post(page)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Waiting for its turn" in browser.get(page).content.decode()
    jobs.run(Job.objects.get().pk)
    text = browser.get(page).content.decode()
    assert "1 incident would be answered differently" in text
    assert incident.ref in text
    assert world["post-1607-2"].name_en in text
    pair = f"?from={world['post-1607-1'].pk}&to={world['post-1607-2'].pk}"
    assert incident.ref in browser.get(page + pair).content.decode()
    assert incident.ref not in browser.get(page + "?from=1&to=2").content.decode()
    assert incident.ref in browser.get(page + "?page=nonsense").content.decode()
    features = browser.get(page + "moves.geojson").json()["features"]
    assert sorted(one["properties"]["kind"] for one in features) == ["comes", "goes", "moves"]
    assert {one["properties"]["ref"] for one in features} == {incident.ref, "S-1607-1"}


def test_the_result_shows_only_what_the_person_sees_today(signed_in, keeper, file, handed_over):
    incident = file()
    run(handed_over, keeper)
    Incident.objects.filter(pk=incident.pk).update(audience=[])
    page = f"/units/changes/{handed_over.pk}/whatif/"
    text = signed_in(keeper).get(page).content.decode()
    assert incident.ref not in text
    assert "None of them is shown to you any more." in text
    features = signed_in(keeper).get(page + "moves.geojson").json()["features"]
    assert incident.ref not in {one["properties"]["ref"] for one in features}


def test_another_keepers_trial_is_not_shown(signed_in, keeper, handed_over, file, world, moi2):
    from units import actions

    incident = file()
    run(handed_over, keeper)
    actions.post_person(
        actor=None, user=moi2, unit=world["moi"], role=Role.REGISTER_KEEPER, since=datetime(2020, 1, 1, tzinfo=UTC)
    )
    text = signed_in(moi2).get(f"/units/changes/{handed_over.pk}/whatif/").content.decode()
    assert incident.ref not in text
    assert "Try it" in text


def test_who_may_not_keep_the_register_finds_no_change(signed_in, handed_over, request):
    page = f"/units/changes/{handed_over.pk}/whatif/"
    for name in ("province", "province2", "head", "moi", "auditor", "outsider"):
        browser = signed_in(request.getfixturevalue(name))
        assert browser.get(page).status_code == 404, name
        assert browser.post(page).status_code == 404, name
        assert browser.get(page + "moves.geojson").status_code == 404, name
    assert not Job.objects.exists()


def test_a_settled_change_says_why_it_is_not_tried(signed_in, keeper, propose, world):
    sector = Sector.objects.at(timezone.now()).get(unit=world["post-1607-1"])
    change = propose((Verdict.ENDED, sector.code, world["post-1607-1"], None, sector), state="applied")
    answer = signed_in(keeper).post(f"/units/changes/{change.pk}/whatif/")
    assert answer.status_code == 422
    assert "Only a proposed change can be tried" in answer.content.decode()
    assert not Job.objects.exists()


def test_the_page_takes_few_queries(signed_in, keeper, file, handed_over, django_assert_max_num_queries):
    for _ in range(5):
        file()
    run(handed_over, keeper)
    browser = signed_in(keeper)
    with django_assert_max_num_queries(19):
        assert browser.get(f"/units/changes/{handed_over.pk}/whatif/").status_code == 200
