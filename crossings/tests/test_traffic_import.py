"""A file of traffic from sending to entering: the dry run, mistakes, the same file twice, corrections."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import Workbook

from borderwatch import jobs, sealed
from borderwatch.models import Job
from crossings import actions, import_workflow
from crossings.actions import imports
from crossings.choices import ImportState
from crossings.counts import Line
from crossings.models import Crossing, TrafficImport, TrafficSheet
from units.models import User

pytestmark = pytest.mark.django_db

HEAD = ["crossing", "day", "direction", "kind", "class", "nationality", "number", "observed_hours", "observer"]
NEW = reverse("traffic:import")


@pytest.fixture(autouse=True)
def _english(world: Any) -> Iterator[None]:
    """Refusals and pages are compared by their English words."""
    User.objects.update(language="en")
    with translation.override("en"):
        yield


@pytest.fixture
def o_yadav(world: Any) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


def month(days: int = 5, **changes: Any) -> list[list[Any]]:
    """Rows of the last days, both directions, persons and lorries."""
    today = timezone.localdate()
    return [
        ["vn-o-yadav", (today - timedelta(days=n)).isoformat(), way, kind, one, group, number, 12, "Sok Dara"]
        for n in range(days, 0, -1)
        for way in ("in", "out")
        for kind, one, group, number in (("passengers", "", "khmer", 100 + n), ("vehicles", "truck", "", n))
    ]


def table(rows: list[list[Any]]) -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode("utf-8-sig")


@pytest.fixture
def send(world: Any, district: Any) -> Callable[..., TrafficImport]:
    """Send a file as `district` and let the worker read it; the import as it stands then."""

    def make(content: Any, name: str = "traffic.csv", read: bool = True, **changes: Any) -> TrafficImport:
        body = table(content) if isinstance(content, list) else content
        file = sealed.keep(SimpleUploadedFile(name, body), max_bytes=10**7)
        values = {"actor": district, "unit": world["district-1607"], "file": file, **changes}
        imported = actions.upload_traffic(**values)
        if read:
            run(imported, imports.READ_JOB)
        imported.refresh_from_db()
        return imported

    return make


def run(imported: TrafficImport, kind: str) -> None:
    """Let the worker do the newest job of a kind."""
    job = jobs.latest(imports.subject(imported), kind)
    assert job is not None
    assert jobs.run(job.pk) == Job.State.DONE


@pytest.fixture
def apply(district: Any) -> Callable[..., TrafficImport]:
    """Confirm an import and let the worker enter it."""

    def make(imported: TrafficImport, reason: str = "") -> TrafficImport:
        actions.apply_import(actor=district, imported=imported, reason=reason)
        run(imported, imports.APPLY_JOB)
        imported.refresh_from_db()
        return imported

    return make


def test_reading_is_a_dry_run_and_entering_writes_what_was_shown(send: Any, apply: Any, audited: Any) -> None:
    imported = send(month())
    assert imported.state == ImportState.READY
    assert (imported.counts["rows"], imported.counts["days"], imported.counts["new"]) == (20, 10, 10)
    assert not TrafficSheet.objects.exists()
    apply(imported)
    assert imported.state == ImportState.APPLIED
    assert TrafficSheet.objects.filter(imported=imported, source="import", current=True).count() == 10
    entry = audited("apply_traffic_import")
    assert entry.after["entered"] == 10
    assert entry.after["sha256"] == imported.file_sha256


def test_the_same_file_twice_changes_nothing(send: Any, apply: Any) -> None:
    apply(send(month()))
    before = list(TrafficSheet.objects.order_by("pk").values_list("pk", "version", "current"))
    again = send(month())
    assert (again.counts["new"], again.counts["same"], again.counts["corrected"]) == (0, 10, 0)
    with pytest.raises(ValidationError, match="nothing to enter"):
        apply(again)
    assert list(TrafficSheet.objects.order_by("pk").values_list("pk", "version", "current")) == before


def test_three_bad_rows_leave_their_days_out_and_the_rest_is_entered(send: Any, apply: Any) -> None:
    rows = month(31)
    rows[4][6], rows[40][4], rows[80][3] = "many", "tank", "ghosts"
    rows[40][3] = "vehicles"
    imported = send(rows)
    assert [(one["row"], one["column"]) for one in imported.errors] == [(6, "number"), (42, "class"), (82, "kind")]
    assert (imported.counts["bad"], imported.counts["new"]) == (3, 59)
    apply(imported)
    assert TrafficSheet.objects.count() == 59
    # The file mended and sent again enters the three that were missing.
    again = send(month(31))
    assert (again.counts["new"], again.counts["same"]) == (3, 59)


def test_corrections_want_one_reason_and_the_older_versions_stay(send: Any, apply: Any, audited: Any) -> None:
    apply(send(month()))
    rows = month()
    rows[0][6] = 999
    imported = send(rows)
    assert (imported.counts["corrected"], imported.counts["same"]) == (1, 9)
    with pytest.raises(ValidationError, match="Say why"):
        apply(imported)
    apply(imported, reason="The gate's book was added up wrongly")
    newest = TrafficSheet.objects.get(version=2)
    assert newest.passengers == 999
    assert newest.reason == "The gate's book was added up wrongly"
    assert TrafficSheet.objects.filter(current=False).count() == 1
    assert audited("correct_traffic").after["passengers"] == 999


def test_a_day_somebody_entered_meanwhile_is_left_out_and_named(
    send: Any, apply: Any, province: Any, o_yadav: Crossing
) -> None:
    imported = send(month())
    day = timezone.localdate() - timedelta(days=1)
    actions.record_sheet(
        actor=province, crossing=o_yadav, day=day, direction="in", observed_minutes=600, method="counted",
        observer="Other", lines=[Line("passengers", nationality="khmer", number=7)],
    )  # fmt: skip
    apply(imported)
    assert (imported.counts["entered"], imported.counts["left_out"]) == (9, 1)
    assert imported.counts["left_out_days"] == [["vn-o-yadav", day.isoformat(), "in"]]
    assert TrafficSheet.objects.get(day=day, direction="in").passengers == 7


def test_a_closed_day_of_a_file_is_named_and_kept_when_it_is_said_knowingly(
    send: Any, apply: Any, province: Any, o_yadav: Crossing
) -> None:
    since = timezone.now() - timedelta(days=4)
    actions.set_crossing_status(
        actor=province, crossing=o_yadav, status="suspended", since=since, flows=["people"], reason="Flood"
    )
    rows = month(2)
    imported = send(rows)
    assert imported.counts["bad"] == 4
    assert {one["column"] for one in imported.errors} == {"although_closed"}
    head = [*HEAD, "although_closed", "note"]
    text = io.StringIO()
    csv.writer(text).writerows([head, *([*row, "yes", "Let through for the hospital"] for row in rows)])
    knowingly = send(text.getvalue().encode())
    assert knowingly.counts["new"] == 4, knowingly.errors
    apply(knowingly)
    assert TrafficSheet.objects.filter(although_closed=True).count() == 4


def test_a_crossing_of_another_province_is_not_found_and_one_may_not_be_written_for(
    send: Any, world: Any, district: Any, province2: Any
) -> None:
    rows = [["th-poipet", *row[1:]] for row in month(1)]
    imported = send(rows)
    assert imported.counts["new"] == 0
    assert {one["code"] for one in imported.errors} <= {"unknown_crossing", "not_yours"}
    with pytest.raises(PermissionDenied):
        send(month(1), actor=province2)
    with pytest.raises(PermissionDenied):
        send(month(1), crossing=Crossing.objects.get(slug="th-poipet"))


def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(send: Any) -> None:
    imported = send(b"%PDF-1.7 nothing")
    assert imported.state == ImportState.UNREADABLE
    assert not TrafficSheet.objects.exists()


def test_a_job_that_runs_twice_enters_once(send: Any, district: Any) -> None:
    imported = send(month(2))
    actions.apply_import(actor=district, imported=imported)
    job = jobs.latest(imports.subject(imported), imports.APPLY_JOB)
    assert job is not None
    assert jobs.run(job.pk) == Job.State.DONE
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
    assert jobs.run(job.pk) == Job.State.DONE
    assert TrafficSheet.objects.count() == 4


@pytest.mark.expects_errors
def test_entering_that_breaks_writes_nothing_and_can_be_tried_again(
    send: Any, apply: Any, district: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = send(month(2))
    actions.apply_import(actor=district, imported=imported)
    with monkeypatch.context() as patch:
        patch.setattr("crossings.actions.traffic._write_lines", lambda written: 1 / 0)
        job = jobs.latest(imports.subject(imported), imports.APPLY_JOB)
        assert job is not None
        assert jobs.run(job.pk) == Job.State.FAILED
    imported.refresh_from_db()
    assert imported.state == ImportState.READY
    assert not TrafficSheet.objects.exists()
    assert apply(imported).state == ImportState.APPLIED


PAIRS = [(verb, state) for verb in import_workflow.TRANSITIONS for state in ImportState.values]


@pytest.mark.parametrize(("verb", "state"), PAIRS)
def test_every_pair_of_verb_and_state(send: Any, district: Any, verb: str, state: str) -> None:
    imported = send(month(1))
    TrafficImport.objects.filter(pk=imported.pk).update(state=state)
    may = import_workflow.allowed(verb, state)
    calls: dict[str, Callable[[], Any]] = {
        "apply_import": lambda: actions.apply_import(actor=district, imported=imported),
        "abandon_import": lambda: actions.abandon_import(actor=district, imported=imported),
    }
    if verb in calls:
        if may:
            assert calls[verb]().state in import_workflow.TRANSITIONS[verb][1]
        else:
            with pytest.raises(import_workflow.Refused):
                calls[verb]()
        return
    # What the worker does: where the state does not allow it, nothing happens.
    from crossings.traffic_files import draft
    from crossings.traffic_files.draft import Draft

    quiet: dict[str, Callable[[], TrafficImport]] = {
        "take_reading": lambda: imports.take_reading(imported=imported, draft=Draft(counts=imported.counts)),
        "return_import": lambda: imports.return_import(imported=imported),
        "finish_import": lambda: imports.enter_import(actor=district, imported=imported, given=draft.days(imported)),
    }
    after = quiet[verb]().state
    assert after in import_workflow.TRANSITIONS[verb][1] if may else after == state


# --- the pages --------------------------------------------------------------------------------------------------


def upload(content: bytes, name: str = "traffic.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_way_of_a_file_over_the_pages(signed_in: Any, district: Any) -> None:
    browser = signed_in(district)
    assert browser.get(NEW, {"crossing": "vn-o-yadav"}).status_code == 200
    rows = month(3)
    rows[2][6] = "=1+1"
    there = browser.post(NEW, {"file": upload(table(rows))})["Location"]
    assert "job-" in browser.get(there).content.decode()
    run(TrafficImport.objects.get(), imports.READ_JOB)
    page = browser.get(there).content.decode()
    for text in ("To be mended", "“=1+1” is no number", "(G)", "Enter 5 days without mistakes"):
        assert text in page, text
    mistakes = b"".join(browser.get(f"{there}mistakes.csv").streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(mistakes)))[1][:3] == ["4", "G", "number"]
    assert browser.post(f"{there}apply/", {}).status_code == 302
    run(TrafficImport.objects.get(), imports.APPLY_JOB)
    assert "5 entered" in browser.get(there).content.decode()
    original = b"".join(browser.get(f"{there}file/").streaming_content)
    assert original == table(rows)


def test_a_correction_without_a_reason_is_asked_for_it(signed_in: Any, district: Any, send: Any, apply: Any) -> None:
    apply(send(month(1)))
    rows = month(1)
    rows[0][6] = 5
    imported = send(rows)
    browser = signed_in(district)
    there = reverse("traffic:import_detail", args=[imported.pk])
    assert "Why days are corrected" in browser.get(there).content.decode()
    answer = browser.post(f"{there}apply/", {"reason": " "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert browser.post(f"{there}abandon/", {"reason": "Wrong file"}).status_code == 302
    imported.refresh_from_db()
    assert imported.state == ImportState.ABANDONED


def test_a_file_that_is_too_large_is_refused_by_its_size(signed_in: Any, district: Any, settings: Any) -> None:
    settings.TRAFFIC_FILE_MAX_BYTES = 100
    answer = signed_in(district).post(NEW, {"file": upload(b"x" * 101)})
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()
    assert not TrafficImport.objects.exists()


def test_a_hundred_megabytes_are_answered_without_being_held_in_memory(signed_in: Any, district: Any) -> None:
    import tempfile
    import tracemalloc

    with tempfile.TemporaryFile() as file:
        file.seek(100 * 1024 * 1024 - 1)
        file.write(b"x")
        file.seek(0)
        from django.core.files.uploadedfile import TemporaryUploadedFile

        big = TemporaryUploadedFile("big.csv", "text/csv", 100 * 1024 * 1024, None)
        big.file.seek(100 * 1024 * 1024 - 1)
        big.file.write(b"x")
        big.file.seek(0)
        tracemalloc.start()
        with pytest.raises(ValidationError, match="too large"):
            sealed.keep(big, max_bytes=20 * 1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


def test_no_file_and_an_empty_file_are_answered(signed_in: Any, district: Any) -> None:
    browser = signed_in(district)
    assert "Choose the file." in browser.post(NEW, {}).content.decode()
    assert browser.post(NEW, {"file": upload(b"")}).status_code == 422


def test_who_enters_nothing_sends_nothing_and_others_do_not_see_it(
    signed_in: Any, send: Any, auditor: Any, province2: Any, outsider: Any, moi: Any
) -> None:
    imported = send(month(1))
    there = reverse("traffic:import_detail", args=[imported.pk])
    assert signed_in(auditor).post(NEW, {"file": upload(table(month(1)))}).status_code == 403
    assert signed_in(moi).get(there).status_code == 200
    assert signed_in(moi).post(f"{there}apply/").status_code == 403
    for stranger in (province2, outsider):
        for address in (there, f"{there}mistakes.csv", f"{there}file/"):
            assert signed_in(stranger).get(address).status_code == 404, (stranger, address)
        assert signed_in(stranger).post(f"{there}apply/").status_code == 404


def test_the_templates_come_as_files(signed_in: Any, district: Any) -> None:
    browser = signed_in(district)
    book = browser.get(reverse("traffic:template"), {"crossing": "vn-o-yadav"})
    assert book.content.startswith(b"PK")
    assert "traffic.xlsx" in book["Content-Disposition"]
    assert browser.get(reverse("traffic:template_csv")).content.startswith(b"\xef\xbb\xbf")


def test_the_pages_ask_few_questions(
    signed_in: Any, district: Any, send: Any, django_assert_max_num_queries: Any
) -> None:
    imported = send(month(20))
    browser = signed_in(district)
    with django_assert_max_num_queries(26):
        browser.get(NEW)
    with django_assert_max_num_queries(22):
        browser.get(reverse("traffic:import_detail", args=[imported.pk]))


def test_a_spreadsheet_takes_the_same_way(send: Any, apply: Any) -> None:
    book = Workbook()
    sheet: Any = book.active
    for row in [HEAD, *month(2)]:
        sheet.append([date.fromisoformat(cell) if index == 1 and "-" in cell else cell
                      for index, cell in enumerate(row)])  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    imported = apply(send(out.getvalue(), name="ចរាចរ.xlsx"))
    assert imported.counts["entered"] == 4
