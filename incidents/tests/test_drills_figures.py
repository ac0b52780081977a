"""No figure moves by a drill: each is taken without and with played incidents, and is the same."""

from datetime import timedelta

import pytest

from borderwatch import clock
from crossings import contradictions, panels, security
from crossings.choices import ClosureState
from crossings.models import ClosureOrder, Crossing, ReopeningSign
from incidents import actions, cases, desk, scorecards, whatif
from incidents.models import AccountabilityCase, Checkpoint, Duty, Incident
from incidents.scorecards import Span
from incidents.tests.checkpoints import GATE
from incidents.tests.drills import ARMED, PONDS, play, running
from incidents.tests.test_near_crossings import shut
from units.models import RegisterDefect

PERSONS = ("province", "moi", "mfaic", "auditor", "head")


@pytest.fixture
def gate(world):
    """O Yadav, closed for people and verified as closed."""
    crossing = Crossing.objects.with_state().get(slug="vn-o-yadav")
    shut(crossing)
    return crossing


@pytest.fixture
def closed(gate, province, world):
    """An order on it that was carried out and verified."""
    now = clock.now()
    return ClosureOrder.objects.create(
        crossing=gate, number="12/26", issuer=world["province-16"], scope=["people"], measures=["barrier"],
        responsible_unit=world["post-1607-1"], due_on=now.date(), state=ClosureState.VERIFIED,
        drafted_at=now - timedelta(days=9), issued_at=now - timedelta(days=8), carried_out_at=now - timedelta(days=3),
        verified_at=now - timedelta(days=1),
    )  # fmt: skip


def everything(people):
    """All that is counted, summed, ranked or held to be a cause from incidents and duties, for each person."""
    since, until = scorecards.last_year()
    span = Span(since, until, ())
    gates = list(Crossing.objects.with_state().filter(district__province__code="16"))
    found = {user.username: of_person(user, span, gates) for user in people}
    drawn = [security.draw(crossing, *span.moments()) for crossing in gates]
    rows = (RegisterDefect, AccountabilityCase, Checkpoint, ReopeningSign)
    return {**found, "security": drawn, "rows": [model.objects.count() for model in rows]}


def of_person(user, span, gates):
    units = list(scorecards.units_with_ground(user))
    seen = Crossing.objects.visible_to(user).with_state()
    near = {
        crossing.slug: one.context["incidents_in_year"]
        for crossing in gates
        for one in panels.shown(user, crossing)
        if one.panel.slug == "incidents"
    }
    return {
        "figures": [number for _words, number in desk.figures(user)],
        "cards": scorecards.cards(user, span, units),
        "months": [scorecards.by_month(user, span, unit) for unit in units],
        "sources": [scorecards.by_source(user, span, unit) for unit in units],
        "whatif": sorted(whatif.past_year(user).values_list("ref", flat=True)),
        "contradictions": [
            (rule.slug, one.crossing.pk, one.words)
            for rule, all_of in contradictions.find(user, seen)
            for one in all_of
        ],
        "near": near,
        "cases": list(cases.cases_waiting_for(user)),
        "contests": list(cases.contests_waiting_for(user)),
    }


def test_every_figure_is_the_same_with_and_without_a_drill(request, world, province, district, report, file, closed):
    people = [request.getfixturevalue(name) for name in PERSONS]
    for _n in range(5):
        file()
    file(**PONDS)
    before = everything(people)
    drill = running(province, world)
    play(drill, district, world, report, **PONDS)
    play(drill, district, world, report, **ARMED)
    play(drill, district, world, report, category="checkpoint_irregularity", type="unauthorised_checkpoint", at=GATE)
    passing = play(drill, district, world, report, at=GATE, near_crossing=closed.crossing)
    nowhere = play(drill, district, world, report, at=(106.4, 14.2))
    for incident in (passing, nowhere):
        actions.verify_incident(actor=province, incident=incident)
    assert Incident.objects.filter(drill=drill).count() == 5
    assert everything(people) == before
    actions.end_drill(actor=province, drill=drill)
    assert everything(people) == before


def test_the_same_reports_filed_as_real_move_nearly_all_of_them(request, province, file, closed):
    """The proof that the test above looks at something."""
    people = [request.getfixturevalue(name) for name in PERSONS]
    before = everything(people)
    file(**PONDS)
    file(category="checkpoint_irregularity", type="unauthorised_checkpoint", at=GATE)
    file(at=GATE, near_crossing=closed.crossing)
    actions.verify_incident(actor=province, incident=file())
    file(at=(106.4, 14.2))
    after = everything(people)
    for user in ("province", "moi"):
        same = {name for name in before[user] if before[user][name] == after[user][name]}
        assert same <= {"cases", "contests"}, same
    assert after["security"] != before["security"]
    assert all(now > then for now, then in zip(after["rows"], before["rows"], strict=True))


def test_real_means_no_drill(world, province, district, report, file):
    real = file(**PONDS)
    play(running(province, world), district, world, report, **PONDS)
    assert list(Incident.objects.real()) == [real]
    assert set(Duty.objects.real().values_list("escalation__incident", flat=True)) == {real.pk}


@pytest.mark.parametrize(
    ("query", "shown"), [("", 2), ("?exercise=true", 1), ("?exercise=false", 1), ("?took_place=true", 1)]
)
def test_the_list_can_be_narrowed_to_what_is_real(query, shown, world, province, district, report, file, signed_in):
    real = file()
    played = play(running(province, world), district, world, report)
    page = signed_in(province).get(f"/incidents/{query}").content.decode()
    listed = {ref for ref in (real.ref, played.ref) if f"/incidents/{ref}/" in page}
    assert len(listed) == shown
    assert ("ការហាត់សម</span></span>" in page) == (played.ref in listed)
