"""Protests: the ground they need, each step and who may do it, the second person, what is frozen, who hears."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from borderwatch.models import AuditEntry
from incidents import actions
from incidents.actions.protest_evidence import list_digest, listed
from incidents.choices_answers import ProtestState
from incidents.models import LegalBasis, Protest
from incidents.protests import rules, workflow
from incidents.tests.protests import (
    PDF,
    TEXTS,
    brought_to,
    draft,
    embassy,
    engage,
    fresh,
    note,
    paper,
    person,
    reply,
    send,
)
from incidents.workflow import Refused
from units.models import Unit


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their words."""
    with translation.override("en"):
        yield


CALLS = {
    "edit_protest": lambda p: actions.edit_protest(
        actor=person("mfaic"), protest=p, counterpart=embassy(), **{**TEXTS, "subject_en": "Other"}
    ),
    "submit_protest": lambda p: actions.submit_protest(actor=person("mfaic"), protest=p),
    "pass_legal_check": lambda p: actions.pass_legal_check(actor=person("mfaic-deputy"), protest=p),
    "send_protest_back": lambda p: actions.send_protest_back(
        actor=person("mfaic-principal"), protest=p, reason="Too long"
    ),
    "sign_protest": lambda p: actions.sign_protest(actor=person("mfaic-principal"), protest=p),
    "send_protest": lambda p: (note(p) if p.state == "signed" else None, send(p)),
    "file_reply": lambda p: reply(p),
    "close_protest": lambda p: actions.close_protest(actor=person("mfaic"), protest=p, reason="No reply"),
    "renew_protest": lambda p: actions.renew_protest(actor=person("mfaic"), protest=p, reason="Again"),
    "abandon_protest": lambda p: actions.abandon_protest(actor=person("mfaic"), protest=p, reason="Settled"),
}


# --- every pair of verb and state -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ProtestState.values)
def test_every_verb_is_allowed_or_refused_as_the_table_says(state, ponds):
    protest = brought_to(state, ponds)
    for verb, (sources, after) in workflow.TRANSITIONS.items():
        before = AuditEntry.objects.count()
        with transaction.atomic():
            if state in sources:
                CALLS[verb](fresh(protest))
                assert fresh(protest).state == after, verb
            else:
                with pytest.raises(Refused):
                    CALLS[verb](fresh(protest))
                assert AuditEntry.objects.count() == before, verb
            transaction.set_rollback(True)
    for verb, sources in workflow.EVIDENCE.items():
        with transaction.atomic():
            _change_evidence(verb, fresh(protest), allowed=state in sources)
            transaction.set_rollback(True)


def _change_evidence(verb, protest, *, allowed):
    def call():
        if verb == "add_protest_evidence":
            actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper()])
        else:
            actions.remove_protest_evidence(actor=person("mfaic"), protest=protest, number=1)

    if allowed and verb == "remove_protest_evidence":
        actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper()])
    if allowed:
        call()
    else:
        with pytest.raises(Refused):
            call()


def test_the_table_names_every_verb_of_the_dossier():
    assert set(CALLS) == set(workflow.TRANSITIONS)
    assert set(workflow.ASKS) == {*workflow.TRANSITIONS, *workflow.EVIDENCE, "draft_protest"}
    reached = {after for _sources, after in workflow.TRANSITIONS.values()}
    assert reached == set(ProtestState.values)


# --- drafting ---------------------------------------------------------------------------------------------------


def test_an_institution_drafts_after_the_neighbour_was_engaged(ponds, mfaic, audited, told):
    engage(ponds)
    protest = draft(ponds)
    assert protest.ref == f"{ponds.ref}-P1"
    assert (protest.state, protest.drafted_by, protest.office.code) == ("draft", mfaic, "mfaic")
    assert protest.section.neighbour == "VN"
    assert protest.section.province == ponds.province
    entry = audited("draft_protest", protest.ref)
    assert entry.after["counterpart"] == "vn-embassy"
    assert [step.verb for step in protest.steps.all()] == ["draft_protest"]
    people = told("protest_step")
    assert {"moi", "ssba", "mfaic-deputy"} <= people
    assert not people & {"mfaic", "province", "district", "head"}
    assert not any("/" in name for name in people)  # a draft leaves by no mail and no machine


def test_nobody_protests_before_the_neighbour_was_engaged_unless_it_is_urgent_and_says_why(ponds, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        draft(ponds, engaged=False)
    assert set(refused.value.error_dict) == {"urgent_reason"}
    protest = draft(ponds, engaged=False, urgent_reason="Concrete is being poured tonight.")
    assert protest.steps.get().text == "Concrete is being poured tonight."


def test_a_struck_engagement_is_no_ground_any_more(ponds, district):
    row = engage(ponds)
    protest = draft(ponds)
    actions.strike_engagement(actor=district, engagement=row, reason="It was another place")
    with pytest.raises(ValidationError):
        actions.submit_protest(actor=person("mfaic"), protest=protest)
    assert fresh(protest).state == "draft"


@pytest.mark.parametrize("name", ["district", "province", "head", "auditor", "keeper", "outsider", "disabled"])
def test_only_officials_of_the_office_draft(name, ponds, untouched):
    engage(ponds)
    with untouched(), pytest.raises(PermissionDenied):
        draft(ponds, actor=name)


def test_an_official_drafts_for_his_own_institution_only(ponds, untouched):
    engage(ponds)
    with untouched(), pytest.raises(PermissionDenied):
        draft(ponds, actor="moi")
    assert draft(ponds, actor="moi", office=Unit.objects.get(code="moi")).office.code == "moi"


def test_an_institution_that_was_not_asked_does_not_protest(file, moi, world):
    quiet = file()
    assert rules.offices(quiet) == []
    with pytest.raises(ValidationError) as refused:
        draft(quiet, actor="moi", office=world["moi"], urgent_reason="x", engaged=False)
    assert "office" in refused.value.error_dict
    with pytest.raises(PermissionDenied):
        draft(quiet, urgent_reason="x", engaged=False)


@pytest.mark.parametrize("field", ["subject_km", "facts_km", "demand_km"])
def test_khmer_texts_are_needed(field, ponds):
    with pytest.raises(ValidationError) as refused:
        draft(ponds, **{field: "  "})
    assert set(refused.value.error_dict) == {field}


def test_bad_values_are_refused_by_field(ponds, file, mfaic):
    engage(ponds)
    out = embassy()
    out.active = False
    out.save(update_fields=["active"])
    with pytest.raises(ValidationError) as refused:
        draft(ponds, counterpart=out)
    assert set(refused.value.error_dict) == {"counterpart"}
    hidden = file()  # nobody asked the ministry about it
    with pytest.raises(ValidationError) as refused:
        draft(ponds, also=[hidden], counterpart=_active(out))
    assert set(refused.value.error_dict) == {"also"}
    with pytest.raises(ValidationError):
        draft(ponds, also=[ponds])
    with pytest.raises(TypeError):
        draft(ponds, subject_fr="x")


def _active(counterpart):
    counterpart.active = True
    counterpart.save(update_fields=["active"])
    return counterpart


def test_protests_of_an_incident_are_numbered(ponds):
    assert [draft(ponds).ref, draft(ponds).ref] == [f"{ponds.ref}-P1", f"{ponds.ref}-P2"]


def test_an_edit_changes_what_it_names_and_is_on_record(ponds, audited):
    protest = draft(ponds)
    bases = list(LegalBasis.objects.filter(slug="constitution-2"))
    actions.edit_protest(
        actor=person("mfaic"), protest=protest, counterpart=embassy(), legal_bases=bases,
        **{**TEXTS, "facts_en": "Six ponds were dug."},
    )  # fmt: skip
    entry = audited("edit_protest", protest.ref)
    assert entry.before["facts_en"] == "Five ponds were dug."
    assert entry.after["facts_en"] == "Six ponds were dug."
    assert entry.after["legal_bases"] == ["constitution-2"]
    assert "subject_km" not in entry.after
    assert list(fresh(protest).legal_bases.all()) == bases
    # The same again is no step.
    actions.edit_protest(
        actor=person("mfaic"), protest=fresh(protest), counterpart=embassy(), legal_bases=bases,
        **{**TEXTS, "facts_en": "Six ponds were dug."},
    )  # fmt: skip
    assert fresh(protest).steps.count() == 2


# --- the legal check --------------------------------------------------------------------------------------------


def test_whoever_wrote_on_it_does_not_check_it(ponds, untouched):
    protest = draft(ponds)
    actions.edit_protest(
        actor=person("mfaic-deputy"), protest=protest, counterpart=embassy(),
        legal_bases=list(LegalBasis.objects.filter(slug="constitution-2")),
        **{**TEXTS, "facts_en": "x"},
    )  # fmt: skip
    actions.submit_protest(actor=person("mfaic"), protest=fresh(protest))
    for name in ("mfaic", "mfaic-deputy"):
        with untouched(), pytest.raises(PermissionDenied):
            actions.pass_legal_check(actor=person(name), protest=fresh(protest))
    actions.pass_legal_check(actor=person("mfaic-principal"), protest=fresh(protest))
    assert fresh(protest).checked_by == person("mfaic-principal")


def test_law_that_was_not_in_force_on_the_incidents_day_is_refused_by_name(file, moi, audited):
    old = file(
        category="neighbour_unilateral_activity", type="pond_or_canal", impact="high",
        occurred_at=datetime(2015, 6, 12, 12, tzinfo=ZoneInfo("Asia/Phnom_Penh")), time_precision="day",
    )  # fmt: skip
    protest = draft(
        old, bases=("kh-vn-communique-1995-8", "kh-vn-supplementary-2019"), engaged=False, urgent_reason="x"
    )
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    with pytest.raises(ValidationError) as refused:
        actions.pass_legal_check(actor=person("mfaic-deputy"), protest=fresh(protest))
    (line,) = refused.value.messages
    assert "12/06/2015" in line
    assert LegalBasis.objects.get(slug="kh-vn-supplementary-2019").title in line
    assert fresh(protest).state == "legal_check"


def test_law_is_in_force_from_its_first_moment_in_phnom_penh(ponds):
    basis = LegalBasis.objects.get(slug="kh-vn-supplementary-2019")
    here = ZoneInfo("Asia/Phnom_Penh")
    for moment, wrong in ((datetime(2020, 12, 21, 23, 59, tzinfo=here), 1), (datetime(2020, 12, 22, tzinfo=here), 0)):
        ponds.occurred_at = moment
        assert len(rules.unfit([basis], ponds, "VN")) == wrong


def test_law_that_binds_another_country_is_refused(ponds):
    protest = draft(ponds, bases=("kh-th-mou-2000-v",))
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    with pytest.raises(ValidationError, match="another country"):
        actions.pass_legal_check(actor=person("mfaic-deputy"), protest=fresh(protest))


def test_a_note_rests_on_some_law(ponds):
    protest = draft(ponds, bases=())
    with pytest.raises(ValidationError):
        actions.submit_protest(actor=person("mfaic"), protest=protest)


def test_the_checker_sends_back_with_a_reason_and_the_drafter_hears(ponds, told):
    protest = brought_to("legal_check", ponds)
    with pytest.raises(ValidationError):
        actions.send_protest_back(actor=person("mfaic-deputy"), protest=protest, reason=" ")
    with pytest.raises(PermissionDenied):
        actions.send_protest_back(actor=person("mfaic"), protest=protest, reason="I take it back")
    actions.send_protest_back(actor=person("mfaic-deputy"), protest=protest, reason="Name the day.")
    assert fresh(protest).state == "draft"
    step = protest.steps.order_by("number").last()
    assert told("protest_waits", event=f"protest:{protest.ref}:step:{step.number}") == {"mfaic"}


def test_sent_back_by_the_signer_it_is_checked_again(ponds):
    protest = brought_to("sign_off", ponds)
    actions.send_protest_back(actor=person("mfaic-principal"), protest=protest, reason="Shorter")
    assert fresh(protest).checked_by is None


# --- the signature ----------------------------------------------------------------------------------------------


def test_only_the_deputy_or_head_signs_and_never_a_writer(ponds, untouched):
    protest = draft(ponds, actor="mfaic-principal")
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    actions.pass_legal_check(actor=person("mfaic"), protest=protest)
    for name in ("mfaic", "mfaic-principal", "moi-principal", "province"):
        with untouched(), pytest.raises(PermissionDenied):
            actions.sign_protest(actor=person(name), protest=fresh(protest))
    actions.sign_protest(actor=person("mfaic-deputy"), protest=fresh(protest))
    assert fresh(protest).signed_by == person("mfaic-deputy")


def test_the_checker_signs_only_when_nobody_else_can(ponds, untouched):
    protest = brought_to("sign_off", ponds)
    with untouched(), pytest.raises(PermissionDenied):
        actions.sign_protest(actor=person("mfaic-deputy"), protest=protest)
    principal = person("mfaic-principal")
    principal.is_active = False
    principal.save(update_fields=["is_active"])
    actions.sign_protest(actor=person("mfaic-deputy"), protest=protest)
    assert fresh(protest).signed_by == person("mfaic-deputy")


def test_the_database_refuses_a_signature_or_check_by_the_drafter(ponds, mfaic):
    protest = draft(ponds)
    for field, name in (("signed_by", "signs"), ("checked_by", "checks")):
        with pytest.raises(IntegrityError, match=f"nobody_{name}_the_protest_he_drafted"), transaction.atomic():
            Protest.objects.filter(pk=protest.pk).update(**{field: mfaic})


def test_the_signature_freezes_the_evidence_list(ponds, audited):
    protest = draft(ponds)
    actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper()], caption="A plan")
    actions.submit_protest(actor=person("mfaic"), protest=protest)
    actions.pass_legal_check(actor=person("mfaic-deputy"), protest=protest)
    actions.sign_protest(actor=person("mfaic-principal"), protest=protest)
    entry = audited("sign_protest", protest.ref)
    assert entry.after["evidence"] == 1
    assert len(entry.after["evidence_sha256"]) == 64
    with pytest.raises(Refused):
        actions.add_protest_evidence(actor=person("mfaic"), protest=protest, files=[paper("b.pdf", PDF + b"b")])
    # A scan of the reply is kept beside the list and does not change it.
    note(fresh(protest))
    send(protest)
    reply(protest)
    assert [row.origin for row in protest.evidence.order_by("number")] == ["added", "reply"]
    assert list_digest(listed(protest)) == entry.after["evidence_sha256"]
