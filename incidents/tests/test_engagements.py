"""The engagement log: who may enter what, what cannot be true, who is told, reminders, striking (duty D8)."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock, outbox, photos, sealed, topics
from borderwatch.models import Delivery
from incidents import actions
from incidents.choices_answers import EngagementKind
from incidents.demo import pictures
from incidents.engagements import rules
from incidents.models import Counterpart, Duty, Engagement, EngagementFile, Incident
from incidents.reference import load
from incidents.tests.engaging import contact, logged
from incidents.workflow import Refused
from units.actions import Clash

REMINDED = "engagement_next"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def pdf(name: str = "minutes.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4 minutes", "application/pdf")


def picture(name: str = "ponds.png") -> SimpleUploadedFile:
    drawn = pictures.draw("ponds")
    return SimpleUploadedFile(name, photos.original_path(drawn.sha256).read_bytes(), "image/png")


# --- who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "unit"), [("district", "district-1607"), ("province", "province-16"), ("head", "post-1607-1")]
)
def test_the_district_the_province_and_the_unit_that_answers_may_log(ponds, request, audited, who, unit):
    person = request.getfixturevalue(who)
    row = logged(person, ponds)
    assert (row.number, row.unit.code, row.by_id) == (1, unit, person.pk)
    entry = audited("log_engagement", f"{ponds.ref}-E1")
    assert entry.after["counterpart"] == "vn-le-thanh-border-gate-post"
    assert entry.after["result"] == "referred_up"


@pytest.mark.parametrize("who", ["mfaic", "moi", "auditor", "keeper", "province2", "outsider", "former_head"])
def test_who_only_sees_it_and_who_does_not_may_not_log(ponds, request, untouched, who):
    with untouched(), pytest.raises(PermissionDenied):
        logged(request.getfixturevalue(who), ponds)


def test_a_unit_that_is_not_of_the_incident_cannot_be_chosen(ponds, province, world):
    with pytest.raises(ValidationError) as refused:
        logged(province, ponds, unit=world["post-1609-1"])
    assert set(refused.value.error_dict) == {"unit"}


def test_one_who_files_for_several_units_says_for_which(ponds, province, world):
    offered = [unit.code for unit in rules.units_for(province, ponds)]
    assert offered[0] == "province-16"
    assert {"district-1607", "post-1607-1"} <= set(offered)
    assert logged(province, ponds, unit=world["district-1607"]).unit.code == "district-1607"


def test_a_report_in_confidence_is_engaged_by_who_sees_it_alone(world, report, province, head, told):
    from incidents.demo import people
    from units.choices import Role

    clerk = people.account(people.Account("clerk2", "", "Clerk", "post-1607-1", Role.FILER))
    about = world["post-1607-1"]
    incident = actions.file_incident(
        actor=clerk, unit=about, client_key=uuid.uuid4(), report=report(about=about)
    ).incident
    with pytest.raises(PermissionDenied):
        logged(head, incident)
    row = logged(clerk, incident)
    assert row.unit.code == "post-1607-1"
    assert "head" not in told("engagement_logged")
    assert "province" in told("engagement_logged")
    assert not Engagement.objects.visible_to(head).exists()


def test_a_closed_incident_takes_no_further_entry(file, province):
    incident = file()
    actions.close_incident(actor=province, incident=incident, close_reason="over", reason="Gone")
    with pytest.raises(Refused):
        logged(province, incident)


# --- what cannot be true --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": "smoke_signals"}, {"kind"}),
        ({"result": "won"}, {"result"}),
        ({"demanded": "  "}, {"demanded"}),
        ({"answer": ""}, {"answer"}),
        ({"our_people": " "}, {"our_people"}),
        ({"counterpart": None}, {"authority", "country"}),
        ({"counterpart": None, "authority": "A post", "country": "XX"}, {"country"}),
        ({"country": "TH"}, {"country"}),
        ({"kind": "no_contact"}, {"answer", "result"}),
        ({"kind": "no_contact", "answer": "", "result": "referred_up"}, {"result"}),
        ({"demanded": "x" * 10_001, "minutes": "x" * 10_001}, {"demanded", "minutes"}),
    ],
)
def test_what_is_incomplete_or_impossible_is_refused_at_its_field(ponds, district, untouched, changes, fields):
    with untouched(), pytest.raises(ValidationError) as refused:
        logged(district, ponds, **changes)
    assert set(refused.value.error_dict) == fields
    assert not Engagement.objects.exists()


def test_no_contact_needs_no_answer(ponds, district):
    row = logged(district, ponds, kind="no_contact", answer="", result="goes_on")
    assert row.answer == ""


def test_it_lies_neither_in_the_future_nor_before_what_it_is_about(ponds, district):
    now = clock.now()
    for moment in (now + timedelta(minutes=11), ponds.occurred_at - timedelta(days=1, minutes=1)):
        with pytest.raises(ValidationError) as refused:
            logged(district, ponds, happened_at=moment)
        assert set(refused.value.error_dict) == {"happened_at"}
    # The clock of a device runs a little ahead; works are spoken of on the eve.
    assert logged(district, ponds, happened_at=now + timedelta(minutes=9))
    assert logged(district, ponds, happened_at=ponds.occurred_at - timedelta(hours=23))


def test_of_a_day_a_month_or_a_year_the_first_moment_counts(file, district):
    when = datetime(2026, 3, 20, 5, tzinfo=UTC)
    for precision, first in (
        ("day", datetime(2026, 3, 18, 17, tzinfo=UTC)),
        ("month", datetime(2026, 2, 27, 17, tzinfo=UTC)),
        ("year", datetime(2025, 12, 30, 17, tzinfo=UTC)),
    ):
        incident = file(occurred_at=when, time_precision=precision)
        assert logged(district, incident, happened_at=first)
        with pytest.raises(ValidationError):
            logged(district, incident, happened_at=first - timedelta(minutes=1))


def test_the_next_contact_lies_ahead_and_not_years_away(ponds, district):
    for moment in (clock.now() - timedelta(minutes=1), clock.now() + timedelta(days=400)):
        with pytest.raises(ValidationError) as refused:
            logged(district, ponds, next_contact_at=moment)
        assert set(refused.value.error_dict) == {"next_contact_at"}


def test_an_authority_in_own_words_keeps_them_and_a_chosen_one_keeps_its_name(ponds, district):
    free = logged(district, ponds, counterpart=None, authority=" Border guard station 12 ", country="VN")
    assert (free.whom, free.country) == ("Border guard station 12", "VN")
    chosen = logged(district, ponds)
    assert chosen.whom == chosen.counterpart.name
    assert "Le Thanh" in chosen.authority
    both = logged(district, ponds, authority="The guard house at the river")
    assert both.whom == "The guard house at the river"


# --- numbers and keys -----------------------------------------------------------------------------------------


def test_entries_are_numbered_in_the_incident(ponds, file, district, head):
    assert [logged(who, ponds).number for who in (district, head, district)] == [1, 2, 3]
    assert logged(district, file()).number == 1


def test_the_same_key_gives_the_entry_that_is_there(ponds, district, untouched):
    key, said = uuid.uuid4(), contact()
    first = actions.log_engagement(actor=district, incident=ponds, contact=said, client_key=key, files=[pdf()])
    with untouched():
        again = actions.log_engagement(actor=district, incident=ponds, contact=said, client_key=key, files=[pdf()])
    assert first.first
    assert not again.first
    assert again.engagement == first.engagement
    assert EngagementFile.objects.count() == 1


def test_a_key_of_something_else_is_no_silent_loss(ponds, file, district, head):
    key, said = uuid.uuid4(), contact()
    actions.log_engagement(actor=district, incident=ponds, contact=said, client_key=key)
    for actor, incident, words in (
        (district, ponds, contact(happened_at=said.happened_at, demanded="Something else")),
        (head, ponds, said),
        (district, file(), said),
    ):
        with pytest.raises(Clash):
            actions.log_engagement(actor=actor, incident=incident, contact=words, client_key=key)
    assert Engagement.objects.count() == 1


# --- files ----------------------------------------------------------------------------------------------------


def test_minutes_and_photos_are_sealed_and_photos_can_be_looked_at(ponds, district, audited):
    row = logged(district, ponds, files=[pdf(), picture(), picture("twice.png")])
    paper, photo = row.files.order_by("content_type")
    assert (paper.content_type, photo.content_type) == ("application/pdf", "image/png")
    assert sealed.path_of(paper.sha256).read_bytes() == b"%PDF-1.4 minutes"
    assert sealed.path_of(photo.sha256).exists()
    assert photos.display_path(photo.sha256).exists()
    named = {one["sha256"] for one in audited("log_engagement").after["files"]}
    assert named == {paper.sha256, photo.sha256}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ\x90"), ("empty.pdf", b""), ("broken.jpg", b"\xff\xd8\xff\xe0 not a photo")],
)
def test_what_is_no_paper_and_no_photo_is_refused_by_name(ponds, district, untouched, name, content):
    with untouched(), pytest.raises(ValidationError) as refused:
        logged(district, ponds, files=[pdf(), SimpleUploadedFile(name, content)])
    assert name in " ".join(refused.value.message_dict["files"])


def test_no_more_files_than_a_step_takes(ponds, district, settings):
    settings.DOCUMENTS_MAX = 1
    with pytest.raises(ValidationError) as refused:
        logged(district, ponds, files=[pdf("a.pdf"), pdf("b.pdf")])
    assert "files" in refused.value.error_dict


# --- telling --------------------------------------------------------------------------------------------------


def test_the_province_the_unit_and_the_institutions_are_told_but_not_who_entered_it(ponds, district, told):
    logged(district, ponds)
    names = told("engagement_logged")
    assert {"province", "head", "moi", "mfaic", "ssba"} <= names
    assert "district" not in names
    assert "province2" not in names


def test_an_institution_that_has_answered_is_still_told(ponds, district, mfaic, told):
    actions.acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept")
    logged(district, ponds)
    assert "mfaic" in told("engagement_logged")


def test_without_an_escalation_no_institution_is_told(file, district, told):
    logged(district, file())
    assert not {"mfaic", "ssba"} & told("engagement_logged")


def test_the_notice_tells_neither_demand_nor_answer(ponds, district):
    logged(district, ponds, next_contact_at=clock.now() + timedelta(days=1))
    for row in Delivery.objects.filter(topic__startswith="engagement_"):
        text = topics.render(row)
        assert ponds.ref in text.subject
        assert "Stop the digging" not in text.body + row.payload
        assert "/engagements/" in text.body
        assert "None" not in text.subject + text.body


# --- the next contact -----------------------------------------------------------------------------------------


def test_the_unit_and_who_entered_it_are_reminded_at_the_time(ponds, district, told):
    at = clock.now() + timedelta(days=2)
    row = logged(district, ponds, next_contact_at=at)
    planned = Delivery.objects.filter(bundle=row.bundle)
    assert {one.planned_at for one in planned} == {at}
    assert {one.state for one in planned} == {"pending"}
    assert "district" in told(REMINDED)


@pytest.mark.parametrize("how", ["later", "closed", "struck"])
def test_a_further_contact_a_closing_and_striking_cancel_the_reminder(file, district, province, how):
    incident = file()
    row = logged(district, incident, next_contact_at=clock.now() + timedelta(days=2))
    if how == "later":
        logged(district, incident)
    elif how == "closed":
        actions.close_incident(actor=province, incident=incident, close_reason="over", reason="Gone")
    else:
        actions.strike_engagement(actor=district, engagement=row, reason="Wrong incident")
    assert set(Delivery.objects.filter(bundle=row.bundle).values_list("state", flat=True)) == {"cancelled"}


def test_a_reminder_that_lost_its_point_is_not_sent(ponds, district, world):
    row = logged(district, ponds, next_contact_at=clock.now() + timedelta(minutes=1))
    notice = Delivery.objects.filter(bundle=row.bundle).first()
    assert topics.obsolete(notice) == ""
    Engagement.objects.filter(pk=row.pk).update(struck_at=clock.now(), struck_by=district, struck_reason="Wrong")
    assert topics.obsolete(notice)


def test_what_is_due_or_was_missed_waits_for_the_unit(ponds, file, district, province, mfaic, province2):
    soon = logged(district, ponds, next_contact_at=clock.now() + timedelta(hours=5))
    logged(district, file(), next_contact_at=clock.now() + timedelta(days=3))
    assert list(rules.due_for(district)) == [soon]
    assert list(rules.due_for(province)) == [soon]
    assert not rules.due_for(mfaic).exists()
    assert not rules.due_for(province2).exists()
    with clock.replaying(clock.now() + timedelta(days=2, hours=2)):
        assert rules.due_for(district).count() == 2
    logged(district, ponds)
    assert not rules.due_for(district).exists()


# --- striking -------------------------------------------------------------------------------------------------


def test_who_entered_it_may_strike_it_within_a_day(ponds, district, audited, told):
    row = logged(district, ponds)
    with clock.replaying(row.at + timedelta(hours=24)):
        actions.strike_engagement(actor=district, engagement=row, reason="It was another incident")
    row.refresh_from_db()
    assert (row.struck_by, row.struck_reason) == (district, "It was another incident")
    assert audited("strike_engagement", f"{ponds.ref}-E1").reason == "It was another incident"
    assert {"province", "mfaic"} <= told("engagement_struck")


def test_later_the_province_alone_may(ponds, district, province, head, untouched):
    row = logged(district, ponds)
    with clock.replaying(row.at + timedelta(hours=24, seconds=1)):
        for who in (district, head):
            with untouched(), pytest.raises(PermissionDenied):
                actions.strike_engagement(actor=who, engagement=row, reason="x")
        actions.strike_engagement(actor=province, engagement=row, reason="Entered twice")
    row.refresh_from_db()
    assert row.struck_at is not None


@pytest.mark.parametrize("who", ["head", "mfaic", "auditor", "province2", "outsider"])
def test_nobody_else_may_strike(ponds, district, request, untouched, who):
    row = logged(district, ponds)
    with untouched(), pytest.raises(PermissionDenied):
        actions.strike_engagement(actor=request.getfixturevalue(who), engagement=row, reason="x")


def test_striking_needs_a_reason_and_happens_once(ponds, district, untouched):
    row = logged(district, ponds)
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.strike_engagement(actor=district, engagement=row, reason="  ")
    assert "reason" in refused.value.error_dict
    actions.strike_engagement(actor=district, engagement=row, reason="Wrong")
    with untouched(), pytest.raises(Refused):
        actions.strike_engagement(actor=district, engagement=row, reason="Wrong again")


# --- what a protest asks --------------------------------------------------------------------------------------


def test_only_a_contact_that_was_had_and_stands_counts_as_engagement(ponds, district):
    assert not rules.engaged(ponds)
    logged(district, ponds, kind=EngagementKind.NO_CONTACT, answer="", result="unknown")
    assert not rules.engaged(ponds)
    assert rules.sought(ponds) == 1
    row = logged(district, ponds)
    assert rules.engaged(ponds)
    actions.strike_engagement(actor=district, engagement=row, reason="Wrong")
    assert not rules.engaged(ponds)


# --- the list of counterparts ---------------------------------------------------------------------------------


def test_the_list_has_every_kind_for_each_neighbour_and_keeps_what_was_edited(world):
    kinds = {(row.country, row.kind) for row in Counterpart.objects.all()}
    assert len(kinds) == 15
    assert all(row.name_km and row.address_km and row.address_en for row in Counterpart.objects.all())
    Counterpart.objects.filter(slug="vn-embassy").update(name_en="Renamed")
    load()
    assert Counterpart.objects.get(slug="vn-embassy").name_en == "Renamed"


def test_the_chain_shows_each_contact(ponds, district):
    from incidents import timeline

    row = logged(district, ponds)
    logged(district, ponds, kind="no_contact", answer="", result="goes_on")
    actions.strike_engagement(actor=district, engagement=row, reason="Wrong")
    found = [step for step in timeline.chain(Incident.objects.get(pk=ponds.pk)) if step.kind == "engaged"]
    assert {step.state for step in found} == {"past", "cancelled"}


def test_publishing_is_part_of_the_verb(ponds, district, monkeypatch):
    def broken(*_notices: Any) -> None:
        raise RuntimeError("no notices today")

    monkeypatch.setattr(outbox, "publish", broken)
    with pytest.raises(RuntimeError):
        logged(district, ponds)
    assert not Engagement.objects.exists()
