"""Pages of protests: what each person is shown and may do, forms that keep everything typed, and budgets."""

import re
from datetime import timedelta

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile

from borderwatch import clock
from borderwatch.khmer import khmer_digits
from borderwatch.models import AuditEntry
from incidents import actions, areas
from incidents.demo import pictures
from incidents.models import LegalBasis, Letter, Protest
from incidents.protests import chronology, panel, patterns, sketch
from incidents.protests import desk as protest_desk
from incidents.tests.drills import PONDS, play, running
from incidents.tests.protests import (
    COMMUNIQUE,
    PDF,
    TEXTS,
    brought_to,
    day,
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
from units.models import BorderMarker


def text(response):
    return response.content.decode()


def typed(**changes):
    basis = LegalBasis.objects.get(slug=COMMUNIQUE)
    return {**TEXTS, "counterpart": embassy().pk, "legal_bases": [basis.pk], **changes}


# --- drafting ---------------------------------------------------------------------------------------------------


def test_an_official_drafts_from_the_incidents_page(ponds, signed_in, mfaic):
    engage(ponds)
    client = signed_in(mfaic)
    address = f"/protests/new/{ponds.ref}/"
    assert address in text(client.get(ponds.get_absolute_url()))
    page = client.get(address)
    assert page.status_code == 200
    assert ponds.text in text(page)
    answer = client.post(address, typed())
    protest = Protest.objects.get()
    assert answer["Location"] == protest.get_absolute_url()
    assert client.get(protest.get_absolute_url()).status_code == 200


def test_a_refused_draft_keeps_everything_typed(ponds, signed_in, mfaic):
    client = signed_in(mfaic)
    page = client.post(f"/protests/new/{ponds.ref}/", typed(facts_km="", demand_en="only this", also="RTK-2020-000001"))
    assert page.status_code == 422
    for words in ("only this", "RTK-2020-000001", TEXTS["subject_km"]):
        assert words in text(page), words
    basis = LegalBasis.objects.get(slug=COMMUNIQUE)
    assert re.search(rf'value="{basis.pk}"[^>]*checked', text(page))
    assert "field-id_facts_km" in text(page)
    assert not Protest.objects.exists()
    # Without engagement the verb says so at its own field.
    page = client.post(f"/protests/new/{ponds.ref}/", typed())
    assert page.status_code == 422
    assert 'href="#field-id_urgent_reason"' in text(page)


def test_further_incidents_are_named_by_reference_in_either_script(ponds, file, signed_in, mfaic):
    engage(ponds)
    other = file(category="neighbour_unilateral_activity", type="flag", impact="high", at=(107.43, 13.79))
    client = signed_in(mfaic)
    client.post(f"/protests/new/{ponds.ref}/", typed(also=f" {other.ref.lower()} ,"))
    assert list(Protest.objects.get().also.all()) == [other]


def test_a_draft_is_changed_and_nothing_else_is(ponds, signed_in, mfaic):
    protest = draft(ponds)
    client = signed_in(mfaic)
    page = client.get(f"{protest.get_absolute_url()}edit/")
    assert TEXTS["demand_en"] in text(page)
    answer = client.post(f"{protest.get_absolute_url()}edit/", typed(subject_en="Six ponds"))
    assert answer.status_code == 302
    assert fresh(protest).subject_en == "Six ponds"
    actions.submit_protest(actor=mfaic, protest=protest)
    assert client.get(f"{protest.get_absolute_url()}edit/").status_code == 302
    assert client.post(f"{protest.get_absolute_url()}edit/", typed(subject_en="Seven")).status_code == 422


# --- the dossier ------------------------------------------------------------------------------------------------


def test_the_dossier_shows_hashes_law_chronology_and_what_is_next(ponds, signed_in, mfaic):
    protest = brought_to("draft", ponds, files=[paper("plan.pdf")])
    page = text(signed_in(mfaic).get(protest.get_absolute_url()))
    row = protest.evidence.get()
    assert row.sha256 in page
    assert LegalBasis.objects.get(slug=COMMUNIQUE).quote_km[:30] in page
    assert "<svg" in page
    for slug in ("submit", "evidence", "abandon"):
        assert f'action="{protest.get_absolute_url()}{slug}/"' in page
    for slug in ("check", "send", "reply", "close"):
        assert f'action="{protest.get_absolute_url()}{slug}/"' not in page


def test_each_step_is_done_by_its_form(ponds, signed_in, mfaic):
    protest = draft(ponds)
    here = protest.get_absolute_url()
    official, deputy, principal = (signed_in(person(name)) for name in ("mfaic", "mfaic-deputy", "mfaic-principal"))
    assert official.post(f"{here}submit/", {"text": "Please look"}).status_code == 302
    assert official.post(f"{here}check/").status_code == 403
    assert deputy.post(f"{here}check/", {"text": ""}).status_code == 302
    page = principal.get(f"{here}sign/")
    assert page.status_code == 200
    assert TEXTS["facts_km"] in text(page)
    assert fresh(protest).state == "sign_off"  # looking signs nothing
    assert deputy.get(f"{here}sign/").status_code == 403
    assert principal.post(f"{here}sign/", {"text": ""}).status_code == 302
    assert "/register/new/" in text(official.get(here))
    note(fresh(protest))
    when = {"sent_on": day().strftime("%d/%m/%Y"), "reply_due_on": day(30).strftime("%d/%m/%Y")}
    page = official.post(f"{here}send/", {"channel": "embassy", **when, "reply_due_on": "soon", "text": "kept words"})
    assert page.status_code == 422
    assert "kept words" in text(page)
    assert official.post(f"{here}send/", {"channel": "embassy", **when}).status_code == 302
    filed = {"reply_on": when["sent_on"], "reply_text": "No.", "outcome": "rejected", "files": paper("r.pdf")}
    assert official.post(f"{here}reply/", filed).status_code == 302
    assert official.post(f"{here}close/", {"reason": ""}).status_code == 302
    assert fresh(protest).state == "closed"


def test_days_are_understood_in_khmer_figures(ponds, signed_in, mfaic):
    protest = brought_to("signed", ponds)
    note(protest)
    when = {name: khmer_digits(day(n).strftime("%d/%m/%Y")) for name, n in (("sent_on", 0), ("reply_due_on", 9))}
    assert (
        signed_in(mfaic).post(f"{protest.get_absolute_url()}send/", {"channel": "courier", **when}).status_code == 302
    )
    assert fresh(protest).reply_due_on == day(9)


def test_pieces_on_record_are_offered_added_removed_and_handed_out(file, signed_in, mfaic):
    incident = file(
        category="neighbour_unilateral_activity", type="pond_or_canal", impact="high", photos=[pictures.draw("ponds")]
    )
    engage(incident, files=[paper("minutes.pdf", PDF + b"minutes")])
    protest = draft(incident)
    client = signed_in(mfaic)
    here = protest.get_absolute_url()
    keys = re.findall(r'name="chosen" value="([a-z]+:\d+)"', text(client.get(here)))
    assert {key.split(":")[0] for key in keys} == {"incident", "engagement"}
    client.post(f"{here}evidence/", {"chosen": keys, "caption": ""})
    rows = list(protest.evidence.order_by("number"))
    assert [row.origin for row in rows] == ["incident", "engagement"]
    answer = client.get(f"{here}evidence/2/")
    assert b"".join(answer.streaming_content) == PDF + b"minutes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"{here}evidence/9/").status_code == 404
    client.post(f"{here}evidence/1/remove/")
    assert [(row.number, row.origin) for row in protest.evidence.all()] == [(1, "engagement")]
    entry = AuditEntry.objects.get(verb="remove_protest_evidence")
    assert entry.after["evidence"][0]["sha256"] == rows[0].sha256
    page = client.post(f"{here}evidence/", {"chosen": ["incident:999999"]})
    assert page.status_code == 422
    page = client.post(f"{here}evidence/", {"files": SimpleUploadedFile("x.exe", b"MZ"), "caption": "kept"})
    assert page.status_code == 422
    assert "kept" in text(page)


def test_a_photo_of_an_incident_one_does_not_see_cannot_be_put_on_the_list(ponds, file, signed_in, mfaic):
    hidden = file(photos=[pictures.draw("ponds")])
    protest = draft(ponds)
    key = f"incident:{hidden.evidence.get().pk}"
    page = signed_in(mfaic).post(f"{protest.get_absolute_url()}evidence/", {"chosen": [key]})
    assert page.status_code == 422
    assert not protest.evidence.exists()


def test_the_province_reads_what_was_sent_and_does_nothing(ponds, signed_in, province, province2):
    protest = brought_to("sent", ponds)
    page = signed_in(province).get(protest.get_absolute_url())
    assert page.status_code == 200
    assert 'id="h-do"' not in text(page)
    assert protest.ref in text(signed_in(province).get("/protests/"))
    assert signed_in(province2).get(protest.get_absolute_url()).status_code == 404
    assert protest.ref not in text(signed_in(province2).get("/protests/"))


def test_the_chronology_tells_it_in_order_and_leaves_out_what_was_struck(ponds, district):
    row = engage(ponds)
    protest = brought_to("replied", ponds)
    kinds = [entry.kind for entry in chronology.of(ponds, protest)]
    times = [entry.at for entry in chronology.of(ponds, protest)]
    assert times == sorted(times)
    assert kinds.index("filed") < kinds.index("told") < kinds.index("protest")
    assert "engaged" in kinds
    actions.strike_engagement(actor=district, engagement=row, reason="Another place")
    assert "engaged" not in [entry.kind for entry in chronology.of(ponds, protest)]


def test_the_sketch_shows_the_place_and_never_a_side(ponds, file):
    drawing = sketch.draw(ponds)
    assert "13.78600° N 107.42000° E ± 20 m" in drawing
    assert drawing.count("<svg") == 1
    assert "style=" not in drawing
    assert not re.search(r"(href|url\()", drawing)
    ponds.point, ponds.accuracy_m = None, None
    assert sketch.draw(ponds) is None


def test_a_markers_label_cannot_break_the_sketch(ponds, world):
    marker = BorderMarker.objects.filter(neighbour="VN").first()
    marker.point, marker.label = Point(107.43, 13.786, srid=4326), "<b>&1"
    marker.save(update_fields=["point", "label"])
    assert "&lt;b&gt;&amp;1" in sketch.draw(ponds)


# --- list, law, patterns, home ----------------------------------------------------------------------------------


def test_the_list_filters_by_address(ponds, signed_in, mfaic):
    first, second = brought_to("sent", ponds), draft(ponds)
    client = signed_in(mfaic)
    for query, shown in (
        ("state=sent", {first.ref}), ("country=VN", {first.ref, second.ref}), ("country=TH", set()),
        ("overdue=true", set()), ("counterpart=vn-embassy&state=draft", {second.ref}), ("year=1999", set()),
    ):  # fmt: skip
        page = text(client.get(f"/protests/?{query}"))
        assert {ref for ref in (first.ref, second.ref) if f"/protests/{ref}/" in page} == shown, query
    assert client.get("/protests/?year=x").status_code == 200


def test_the_register_of_law_says_what_was_in_force_on_a_day(signed_in, mfaic):
    page = text(signed_in(mfaic).get("/protests/legal/?on=12/06/2015"))
    assert page.count("not-in-force") == 2  # the treaty of 2019, the directive of 2024
    assert text(signed_in(mfaic).get("/protests/legal/")).count("not-in-force") == 0
    assert signed_in(mfaic).get("/protests/legal/?on=99/99").status_code == 200


def test_an_administrator_edits_the_register_on_record(world, admin, client):
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    basis = LegalBasis.objects.get(slug=COMMUNIQUE)
    page = client.get(f"/admin/incidents/legalbasis/{basis.pk}/change/")
    form = page.context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, "")}
    data |= {"quote_en": "The official wording.", "signed_on": "1995-01-17"}
    data |= {"period_0": "1995-01-17 00:00:00", "period_1": ""}
    answer = client.post(f"/admin/incidents/legalbasis/{basis.pk}/change/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    basis.refresh_from_db()
    assert basis.quote_en == "The official wording."
    assert AuditEntry.objects.get(verb="edit_reference").after["quote_en"] == "The official wording."


def test_patterns_count_by_counterpart_stretch_and_year_without_exercises(ponds, mfaic, province, signed_in):
    start = clock.now()
    answered = brought_to("sent", ponds)
    with clock.replaying(start + timedelta(days=5)):
        reply(answered)
    renewed = brought_to("sent", ponds)
    with clock.replaying(start + timedelta(days=40)):
        new = actions.renew_protest(actor=mfaic, protest=renewed, reason="Nothing came")
        actions.submit_protest(actor=mfaic, protest=new)
        actions.pass_legal_check(actor=person("mfaic-deputy"), protest=new)
        actions.sign_protest(actor=person("mfaic-principal"), protest=new)
        note(fresh(new))
        send(new)
        (row,) = patterns.rows(mfaic)
        total = row.total
        assert (total.sent, total.answered, total.unanswered, total.waiting, total.renewals) == (3, 1, 1, 1, 1)
        assert total.median_days == 5
        assert row.section.neighbour == "VN"
    assert patterns.rows(mfaic, "TH") == []
    assert patterns.rows(person("province2")) == []
    assert signed_in(mfaic).get("/protests/patterns/").status_code == 200


def test_a_protest_of_an_exercise_counts_in_no_pattern_and_its_letter_says_so(
    world, district, province, mfaic, report, signed_in
):
    incident = play(running(province, world), district, world, report, **PONDS)
    protest = brought_to("sent", incident)
    assert patterns.rows(mfaic) == []
    assert Letter.objects.get(about_key=protest.ref).subject_km.startswith("ការហាត់សម")
    assert "mark-exercise" in text(signed_in(mfaic).get(protest.get_absolute_url()))


def test_heaps_show_what_each_person_owes(ponds, mfaic, province):
    def heaps(name):
        return {one.slug for one in areas.waiting_for(person(name)) if one.slug.startswith("protests")}

    protest = brought_to("legal_check", ponds)
    assert heaps("mfaic-deputy") == {"protests_to_check"}
    assert heaps("mfaic") == heaps("moi") == heaps("province") == set()
    actions.pass_legal_check(actor=person("mfaic-deputy"), protest=protest)
    assert heaps("mfaic-principal") == {"protests_to_sign"}
    actions.sign_protest(actor=person("mfaic-principal"), protest=protest)
    assert heaps("mfaic") == {"protests_to_send"}
    note(fresh(protest))
    send(protest)
    assert heaps("mfaic") == set()
    with clock.replaying(clock.now() + timedelta(days=31)):
        assert heaps("mfaic") == {"protests_unanswered"}
        assert heaps("moi") == set()


# --- budgets ----------------------------------------------------------------------------------------------------


def test_pages_ask_no_more_than_they_may(ponds, mfaic, signed_in, django_assert_max_num_queries):
    protest = brought_to("replied", ponds, files=[paper()])
    client = signed_in(mfaic)
    client.get("/protests/")
    for address, most in (
        ("/protests/", 26), ("/protests/patterns/", 22), ("/protests/legal/", 18),
        (protest.get_absolute_url(), 62), (f"/protests/new/{ponds.ref}/", 26),
    ):  # fmt: skip
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_the_list_costs_the_same_for_many(ponds, mfaic, signed_in, django_assert_max_num_queries):
    for _number in range(6):
        draft(ponds)
    client = signed_in(mfaic)
    client.get("/protests/")
    with django_assert_max_num_queries(26):
        client.get("/protests/")


def test_a_panel_and_the_heaps_cost_little_where_nothing_is(ponds, province, head, django_assert_max_num_queries):
    for user in (province, head):
        with django_assert_max_num_queries(4):  # two of them are the person's postings, asked once a page
            assert panel.context(user, ponds) is None
        with django_assert_max_num_queries(1):
            assert protest_desk.waiting_for(user) == []
