"""Protests for machines: rows, filters, pages, visibility, and what a detail holds."""

from incidents.tests.protests import COMMUNIQUE, brought_to, draft, paper, person


def test_the_list_is_filtered_and_paged_newest_first(ponds, signed_in, mfaic):
    sent = brought_to("sent", ponds)
    drafted = draft(ponds)
    client = signed_in(mfaic)
    page = client.get("/api/v1/protests/").json()
    assert [row["ref"] for row in page["results"]] == [drafted.ref, sent.ref]
    assert page["next"] is None
    row = page["results"][1]
    assert row["url"] == sent.get_absolute_url()
    assert (row["state"], row["country"], row["counterpart_code"]) == ("sent", "VN", "vn-embassy")
    assert (row["note_number"], row["drill"], row["province_code"]) == (sent.note_number, False, "16")
    assert "id" not in row
    for query, refs in (
        ("state=draft", [drafted.ref]), ("state=draft&state=sent", [drafted.ref, sent.ref]), ("country=LA", []),
        ("overdue=true", []), (f"incident={ponds.ref.lower()}&state=sent", [sent.ref]), ("province=01", []),
        (f"year={sent.sent_on.year}", [sent.ref]),
    ):  # fmt: skip
        assert [one["ref"] for one in client.get(f"/api/v1/protests/?{query}").json()["results"]] == refs, query
    first = client.get("/api/v1/protests/?limit=1").json()
    assert [one["ref"] for one in first["results"]] == [drafted.ref]
    assert [one["ref"] for one in client.get(first["next"]).json()["results"]] == [sent.ref]


def test_filters_that_cannot_be_read_are_problems(signed_in, mfaic):
    client = signed_in(mfaic)
    for query in ("state=gone", "year=x", "country=FR", "limit=0", "cursor=x"):
        answer = client.get(f"/api/v1/protests/?{query}")
        assert answer.status_code == 400, query
        assert answer["Content-Type"].startswith("application/problem+json")


def test_a_detail_holds_law_evidence_and_steps(ponds, signed_in, mfaic):
    protest = brought_to("replied", ponds, files=[paper()])
    found = signed_in(mfaic).get(f"/api/v1/protests/{protest.ref}/").json()
    assert [one["slug"] for one in found["legal_bases"]] == [COMMUNIQUE]
    assert [one["origin"] for one in found["evidence"]] == ["added", "reply"]
    assert [one["verb"] for one in found["steps"]][-1] == "file_reply"
    assert found["reply_text"] == "They will look into it."
    assert signed_in(mfaic).get(found["evidence"][0]["url"]).status_code == 200


def test_drafts_are_for_institutions_and_nothing_for_strangers(ponds, signed_in, province, province2):
    protest = draft(ponds)
    for name, status in (("moi", 200), ("province", 404), ("province2", 404), ("outsider", 404)):
        assert signed_in(person(name)).get(f"/api/v1/protests/{protest.ref}/").status_code == status, name
    assert signed_in(province).get("/api/v1/protests/").json()["results"] == []
    assert signed_in(province).post("/api/v1/protests/").status_code in {403, 405}


def test_the_list_costs_the_same_for_many(ponds, signed_in, mfaic, django_assert_max_num_queries):
    for _number in range(5):
        draft(ponds)
    client = signed_in(mfaic)
    client.get("/api/v1/protests/")
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/v1/protests/").json()["results"]) == 5
