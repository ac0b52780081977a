"""Protests that leave: dispatch, reply, renewal, who sees and hears of them, and what their letter says."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from borderwatch import clock, sealed, topics
from borderwatch.models import Delivery
from incidents import actions, tasks, timeline
from incidents.choices_answers import LetterDirection, LetterState
from incidents.models import LegalBasis, Letter, Protest
from incidents.protests import correspondence, letter_facts, rules
from incidents.tests.protests import (
    PDF,
    TEXTS,
    brought_to,
    day,
    draft,
    embassy,
    fresh,
    note,
    paper,
    person,
    reply,
    send,
)

# --- sending and the reply --------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their words."""
    with translation.override("en"):
        yield


def test_it_is_sent_by_its_signed_letter_whose_number_it_takes(ponds, audited, told):
    protest = brought_to("signed", ponds)
    with pytest.raises(ValidationError, match="no signed letter"):
        send(protest)
    letter = note(protest)
    send(protest, channel="own_embassy")
    protest = fresh(protest)
    letter.refresh_from_db()
    assert protest.note_number == letter.number_text
    assert (protest.channel, protest.sent_on, protest.reply_due_on) == ("own_embassy", day(), day(30))
    assert letter.state == LetterState.SENT
    assert audited("send_protest", protest.ref).after["letter"] == letter.pk
    people = told("protest_sent")
    assert {"province", "moi", "ssba", "mfaic-deputy"} <= people
    assert "province2" not in people


def test_a_letter_signed_before_the_dossier_is_not_its_note(ponds):
    protest = brought_to("sign_off", ponds)
    note(protest)
    actions.sign_protest(actor=person("mfaic-principal"), protest=fresh(protest))
    with pytest.raises(ValidationError, match="no signed letter"):
        send(fresh(protest))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"sent_on": 1}, "sent_on"),
        ({"sent_on": -1}, "sent_on"),
        ({"reply_due_on": 0}, "reply_due_on"),
    ],
)
def test_a_dispatch_that_cannot_be_true_is_refused(changes, field, ponds, untouched):
    protest = brought_to("signed", ponds)
    note(protest)
    values = {name: day(value) if isinstance(value, int) else value for name, value in changes.items()}
    with untouched(), pytest.raises(ValidationError) as refused:
        send(protest, **values)
    assert set(refused.value.error_dict) == {field}


def test_the_office_is_reminded_before_and_when_the_reply_is_due_until_it_comes(ponds):
    protest = brought_to("sent", ponds)
    planned = Delivery.objects.filter(bundle=protest.bundle, topic="protest_reminder", user=person("mfaic"))
    due = [rules.moment_on(day(23)), rules.moment_on(day(30))]
    assert list(planned.order_by("planned_at").values_list("planned_at", flat=True)) == due
    reply(protest)
    assert set(planned.values_list("state", flat=True)) == {Delivery.State.CANCELLED}


def test_a_reminder_of_what_was_answered_does_not_leave(ponds):
    protest = brought_to("closed", ponds)
    delivery = Delivery(key=protest.ref, topic="protest_reminder", user=person("mfaic"))
    assert topics.obsolete(delivery)
    delivery.topic = "protest_step"
    assert topics.obsolete(delivery) == ""
    delivery.user = person("province2")
    assert topics.obsolete(delivery)


def test_an_overdue_reply_is_told_once(ponds, told):
    protest = brought_to("sent", ponds)
    assert tasks.watch_protest_replies() == 0
    with clock.replaying(clock.now() + timedelta(days=31)):
        assert rules.overdue(protest)
        assert tasks.watch_protest_replies() == 1
        assert tasks.watch_protest_replies() == 0
    assert {"mfaic", "mfaic-deputy", "mfaic-principal"} <= told("protest_overdue")
    assert not told("protest_overdue") & {"province", "moi"}


def test_a_reply_is_filed_with_its_scan_and_enters_the_register(ponds, audited, told):
    protest = brought_to("sent", ponds)
    reply(protest)
    protest = fresh(protest)
    assert (protest.state, protest.outcome, protest.reply_number) == ("replied", "partly", "145/NG")
    row = protest.evidence.get(origin="reply")
    assert sealed.path_of(row.sha256).read_bytes() == PDF + b"reply"
    letter = Letter.objects.get(about_key=protest.ref, direction=LetterDirection.INCOMING)
    assert (letter.office, letter.their_number, letter.scan_sha256) == (protest.office, "145/NG", row.sha256)
    assert audited("file_reply", protest.ref).after["letter"] == letter.pk
    assert {"province", "moi", "ssba"} <= told("protest_replied")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reply_text": " "}, "reply_text"),
        ({"outcome": "none"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"reply_on": 1}, "reply_on"),
        ({"reply_on": -1}, "reply_on"),
        ({"files": "text"}, "files"),
    ],
)
def test_a_reply_that_cannot_be_true_is_refused(changes, field, ponds, untouched):
    protest = brought_to("sent", ponds)
    values = {name: day(value) if isinstance(value, int) else value for name, value in changes.items()}
    if "files" in values:
        values["files"] = [paper("a.exe", b"MZ")]
    with untouched(), pytest.raises(ValidationError) as refused:
        reply(protest, **values)
    assert set(refused.value.error_dict) == {field}
    assert fresh(protest).evidence.count() == 0


def test_without_a_reply_it_is_closed_only_with_a_reason_and_counts_as_unanswered(ponds):
    protest = brought_to("sent", ponds)
    with pytest.raises(ValidationError):
        actions.close_protest(actor=person("mfaic"), protest=protest)
    actions.close_protest(actor=person("mfaic"), protest=protest, reason="No reply in a year")
    protest = fresh(protest)
    assert (protest.state, protest.outcome) == ("closed", "none")
    assert protest.ended_at is not None


def test_a_renewal_is_a_new_draft_with_text_law_and_evidence(ponds):
    protest = draft(ponds)
    actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper()], caption="A plan")
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    actions.pass_legal_check(actor=person("mfaic-deputy"), protest=protest)
    actions.sign_protest(actor=person("mfaic-principal"), protest=protest)
    note(fresh(protest))
    send(protest)
    new = actions.renew_protest(actor=person("mfaic"), protest=protest, reason="Digging goes on")
    assert (new.state, new.renews, new.ref) == ("draft", protest, f"{ponds.ref}-P2")
    assert new.facts_km == protest.facts_km
    assert list(new.legal_bases.all()) == list(protest.legal_bases.all())
    assert [(row.number, row.caption) for row in new.evidence.all()] == [(1, "A plan")]
    protest = fresh(protest)
    assert (protest.state, protest.outcome) == ("renewed", "none")
    # The first note was engaged for; the further one needs no new engagement.
    actions.submit_protest(actor=person("mfaic"), protest=new)
    actions.pass_legal_check(actor=person("mfaic-deputy"), protest=new)
    assert fresh(new).state == "sign_off"


@pytest.mark.parametrize("verb", ["send_protest_back", "renew_protest", "abandon_protest"])
def test_a_reason_is_needed(verb, ponds):
    state = {"send_protest_back": "legal_check", "renew_protest": "sent", "abandon_protest": "draft"}[verb]
    protest = brought_to(state, ponds)
    actor = person("mfaic-deputy" if verb == "send_protest_back" else "mfaic")
    with pytest.raises(ValidationError) as refused:
        getattr(actions, verb)(actor=actor, protest=protest, reason="  ")
    assert set(refused.value.error_dict) == {"reason"}
    assert Protest.objects.filter(renews=protest).count() == 0


@pytest.mark.parametrize("name", ["moi", "ssba", "province", "district", "auditor", "outsider"])
def test_nobody_outside_the_office_takes_a_step(name, ponds, untouched):
    for state, verb in (("sent", "file_reply"), ("sent", "renew_protest"), ("sent", "close_protest")):
        protest = Protest.objects.filter(state=state).first() or brought_to(state, ponds)
        calls = {
            "file_reply": {"reply_number": "", "reply_on": day(), "reply_text": "x", "outcome": "accepted"},
            "renew_protest": {"reason": "x"},
            "close_protest": {"reason": "x"},
        }
        with untouched(), pytest.raises(PermissionDenied):
            getattr(actions, verb)(actor=person(name), protest=protest, **calls[verb])


# --- who sees ---------------------------------------------------------------------------------------------------


def test_the_province_sees_what_was_sent_and_a_province_elsewhere_nothing(ponds):
    protest = brought_to("signed", ponds)
    for name, sees in (("mfaic", 1), ("moi", 1), ("ssba", 1), ("auditor", 1), ("province", 0), ("head", 0)):
        assert Protest.objects.visible_to(person(name)).count() == sees, name
    note(protest)
    send(protest)
    for name, sees in (("province", 1), ("district", 1), ("head", 1), ("province2", 0), ("outsider", 0)):
        assert Protest.objects.visible_to(person(name)).count() == sees, name


def test_every_notice_of_a_protest_reads_in_both_languages(ponds):
    protest = brought_to("closed", ponds)
    with clock.replaying(clock.now() + timedelta(days=40)):
        other = brought_to("sent", ponds)
    with clock.replaying(clock.now() + timedelta(days=90)):
        tasks.watch_protest_replies()
    seen = set()
    for row in Delivery.objects.filter(kind="protest", key__in=(protest.ref, other.ref)):
        for language in ("km", "en"):
            with translation.override(language):
                text = topics.render(row)
            assert row.key in text.subject
            assert "/protests/" in text.body
            assert "{" not in text.subject + text.body
            assert "None" not in text.subject + text.body
            assert "Five ponds" not in text.body
        seen.add(row.topic)
    assert seen == {slug for slug in topics.TOPICS if slug.startswith("protest_")}


def test_notices_of_drafts_do_not_stand_in_the_chain_of_the_incident(ponds):
    protest = brought_to("signed", ponds)
    assert not [step for step in timeline.chain(ponds) if protest.ref in step.title]
    note(protest)
    send(protest)
    lines = [step for step in timeline.chain(ponds) if protest.ref in step.title]
    assert [step.state for step in lines] == ["past", "planned"]


# --- its letter -------------------------------------------------------------------------------------------------


def test_the_note_says_what_the_dossier_says(ponds):
    protest = draft(ponds, bases=("kh-vn-communique-1995-8", "kh-vn-treaty-1985"))
    actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper()], caption="A plan")
    found = letter_facts.facts(protest)
    assert all(isinstance(text, str) for text in found.values())
    assert found["facts_km"] == TEXTS["facts_km"]
    assert found["addressee_en"] == embassy().address_en
    first, second = found["legal_bases_en"].split("\n")
    # A summary is said in indirect speech: no brackets, and nothing in quotation marks that is no quotation.
    assert first.startswith("1. Joint communiqué of Cambodia and Viet Nam of 17 January 1995, point 8: Until")
    assert "[" not in first + second
    assert "“" not in first
    assert second == "2. Treaty of Cambodia and Viet Nam on the delimitation of the state border of 27 December 1985"
    assert found["legal_bases_km"].startswith("១. ")
    assert found["attachments_km"] == "១. A plan"
    assert protest.evidence.get().sha256[:16] in found["evidence_en"]
    assert "<svg" in found["map_svg"]
    assert len(found["chronology_en"].split("\n")) == 3  # happened, reported, engaged: no more is told another state
    assert found["references_km"] == ""


def test_official_wording_is_quoted_as_such(ponds):
    basis = LegalBasis.objects.get(slug="kh-vn-communique-1995-8")
    basis.quote_en = "Both sides shall keep the present management."
    basis.save(update_fields=["quote_en"])
    assert "“Both sides shall keep the present management.”" in letter_facts.facts(draft(ponds))["legal_bases_en"]


def test_a_further_note_refers_to_the_one_it_renews(ponds):
    protest = brought_to("renewed", ponds)
    new = Protest.objects.get(renews=protest)
    assert protest.note_number in letter_facts.facts(new)["references_km"]


def test_the_letter_is_drawn_sealed_and_numbered_without_gap(ponds):
    protest = brought_to("signed", ponds)
    letter = note(protest, drawn=True)
    assert sealed.path_of(letter.pdf_sha256).read_bytes().startswith(b"%PDF-")
    assert (letter.about_kind, letter.about_key) == ("protest", protest.ref)
    assert TEXTS["facts_km"] in letter.body_km
    assert correspondence.signed_note(protest) == letter
