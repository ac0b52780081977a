"""The verbs of letters: drafts filled with facts, who may, what a number freezes, what a signature seals."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from borderwatch import clock, sealed
from borderwatch.models import AuditEntry, Delivery
from incidents import actions
from incidents.choices_answers import LetterKind, LetterState, RankRelation
from incidents.letters import check_codes, content, facts, filling, papers, wording
from incidents.models import Letter, LetterTemplate
from incidents.tests import letters
from incidents.tests.accountability import opened
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world):
    return world["province-16"]


# --- drafts ---------------------------------------------------------------------------------------------------


def test_the_report_of_the_ponds_is_filled_with_facts_and_addressed_to_the_three_institutions(
    ponds, province, office, audited
):
    letter = actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds)
    assert set(letter.to_units.values_list("code", flat=True)) == {"moi", "mfaic", "ssba"}
    assert (letter.state, letter.serial, letter.check_code, letter.incident) == (LetterState.DRAFT, None, None, ponds)
    assert letter.relation == RankRelation.SUPERIOR
    assert "សូមគោរពជម្រាបជូន" in letter.body_km
    assert ponds.ref in letter.body_km
    assert ponds.text in letter.body_km
    assert "ក្រសួងមហាផ្ទៃ" in letter.addressee_km
    assert not content.still_open(letter)
    assert audited("draft_letter", str(letter.pk)).after["about"] == f"incident:{ponds.ref}"


def test_the_formula_follows_where_the_addressee_stands(world, province, moi, ponds):
    down = actions.draft_letter(
        actor=province, office=world["province-16"], kind=LetterKind.OTHER, incident=ponds,
        to_units=[world["post-1607-1"]],
    )  # fmt: skip
    across = actions.draft_letter(
        actor=moi, office=world["moi"], kind=LetterKind.OTHER, to_units=[world["mfaic"]]
    )  # fmt: skip
    assert (down.relation, across.relation) == (RankRelation.SUBORDINATE, RankRelation.EQUAL)
    assert wording.formulas(RankRelation.SUBORDINATE)["formula_inform"] in down.body_km
    assert wording.formulas(RankRelation.EQUAL)["formula_inform"] in across.body_km


def test_an_unknown_field_and_an_empty_fact_are_seen_listed_and_keep_the_number_back(
    ponds, province, office, untouched
):
    LetterTemplate.objects.filter(kind=LetterKind.REPORT).update(
        body_km="នៅ {{ place_km }} {{ nobody_knows }} ជិត {{ marker_km }}", closing_km="", body_en=""
    )
    letter = actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds)
    assert "{{ nobody_knows }}" in letter.body_km
    assert filling.OPEN in letter.body_km
    (found,) = content.still_open(letter)
    assert (found.field, found.names, found.gaps) == ("body_km", ("nobody_knows",), 1)
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.number_letter(actor=province, letter=letter)
    assert "nobody_knows" in str(refused.value)
    letter = actions.edit_letter(actor=province, letter=letter, body_km="នៅអូរយ៉ាដាវ […]")
    with pytest.raises(ValidationError):
        actions.number_letter(actor=province, letter=letter)
    letter = actions.edit_letter(actor=province, letter=letter, body_km="នៅអូរយ៉ាដាវ")
    assert actions.number_letter(actor=province, letter=letter).serial == 1


def test_a_line_of_optional_facts_alone_is_left_out_when_they_are_empty():
    text = "a: {{ a }}\nb: {{ b? }}\nc {{ a }} {{ b? }}"
    assert filling.fill(text, {"a": "1", "b": ""}).text == "a: 1\nc 1 "
    assert filling.fill(text, {"a": "1", "b": ""}).empty == ()
    assert filling.fill("{{ b }}", {"b": " "}) == filling.Filled("[…]", (), ("b",))


def test_what_a_reporter_typed_is_never_taken_for_a_field(file, province, office):
    incident = file(text="They wrote {{ office_km }} and {{ x }}.")
    letter = actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=incident)
    assert not [one for one in content.still_open(letter) if one.names]
    assert "They wrote" in letter.body_km


def test_fields_said_otherwise_go_before_the_template_and_unknown_ones_are_a_mistake(ponds, province, office):
    letter = actions.draft_letter(
        actor=province, office=office, kind=LetterKind.REPORT, about=ponds, subject_km="ផ្សេង", precedence="flash"
    )
    assert (letter.subject_km, letter.precedence) == ("ផ្សេង", "flash")
    with pytest.raises(TypeError):
        actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds, serial=7)
    with pytest.raises(ValidationError):
        actions.draft_letter(actor=province, office=office, kind="poem", about=ponds)
    with pytest.raises(ValidationError) as refused:
        letters.drafted(province, office, precedence="whenever", place_km="ក" * 121)
    assert set(refused.value.error_dict) == {"precedence", "place_km"}


def test_an_office_s_own_template_goes_before_the_one_for_all(province, keeper, office, ponds):
    texts = {"name_km": "ក", "name_en": "Own", "subject_km": "ប្រធានបទផ្ទាល់", "body_km": "ខ", "abbreviation": "ផ"}
    actions.edit_letter_template(actor=keeper, kind=LetterKind.REPORT, office=office, texts=texts)
    letter = actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds)
    assert letter.subject_km == "ប្រធានបទផ្ទាល់"
    assert letter.template.office == office


def test_two_who_write_in_one_draft_do_not_overwrite_each_other(province, office, untouched):
    letter = letters.drafted(province, office)
    seen = content.fingerprint(letter)
    actions.edit_letter(actor=province, letter=letter, seen=seen, subject_km="ទីមួយ")
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.edit_letter(actor=province, letter=letter, seen=seen, subject_km="ទីពីរ")
    assert refused.value.code == "changed"
    assert Letter.objects.get().subject_km == "ទីមួយ"


def test_a_discarded_draft_leaves_its_words_in_the_record(province, office, audited):
    letter = letters.drafted(province, office)
    actions.discard_letter(actor=province, letter=letter)
    assert not Letter.objects.exists()
    assert audited("discard_letter", str(letter.pk)).before["body_km"] == letters.WHOLE["body_km"]


# --- who may --------------------------------------------------------------------------------------------------


def test_who_writes_and_who_signs_for_which_office(world, province, province2, district, head, moi, mfaic, auditor):
    draft = letters.drafted(district, world["district-1607"])
    for nobody in (district, moi, province2, auditor, head):
        with pytest.raises(PermissionDenied):
            actions.number_letter(actor=nobody, letter=draft)
    # The province signs for the districts under it; a head for his own unit; officials for their institution.
    assert actions.number_letter(actor=province, letter=draft).serial == 1
    assert letters.numbered(head, world["post-1607-1"]).serial == 1
    assert letters.numbered(mfaic, world["mfaic"]).serial == 1
    for actor, code in ((province, "moi"), (moi, "province-16"), (head, "province-16"), (auditor, "moi")):
        with pytest.raises(PermissionDenied):
            letters.drafted(actor, world[code])


def test_nobody_writes_about_what_he_does_not_see(file, province2, world, ponds):
    with pytest.raises(PermissionDenied):
        actions.draft_letter(actor=province2, office=world["province-01"], kind=LetterKind.REPORT, about=ponds)
    with pytest.raises(PermissionDenied):
        letters.drafted(province2, world["province-01"], incident=ponds)


def test_a_protest_note_is_signed_by_another_than_its_drafter(world, mfaic, untouched):
    principal = User.objects.get(username="mfaic-principal")
    khmer = {**letters.WHOLE, "subject_en": "", "body_en": "", "closing_en": ""}
    note = actions.draft_letter(actor=mfaic, office=world["mfaic"], kind=LetterKind.PROTEST_NOTE, **khmer)
    note = actions.number_letter(actor=mfaic, letter=note)
    with untouched(), pytest.raises(PermissionDenied):
        actions.sign_letter(actor=mfaic, letter=note)
    assert actions.sign_letter(actor=principal, letter=note).signed_by == principal


# --- number, signature, sending -------------------------------------------------------------------------------


def test_the_number_is_printed_with_the_abbreviation_and_freezes_the_text(province, office, audited):
    letter = letters.numbered(province, office)
    year = timezone.localdate(clock.now()).year
    assert (letter.year, letter.serial, letter.number_text) == (year, 1, "០០១ ល.ក")
    assert check_codes.is_code(letter.check_code)
    assert letter.dated_on == timezone.localdate(clock.now())
    assert audited("number_letter", str(letter.pk)).after["number"] == "០០១ ល.ក"
    with pytest.raises(ValidationError):
        actions.edit_letter(actor=province, letter=letter, subject_km="ផ្សេង")


def test_a_letter_is_dated_in_the_year_of_its_number(province, office, untouched):
    letter = letters.drafted(province, office, dated_on=date(2019, 5, 1))
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.number_letter(actor=province, letter=letter)
    assert set(refused.value.error_dict) == {"dated_on"}
    letter.refresh_from_db()
    assert letter.serial is None


def test_what_is_missing_is_named(province, office):
    letter = letters.drafted(province, office, body_km="", addressee_km=" ")
    with pytest.raises(ValidationError) as refused:
        actions.number_letter(actor=province, letter=letter)
    assert set(refused.value.error_dict) == {"body_km", "addressee_km"}


def test_the_signature_seals_a_pdf_that_stays_as_it_was(province, office, audited):
    letter = letters.signed(province, office)
    stored = sealed.path_of(letter.pdf_sha256).read_bytes()
    assert stored.startswith(b"%PDF-")
    assert letter.signer_name_km == province.name_km
    # Drawn again from what the row says, it is the same to the byte.
    assert papers.pdf(Letter.objects.get(pk=letter.pk)) == stored
    assert audited("sign_letter", str(letter.pk)).after["pdf_sha256"] == letter.pdf_sha256


def test_a_letter_that_changed_while_it_was_drawn_is_not_signed(province, office, monkeypatch, untouched):
    letter = letters.numbered(province, office)
    draw = papers.pdf

    def meanwhile(drawn):
        Letter.objects.filter(pk=letter.pk).update(subject_km="ផ្សេង")
        return draw(drawn)

    monkeypatch.setattr(papers, "pdf", meanwhile)
    with untouched(), pytest.raises(ValidationError):
        actions.sign_letter(actor=province, letter=letter)
    letter.refresh_from_db()
    assert (letter.state, letter.pdf_sha256) == (LetterState.NUMBERED, "")


def test_the_name_under_the_letter_is_the_one_given_at_the_signature(province, office):
    letter = letters.numbered(province, office)
    letter = actions.sign_letter(actor=province, letter=letter, signer_title_km="អភិបាលរង", signer_name_km="ឈឹម សុផល")
    assert (letter.signer_title_km, letter.signer_name_km) == ("អភិបាលរង", "ឈឹម សុផល")


def test_addressees_see_a_letter_and_are_told_only_once_it_is_sent(world, province, moi, mfaic, ssba, district, told):
    letter = letters.signed(province, world["province-16"], to_units=[world["moi"], world["mfaic"]])
    for reader, before in ((mfaic, False), (moi, True), (ssba, False)):
        # MoI stands above the provinces and looks over their registers anyway.
        assert Letter.objects.visible_to(reader).filter(pk=letter.pk).exists() is before
    actions.send_letter(actor=province, letter=letter)
    assert Letter.objects.visible_to(mfaic).filter(pk=letter.pk).exists()
    assert not Letter.objects.visible_to(ssba).filter(pk=letter.pk).exists()
    assert {"moi", "mfaic", "moi-deputy", "mfaic-deputy"} <= told("letter_sent")
    assert not {"ssba", "province", "district"} & told("letter_sent")
    facts_told = Delivery.objects.filter(topic="letter_sent").first().payload
    assert letter.subject_km not in facts_told


def test_a_void_number_keeps_its_reason_and_its_place(province, office, audited, untouched):
    first = letters.numbered(province, office)
    with untouched(), pytest.raises(ValidationError):
        actions.void_letter(actor=province, letter=first, reason="  ")
    actions.void_letter(actor=province, letter=first, reason="Misprint")
    assert audited("void_letter", str(first.pk)).reason == "Misprint"
    second = letters.numbered(province, office)
    assert list(Letter.objects.order_by("serial").values_list("serial", "state")) == [(1, "void"), (2, "numbered")]
    assert second.serial == 2


# --- arriving -------------------------------------------------------------------------------------------------


def test_a_letter_that_arrives_has_our_serial_the_sender_s_number_and_its_scan(province, office, ponds, audited):
    scan = SimpleUploadedFile("reply.pdf", b"%PDF-1.4 reply", "application/pdf")
    letter = actions.receive_letter(
        actor=province, office=office, sender="ក្រសួងមហាផ្ទៃ", their_number="៤៩៣ ស.ជ.ណ", dated_on=date(2026, 1, 5),
        subject_km="ការណែនាំ", incident=ponds, upload=scan,
    )  # fmt: skip
    assert (letter.serial, letter.number_text, letter.their_number) == (1, "០០១", "៤៩៣ ស.ជ.ណ")
    assert (letter.state, letter.incident) == (LetterState.RECEIVED, ponds)
    assert sealed.path_of(letter.scan_sha256).read_bytes() == b"%PDF-1.4 reply"
    assert audited("receive_letter", str(letter.pk)).after["their_number"] == "៤៩៣ ស.ជ.ណ"
    # The outgoing register counts by itself.
    assert letters.numbered(province, office).serial == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"sender": " "}, "sender"), ({"subject_km": ""}, "subject_km"), ({"dated_on": date(2199, 1, 1)}, "dated_on"),
     ({"sender": "ក" * 301}, "sender"), ({"kind": "poem"}, "kind")],
)  # fmt: skip
def test_a_letter_that_arrives_is_refused_with_the_field_named(wrong, field, province, office, untouched):
    said = {"sender": "MoI", "subject_km": "x", **wrong}
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.receive_letter(actor=province, office=office, **said)
    assert set(refused.value.error_dict) == {field}


def test_a_scan_that_is_no_document_takes_no_number(province, office):
    with pytest.raises(ValidationError), transaction.atomic():
        actions.receive_letter(
            actor=province, office=office, sender="MoI", subject_km="x", upload=SimpleUploadedFile("a.exe", b"MZ\x90")
        )
    assert actions.receive_letter(actor=province, office=office, sender="MoI", subject_km="x").serial == 1


def test_what_was_sent_through_the_system_is_entered_once_by_each_office(world, province, mfaic, ssba):
    letter = letters.sent(province, world["province-16"], to_units=[world["mfaic"]])
    entered = actions.enter_original(actor=mfaic, office=world["mfaic"], original=letter)
    assert (entered.their_number, entered.original, entered.serial) == (letter.number_text, letter, 1)
    with pytest.raises(ValidationError):
        actions.enter_original(actor=mfaic, office=world["mfaic"], original=letter)
    with pytest.raises(PermissionDenied):
        actions.enter_original(actor=ssba, office=world["ssba"], original=letter)


# --- facts of the other kinds ---------------------------------------------------------------------------------


def test_the_notice_to_a_head_says_the_charge_and_never_the_report(file, province, office, world):
    case = opened(file, province)
    letter = actions.draft_letter(actor=province, office=office, kind=LetterKind.NOTICE_TO_HEAD, about=case)
    assert case.charge in letter.body_km
    assert case.incident.text not in letter.body_km
    assert list(letter.to_units.all()) == [case.unit]
    assert letter.relation == RankRelation.SUBORDINATE
    assert not content.still_open(letter)


def test_an_area_registers_its_facts_once_and_the_newest_objects_serve_as_preview(ponds, province, outsider):
    assert facts.find(province, "incident", ponds.ref) == ponds
    assert facts.find(outsider, "incident", ponds.ref) is None
    assert facts.find(province, "closureorder", "not a number") is None
    assert facts.find(province, "nonsense", "1") is None
    assert ponds in facts.newest(province, LetterKind.REPORT)
    with pytest.raises(ValueError, match="two sources"):
        facts.register("incident", LetterKind.REPORT, facts=lambda row: {})


def test_the_record_of_a_letter_keeps_every_step(province, office):
    letter = letters.sent(province, office)
    verbs = AuditEntry.objects.filter(kind="letter", key=str(letter.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["draft_letter", "number_letter", "sign_letter", "send_letter"]
