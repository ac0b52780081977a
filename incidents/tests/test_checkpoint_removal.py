"""How an unauthorised checkpoint goes: ordered, reported with proof, confirmed by another; overdue is told once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock, sealed, topics
from borderwatch.models import Delivery
from crossings.models import Crossing
from incidents import actions, checkpoints
from incidents.choices import CheckpointState
from incidents.models import Incident
from incidents.tasks import watch_removals
from incidents.tests.checkpoints import GATE, draw, reported, square
from incidents.workflow import Refused


@pytest.fixture
def row(world, file):
    """One in the middle of O Yadav's ground, as filed."""
    draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))
    return reported(file, occurred_at=clock.now() - timedelta(days=5))


def proof(name="proof.pdf", content=b"%PDF-1.4 cleared"):
    return SimpleUploadedFile(name, content, "application/pdf")


def order(actor, row, days=3, **words):
    day = checkpoints.today() + timedelta(days=days)
    return actions.order_removal(actor=actor, checkpoint=row, remove_by=day, **words)


def report_gone(actor, row, days=0, **words):
    given = {"removed_on": checkpoints.today() - timedelta(days=days), "text": "ដករួច", "proof": proof(), **words}
    return actions.report_removal(actor=actor, checkpoint=row, **given)


# --- the order ------------------------------------------------------------------------------------------------


def test_the_province_orders_the_removal_and_the_remover_and_his_superior_are_told(
    row, province, district, world, told, audited
):
    row = actions.describe_checkpoint(
        actor=district, checkpoint=row, operator="border_police", operator_unit=world["post-1607-2"]
    )
    ordered = order(province, row, reason="Ask nothing of anybody")
    assert (ordered.state, ordered.remover) == (CheckpointState.REMOVAL_ORDERED, world["command-16"])
    # Nobody of the test's world commands there; the superior is the province.
    assert told("removal_ordered") == {"province", "province-16/email"}
    entry = audited("order_removal", row.incident.ref)
    assert (entry.after["remover"], entry.reason) == ("command-16", "Ask nothing of anybody")


def test_who_must_remove_it_comes_to_see_the_report(row, province, district, province2, world):
    row.incident.refresh_from_db()
    Incident.objects.filter(pk=row.incident.pk).update(near_crossing=Crossing.objects.get(slug="th-poipet"))
    draw(Crossing.objects.get(slug="vn-o-yadav"), None)
    row = actions.recognise_again(actor=province, checkpoint=row, reason="The reporter means Poipet")
    assert not Incident.objects.visible_to(province2).filter(pk=row.incident.pk).exists()
    row = order(province, row)
    assert row.remover == world["province-01"]
    assert Incident.objects.visible_to(province2).filter(pk=row.incident.pk).exists()
    assert report_gone(province2, row).state == CheckpointState.REPORTED_REMOVED


@pytest.mark.parametrize("who", ["district", "head", "moi", "keeper", "auditor", "province2", "outsider"])
def test_nobody_else_orders_it(row, request, who, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        order(request.getfixturevalue(who), row)


@pytest.mark.parametrize("days", [-1, 367])
def test_the_day_is_from_today_on_and_within_a_year(row, province, days, untouched):
    with untouched(), pytest.raises(ValidationError) as refusal:
        order(province, row, days=days)
    assert "remove_by" in refusal.value.error_dict


# --- the report -----------------------------------------------------------------------------------------------


def test_the_removal_is_reported_with_a_proof_and_the_province_is_told(row, province, district, told, audited):
    gone = report_gone(district, order(province, row))
    assert gone.state == CheckpointState.REPORTED_REMOVED
    assert sealed.path_of(gone.proof_sha256).read_bytes() == b"%PDF-1.4 cleared"
    assert (gone.removal_by, gone.proof_type) == (district, "application/pdf")
    assert told("removal_reported") == {"province", "province-16/email"}
    assert audited("report_removal", row.incident.ref).after["proof"] == gone.proof_sha256


def test_it_may_go_before_anybody_has_ordered_it(row, head):
    assert report_gone(head, row).state == CheckpointState.REPORTED_REMOVED


@pytest.mark.parametrize("who", ["moi", "keeper", "auditor", "province2", "outsider"])
def test_who_files_nothing_there_does_not_report_it_gone(row, request, who, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        report_gone(request.getfixturevalue(who), row)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("proof", {"proof": None}),
        ("proof", {"proof": proof("proof.exe", b"MZ whatever")}),
        ("proof", {"proof": proof("proof.pdf", b"")}),
        ("text", {"text": "   "}),
        ("removed_on", {"days": -1}),
        # The report saw it standing five days ago.
        ("removed_on", {"days": 6}),
    ],
)
def test_a_report_without_proof_or_with_an_impossible_day_is_refused(row, district, untouched, field, words):
    with untouched(), pytest.raises(ValidationError) as refusal:
        report_gone(district, row, **words)
    assert field in refusal.value.error_dict
    row.refresh_from_db()
    assert row.state == CheckpointState.STANDING


# --- the second person ----------------------------------------------------------------------------------------


def test_a_second_person_confirms_it(row, province, district, audited):
    done = actions.confirm_removal(actor=province, checkpoint=report_gone(district, row))
    assert (done.state, done.confirmed_by) == (CheckpointState.REMOVED, province)
    assert audited("confirm_removal", row.incident.ref).actor == province
    with pytest.raises(Refused):
        report_gone(district, done)


def test_who_reported_it_does_not_confirm_it_but_the_ministry_does(row, province, moi, untouched):
    gone = report_gone(province, row)
    with untouched(), pytest.raises(PermissionDenied):
        actions.confirm_removal(actor=province, checkpoint=gone)
    assert actions.confirm_removal(actor=moi, checkpoint=gone).confirmed_by == moi


def test_nobody_decides_about_the_checkpoint_of_his_own_unit(row, province, district, moi, world, untouched):
    described = actions.describe_checkpoint(
        actor=district, checkpoint=row, operator="local_authority", operator_unit=world["province-16"]
    )
    gone = report_gone(district, described)
    for verb, words in (
        (actions.confirm_removal, {}),
        (actions.deny_removal, {"reason": "So"}),
        (actions.not_a_checkpoint, {"reason": "Ours"}),
    ):
        with untouched(), pytest.raises(PermissionDenied):
            verb(actor=province, checkpoint=gone, **words)
    assert actions.confirm_removal(actor=moi, checkpoint=gone).state == CheckpointState.REMOVED


@pytest.mark.parametrize("who", ["district", "head", "mfaic", "keeper", "auditor", "province2"])
def test_nobody_else_confirms_it(row, clerk_reports, request, who, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.confirm_removal(actor=request.getfixturevalue(who), checkpoint=clerk_reports)


@pytest.fixture
def clerk_reports(row, head):
    return report_gone(head, row)


def test_a_denial_leaves_the_order_and_the_report_on_record(row, province, district, told, world, untouched):
    gone = report_gone(district, order(province, row))
    with untouched(), pytest.raises(ValidationError):
        actions.deny_removal(actor=province, checkpoint=gone, reason=" ")
    denied = actions.deny_removal(actor=province, checkpoint=gone, reason="It was there this morning")
    assert denied.state == CheckpointState.REMOVAL_ORDERED
    assert denied.proof_sha256 == gone.proof_sha256
    assert told("removal_denied") == {"district", "province", "province-16/email"}
    again = report_gone(district, denied, proof=proof(content=b"%PDF-1.4 truly"))
    assert again.state == CheckpointState.REPORTED_REMOVED
    assert again.proof_sha256 != gone.proof_sha256


def test_what_was_never_ordered_stands_after_a_denial(row, province, district):
    denied = actions.deny_removal(actor=province, checkpoint=report_gone(district, row), reason="Still there")
    assert denied.state == CheckpointState.STANDING


def test_every_verb_refuses_what_the_state_does_not_allow(row, province, moi, untouched):
    for verb, words in ((actions.confirm_removal, {}), (actions.deny_removal, {"reason": "So"})):
        with untouched(), pytest.raises(Refused):
            verb(actor=moi, checkpoint=row, **words)
    none = actions.not_a_checkpoint(actor=province, checkpoint=row, reason="A post of ours")
    for verb, words in (
        (actions.not_a_checkpoint, {"reason": "So"}),
        (actions.describe_checkpoint, {"operator": "private"}),
    ):
        with untouched(), pytest.raises(Refused):
            verb(actor=province, checkpoint=none, **words)


# --- overdue --------------------------------------------------------------------------------------------------


def test_an_overdue_removal_is_told_once_to_remover_province_and_ministry(row, province, told):
    with clock.replaying(clock.now() - timedelta(days=3)):
        order(province, row, days=1)
    assert watch_removals() == 1
    assert told("removal_overdue") >= {"province", "moi"}
    count = Delivery.objects.filter(topic="removal_overdue").count()
    assert watch_removals() == 0
    assert Delivery.objects.filter(topic="removal_overdue").count() == count
    row.refresh_from_db()
    assert checkpoints.is_overdue(row)


def test_on_its_last_day_and_once_reported_nothing_is_overdue(row, province, district):
    ordered = order(province, row, days=0)
    assert watch_removals() == 0
    with clock.replaying(clock.now() - timedelta(days=3)):
        ordered = order(province, ordered, days=0)
    report_gone(district, ordered)
    assert watch_removals() == 0


def test_a_new_day_that_passes_is_told_of_anew(row, province):
    for days in (4, 2):
        with clock.replaying(clock.now() - timedelta(days=days)):
            row = order(province, row, days=0)
        assert watch_removals() == 1


def test_of_a_report_in_confidence_the_accused_are_told_nothing(world, file, head, province, told):
    draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))
    secret = reported(file, actor=head, unit=world["post-1607-1"], about=world["post-1607-1"])
    with clock.replaying(clock.now() - timedelta(days=3)):
        order(province, secret, days=0)
    watch_removals()
    for topic in ("removal_ordered", "removal_overdue"):
        assert told(topic) <= {"province", "moi", "moi2"}, topic


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_notice_says_what_is_to_be_done(row, province, district, language):
    from django.utils import translation

    with clock.replaying(clock.now() - timedelta(days=3)):
        order(province, row, days=0)
    watch_removals()
    row.refresh_from_db()
    actions.deny_removal(actor=province, checkpoint=report_gone(district, row), reason="Still there")
    for topic in ("removal_ordered", "removal_overdue", "removal_reported", "removal_denied"):
        notice = Delivery.objects.filter(topic=topic).first()
        with translation.override(language):
            text = topics.render(notice)
        assert row.incident.ref in text.subject
        assert row.incident.get_absolute_url() in text.body
        assert "Still there" not in text.body
