"""The response report: who was told when, who answered when and how soon, frozen at the end."""

import csv
import io
import json
from datetime import timedelta

import pytest

from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions
from incidents.drills import report as reports
from incidents.drills import table
from incidents.models import Duty
from incidents.tests.drills import ARMED, PONDS, announced, play, running


@pytest.fixture
def played(province, district, moi, mfaic, world, report):
    """One armed incident and one at the ponds: MoI answers after 40 and 25 minutes, MFAIC after 130, SSBA never."""
    drill = running(province, world)
    start = clock.now()
    armed = play(drill, district, world, report, **ARMED)
    ponds = play(drill, district, world, report, **PONDS)

    def answer(user, incident, minutes):
        duty = Duty.objects.get(escalation__incident=incident, unit__code=user.username)
        with clock.replaying(incident.received_at + timedelta(minutes=minutes, seconds=1)):
            actions.acknowledge(actor=user, duty=duty, answer="accept")

    answer(moi, armed, 40)
    answer(moi, ponds, 25)
    answer(mfaic, ponds, 130)
    with clock.replaying(start + timedelta(minutes=250)):
        actions.end_drill(actor=province, drill=drill)
    drill.refresh_from_db()
    return drill


def lane(drill, incident, code):
    found = next(one for one in drill.report["incidents"] if incident in one["category"])
    return next(duty for duty in found["duties"] if duty["institution"]["code"] == code)


def test_minutes_from_the_report_to_the_answer_and_whether_it_was_in_time(played):
    armed = lane(played, "armed", "moi")
    assert (armed["minutes"], armed["in_time"], armed["answer"]) == (40, True, "accept")
    late = lane(played, "neighbour", "mfaic")
    assert (late["minutes"], late["in_time"]) == (130, False)
    never = lane(played, "neighbour", "ssba")
    assert (never["minutes"], never["answered_at"], never["in_time"]) == (None, None, False)


def test_the_steps_of_the_ladder_that_were_needed(played):
    # Armed: at once, and a reminder after 30 minutes. Ponds: at once, after 60, the deputy after 120, the head at 240.
    assert lane(played, "armed", "moi")["steps"] == 2
    assert lane(played, "neighbour", "moi")["steps"] == 1
    assert lane(played, "neighbour", "mfaic")["steps"] == 3
    never = lane(played, "neighbour", "ssba")
    assert [rung["level"] for rung in never["levels"]] == ["desk", "desk", "deputy", "principal"]
    assert all(rung["receipts"] for rung in never["levels"])


def test_the_totals(played):
    assert played.report["totals"] == {
        "incidents": 2, "asked": 4, "answered": 3, "in_time": 2, "without_reminder": 1, "never": 1,
        "median_minutes": 40,
    }  # fmt: skip


def test_a_notice_counts_as_opened_only_when_it_was(province, district, moi, world, report):
    drill = running(province, world)
    incident = play(drill, district, world, report, **ARMED)
    notice = Delivery.objects.get(topic="duty_opened", key=incident.ref, user=moi)
    before = reports.reckon(drill, clock.now())["incidents"][0]["duties"][0]
    assert before["opened_at"] is None
    from borderwatch.actions import open_notice

    open_notice(actor=moi, delivery=notice)
    after = reports.reckon(drill, clock.now())["incidents"][0]["duties"][0]
    assert after["opened_at"] is not None
    receipts = {one["to"]: one["opened_at"] for one in after["levels"][0]["receipts"] if one["person"]}
    assert sum(at is not None for at in receipts.values()) == 1


def test_the_report_is_frozen_at_the_end(played):
    before = json.dumps(played.report, sort_keys=True)
    Duty.objects.filter(escalation__incident__drill=played).update(due_at=clock.now())
    played.refresh_from_db()
    assert json.dumps(reports.of(played, clock.now()), sort_keys=True) == before


def test_a_planned_drill_has_no_report_and_a_running_one_an_interim_one(province, district, world, report):
    assert reports.of(announced(province, world), clock.now()) is None
    drill = running(province, world)
    play(drill, district, world, report, **ARMED)
    assert reports.of(drill, clock.now())["totals"]["asked"] == 1


def test_it_is_compared_with_the_last_drill_led_from_the_same_place(played, province, moi, world):
    with clock.replaying(clock.now() + timedelta(hours=6)):
        later = running(province, world)
        elsewhere = running(moi, world, led_by=world["moi"], units=[world["province-16"]])
    assert reports.last_before(later) == played
    rows = {str(words): (now, then) for words, now, then in table.totals({"totals": {"asked": 1}}, played)}
    assert (1, 4) in rows.values()
    assert reports.last_before(played) is None
    assert reports.last_before(elsewhere) is None


# --- the pages --------------------------------------------------------------------------------------------------


def test_the_report_is_for_those_whom_the_drill_concerns(played, province, province2, mfaic, district, signed_in):
    for user in (province, mfaic, district):
        page = signed_in(user).get(f"/drills/{played.pk}/report/")
        assert page.status_code == 200
        assert "ការហាត់សម" in page.content.decode()
    assert signed_in(province2).get(f"/drills/{played.pk}/report/").status_code == 403
    assert signed_in(province2).get(f"/drills/{played.pk}/report.csv").status_code == 403
    assert signed_in(province2).get(f"/drills/{played.pk}/").status_code == 200


def test_there_is_no_report_before_the_drill_has_begun(province, world, signed_in):
    assert signed_in(province).get(f"/drills/{announced(province, world).pk}/report/").status_code == 404


def test_the_table_holds_one_row_for_each_incident_and_institution(played, moi, signed_in):
    answer = signed_in(moi).get(f"/drills/{played.pk}/report.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert {row["exercise"] for row in rows} == {"EXERCISE"}
    late = next(row for row in rows if row["institution"] == "mfaic")
    assert (late["minutes"], late["in_time"], late["steps"]) == ("130", "no", "3")
    assert all("-EX-" in row["incident"] for row in rows)


def test_a_name_that_looks_like_a_formula_is_made_harmless():
    assert table._harmless("=1+1") == "'=1+1"
    assert table._harmless("Sok Dara") == "Sok Dara"


@pytest.mark.parametrize("path", ["", "report/"])
def test_the_pages_ask_few_questions(path, played, province, signed_in, django_assert_max_num_queries):
    client = signed_in(province)
    client.get(f"/drills/{played.pk}/{path}")
    with django_assert_max_num_queries(32):
        assert client.get(f"/drills/{played.pk}/{path}").status_code == 200
