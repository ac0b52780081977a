"""A reviewer rules anew: a new row with a reason, never an edit, and only within his own reach."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from incidents.actions import reattribute
from incidents.choices import Confidence, Rule
from incidents.models import Attribution, Incident
from units import actions as register


def test_a_ruling_is_a_new_row_and_the_old_one_stays(file, province, world, audited, told):
    incident = file()
    first = Attribution.objects.get(incident=incident)
    frozen = {f.attname: getattr(first, f.attname) for f in Attribution._meta.fields if f.name != "current"}
    second = world["post-1607-2"]
    row = reattribute(actor=province, incident=incident, unit=second, reason=" The path is theirs. ")
    assert (row.number, row.rule, row.confidence, row.current) == (2, Rule.RULING, Confidence.HIGH, True)
    assert (row.unit, row.decided_by, row.reason) == (second, province, "The path is theirs.")
    first.refresh_from_db()
    assert not first.current
    assert {f: getattr(first, f) for f in frozen} == frozen
    listed = Incident.objects.get(pk=incident.pk)
    assert (listed.responsible_unit, listed.contested, listed.head_name) == (second, False, row.head_name_en)
    assert set(incident.audience) < set(listed.audience)
    assert {second.pk, first.unit_id} <= set(listed.audience)
    entry = audited("reattribute", incident.ref)
    assert (entry.before["unit"], entry.after["unit"]) == ("post-1607-1", "post-1607-2")
    assert (entry.actor, entry.reason) == (province, "The path is theirs.")
    assert told("reattributed") == {"head", "district"}


def test_the_head_is_the_one_of_the_incidents_own_moment(file, province, world):
    incident = file()
    post = world["post-1607-2"]
    then = post.tenures.at(incident.occurred_at).get()
    register.end_tenure(actor=None, tenure=then, at=incident.occurred_at + timedelta(minutes=1), reason="moved")
    register.appoint_head(actor=None, unit=post, name_en="Successor", since=incident.occurred_at + timedelta(minutes=1))
    row = reattribute(actor=province, incident=incident, unit=post, reason="x")
    assert row.head_name_en == then.head_name_en


@pytest.mark.parametrize(
    "who", ["district", "head", "province2", "mfaic", "ssba", "auditor", "admin", "keeper", "disabled", "outsider"]
)
def test_nobody_else_rules(who, file, world, request, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        reattribute(actor=request.getfixturevalue(who), incident=incident, unit=world["post-1607-2"], reason="x")
    assert Attribution.objects.count() == 1


def test_nobody_shifts_blame_out_of_his_own_reach(file, province, moi, world, untouched):
    incident = file()
    elsewhere = world["post-0107-1"]
    with untouched(), pytest.raises(PermissionDenied):
        reattribute(actor=province, incident=incident, unit=elsewhere, reason="not ours")
    assert reattribute(actor=moi, incident=incident, unit=elsewhere, reason="theirs").unit == elsewhere
    # Having lost it, the province cannot take it back by itself.
    with untouched(), pytest.raises(PermissionDenied):
        reattribute(actor=province, incident=incident, unit=world["post-1607-1"], reason="ours after all")


def test_a_ruling_needs_a_reason(file, province, world, untouched):
    incident = file()
    with untouched(), pytest.raises(ValidationError) as refused:
        reattribute(actor=province, incident=incident, unit=world["post-1607-2"], reason="  ")
    assert "reason" in refused.value.message_dict


def test_no_institution_can_be_charged(file, moi, world, untouched):
    incident = file()
    with untouched(), pytest.raises(ValidationError) as refused:
        reattribute(actor=moi, incident=incident, unit=world["moi"], reason="They know best.")
    assert "unit" in refused.value.message_dict


def test_ruling_for_the_one_who_answers_settles_a_contested_case_and_nothing_else(file, province, world, untouched):
    plain = file()
    with untouched(), pytest.raises(ValidationError) as refused:
        reattribute(actor=province, incident=plain, unit=world["post-1607-1"], reason="x")
    assert "unit" in refused.value.message_dict
    contested = file(accuracy_m=20_000)
    assert contested.contested
    row = reattribute(actor=province, incident=contested, unit=contested.responsible_unit, reason="seen there")
    assert row.rule == Rule.RULING
    assert not Incident.objects.get(pk=contested.pk).contested


def test_rulings_follow_each_other(file, province, world):
    incident = file()
    for number, code in enumerate(("post-1607-2", "post-1601-1", "post-1607-1"), start=2):
        assert reattribute(actor=province, incident=incident, unit=world[code], reason="x").number == number
    assert [row.current for row in Attribution.objects.filter(incident=incident)] == [False, False, False, True]


def test_those_who_saw_the_incident_still_see_it_after_the_ruling(file, province, head, world):
    incident = file()
    reattribute(actor=province, incident=incident, unit=world["post-1607-2"], reason="x")
    assert Incident.objects.visible_to(head).filter(pk=incident.pk).exists()


def test_the_database_refuses_a_ruling_without_a_reason(file):
    row = Attribution.objects.get(incident=file())
    row.rule = Rule.RULING
    with pytest.raises(IntegrityError, match="a_ruling_has_a_reason"), transaction.atomic():
        row.save()
