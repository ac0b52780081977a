"""The demo world: built once, from an empty database, with few incidents beside its scenes and published cases."""

import io
import os
import re
import socket
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings

from borderwatch import clock
from borderwatch.models import Attempt, AuditEntry, Delivery
from incidents import cases, checkpoints, desk, timeline
from incidents.actions import file_incident
from incidents.choices import Answer, CloseReason, Status
from incidents.demo import answers_clocks, gates_checkpoints, scenes_accountability
from incidents.demo.public_cases import CASES, ENTERED
from incidents.demo.scenes import scenes
from incidents.demo.texts import KINDS
from incidents.models import (
    AccountabilityCase,
    Acknowledgement,
    Attribution,
    Checkpoint,
    ConflictingCopy,
    Contest,
    Duty,
    Engagement,
    Evidence,
    Incident,
    InformationRequest,
    Instruction,
)
from incidents.reports import Report
from units.choices import DefectKind, DeskLevel
from units.models import (
    CommandTenure,
    Leave,
    Patch,
    Patrol,
    PatrolTarget,
    RegisterChange,
    RegisterDefect,
    Sector,
    Track,
    Unit,
    User,
)

INCIDENTS = 12
KHMER = re.compile(r"[\u1780-\u17ff]")
KEPT = {"django_migrations", "django_content_type", "auth_permission", "cache_entry"}


def empty_every_table() -> None:
    """As on a fresh machine; the transaction of the tests brings everything back."""
    names = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    with connection.cursor() as cursor:
        # Foreign keys are checked at the end of a transaction: have it done now, a table with open checks is locked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"TRUNCATE {', '.join(sorted(names))} CASCADE")


def free_port() -> str:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return str(line.getsockname()[1])


def demo_world(**options: int) -> str:
    out = io.StringIO()
    call_command("demo_world", stdout=out, **options)
    return out.getvalue()


class DemoWorld(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(
            override_settings(
                EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
                PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
                MEDIA_ROOT=cls.enterClassContext(tempfile.TemporaryDirectory()),
            )
        )
        port = free_port()
        receiver = {"BORDERWATCH_RECEIVER_PORT": port, "BORDERWATCH_RECEIVER_URL": f"http://127.0.0.1:{port}"}
        secret = {"BORDERWATCH_WEBHOOK_SECRET": "whsec_" + "ZGVtbyB3b3JsZCB0ZXN0IHNlY3JldCAxMjM0NTY="}
        cls.enterClassContext(mock.patch.dict(os.environ, receiver | secret))
        empty_every_table()
        call_command("load_reference", stdout=io.StringIO())
        cls.mail_port = settings.EMAIL_PORT
        cls.said = demo_world(incidents=INCIDENTS)

    def person(self, username: str) -> User:
        return User.objects.get(username=username)

    def test_holds_what_was_asked_for(self) -> None:
        told = scenes(timedelta(hours=12))
        filed = Incident.objects.real().filter(observation=None).count()
        gates = len(gates_checkpoints.STORIES)
        assert (
            filed
            == INCIDENTS + len(told) + len(CASES) + len(scenes_accountability.SCENES) + gates + answers_clocks.FILED
        )
        assert Unit.objects.filter(kind="province_administration").count() == 17
        assert set(Incident.objects.values_list("status", flat=True)) == set(Status.values)
        assert "waiting" in self.said
        assert self.mail_port == settings.EMAIL_PORT

    def test_second_call_changes_nothing(self) -> None:
        before = AuditEntry.objects.count(), Delivery.objects.count()
        assert "there already" in demo_world()
        assert (AuditEntry.objects.count(), Delivery.objects.count()) == before

    def test_is_refused_outside_demo_and_tests(self) -> None:
        with override_settings(DEMO=False, TEST=False), self.assertRaisesMessage(CommandError, "BORDERWATCH_DEMO=1"):
            demo_world()

    def test_is_refused_beside_other_data(self) -> None:
        User.objects.filter(username="district").update(username="somebody")
        with self.assertRaisesMessage(CommandError, "a database of its own"):
            demo_world()

    def test_broken_try_leaves_nothing(self) -> None:
        empty_every_table()
        call_command("load_reference", stdout=io.StringIO())
        with (
            mock.patch("incidents.demo.world.World.plan", side_effect=LookupError("broken")),
            pytest.raises(LookupError),
        ):
            demo_world(incidents=1)
        assert not User.objects.exists()
        assert not Sector.objects.exists()

    def test_taken_port_is_said_and_leaves_nothing(self) -> None:
        empty_every_table()
        call_command("load_reference", stdout=io.StringIO())
        with socket.socket() as line:
            # What was sent a moment ago may still linger on the port.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(("127.0.0.1", int(os.environ["BORDERWATCH_RECEIVER_PORT"])))
            line.listen()
            with self.assertRaisesMessage(CommandError, "nothing has been changed"):
                demo_world(incidents=1)
        assert not User.objects.exists()

    def test_everybody_finds_something_waiting(self) -> None:
        for username in ("district", "province", "province2", "head", "moi", "mfaic", "ssba"):
            assert not desk.of(self.person(username)).empty, username
            assert Delivery.objects.inbox(self.person(username)).filter(opened_at=None).exists(), username
        assert Incident.objects.visible_to(self.person("auditor")).count() == Incident.objects.count()
        assert desk.failed_notices() == 2

    def test_inbox_of_every_institution_has_every_tab(self) -> None:
        for username in ("moi", "mfaic", "ssba"):
            counts = desk.duty_counts(self.person(username))
            assert all(counts.values()), (username, counts)

    def test_heaps_of_the_province(self) -> None:
        for username in ("province", "province2"):
            found = desk.of(self.person(username))
            assert found.unchecked, username
            assert found.contested, username
        ratanakiri = desk.of(self.person("province"))
        assert ratanakiri.copies
        assert ratanakiri.copies.count == 1
        assert {heap.slug for heap in ratanakiri.gates} >= {"information"}
        assert ConflictingCopy.objects.exclude(decision="").count() == 1

    def test_every_verb_left_its_line(self) -> None:
        def keys(verb: str) -> set[str]:
            return set(AuditEntry.objects.filter(verb=verb).values_list("key", flat=True))

        refs = set(Incident.objects.values_list("ref", flat=True))
        assert keys("file_incident") == refs
        assert keys("close_incident") >= set(Incident.objects.filter(status="closed").values_list("ref", flat=True))
        assert AuditEntry.objects.filter(verb="acknowledge").count() == Acknowledgement.objects.count()
        assert AuditEntry.objects.filter(verb="create_user").count() == User.objects.count()
        assert not AuditEntry.objects.filter(at__gt=clock.now()).exists()

    def test_lines_stand_at_the_time_they_tell_of(self) -> None:
        filed = dict(AuditEntry.objects.filter(verb="file_incident").values_list("key", "at"))
        assert filed == dict(Incident.objects.values_list("ref", "received_at"))
        for incident in Incident.objects.all():
            assert incident.occurred_at <= incident.received_at

    def test_nothing_due_is_left_over(self) -> None:
        pending = Delivery.objects.filter(state=Delivery.State.PENDING)
        assert pending.exists()
        assert not pending.filter(due_at__lte=clock.now()).exists()
        waiting = {duty.bundle for duty in Duty.objects.waiting()}
        waiting |= {asked.bundle for asked in InformationRequest.objects.filter(answered_at=None)}
        waiting |= {case.bundle for case in AccountabilityCase.objects.all().open()}
        waiting |= {f"contest:{pk}" for pk in Contest.objects.filter(state="open").values_list("pk", flat=True)}
        waiting |= {row.bundle for row in Instruction.objects.filter(ended_at=None)}
        waiting |= {row.bundle for row in Engagement.objects.filter(struck_at=None)}
        assert set(pending.values_list("bundle", flat=True)) <= waiting

    def test_checkpoints_stand_on_the_ground_of_gates_in_three_states(self) -> None:
        rows = Checkpoint.objects.filter(incident__text__in=[story.text for story in gates_checkpoints.STORIES])
        found = {row.state: row for row in rows.select_related("crossing", "remover")}
        assert set(found) == {"removal_ordered", "reported_removed", "removed"}
        assert {row.recognised_by for row in found.values()} == {"perimeter"}
        assert checkpoints.is_overdue(found["removal_ordered"])
        assert found["reported_removed"].remover.code == "command-16"
        assert found["removed"].confirmed_by != found["removed"].removal_by
        assert Delivery.objects.filter(topic="removal_overdue").exists()

    def test_half_a_year_of_traffic_holds_gaps_a_slip_and_a_count_although_closed(self) -> None:
        from crossings.models import TrafficOutlier, TrafficSheet

        gate = TrafficSheet.objects.filter(crossing__slug="vn-o-yadav")
        days = set(gate.values_list("day", flat=True))
        assert set(gate.values_list("direction", flat=True)) == {"in", "out"}
        assert 150 < len(days) < 181
        assert TrafficOutlier.objects.filter(crossing__slug="vn-o-yadav", why="high").exists()
        assert TrafficSheet.objects.filter(although_closed=True).get().note
        assert not TrafficSheet.objects.filter(crossing__slug="th-poipet", day__gte="2025-12-13").exists()

    def test_contests_and_cases_are_found_in_every_state(self) -> None:
        head, province = (User.objects.get(username=name) for name in ("head", "province"))
        # Between opening and notifying, and between explaining and reviewing, a case stays for hours or days only.
        states = set(AccountabilityCase.objects.values_list("state", flat=True))
        assert {"notified", "ruled", "appealed", "closed"} <= states
        assert set(Contest.objects.values_list("outcome", flat=True)) == {"", "upheld", "moved"}
        assert AccountabilityCase.objects.filter(credited=True, outcome="not_accountable").exists()
        mine = cases.cases_waiting_for(head)
        assert "explain" in cases.verbs_open_to(head, mine[0])
        assert cases.contests_waiting_for(province).exists()
        own = AccountabilityCase.objects.get(unit__code="province-16")
        assert cases.verbs_open_to(province, own) <= {"explain", "appeal"}

    def test_a_report_in_confidence_is_there_for_the_province_and_not_for_the_head(self) -> None:
        head, province, clerk = (User.objects.get(username=name) for name in ("head", "province", "clerk"))
        secret = Incident.objects.get(exceptional=True)
        seen = {user.username for user in (head, province, clerk) if secret in Incident.objects.visible_to(user)}
        assert seen == {"province", "clerk"}

    def test_patrols_have_gone_and_have_been_missed(self) -> None:
        states = set(Patrol.objects.filter(unit__code="post-1607-1").values_list("state", flat=True))
        assert states == {"planned", "under_way", "finished", "cancelled", "missed"}
        tracks = Track.objects.filter(patrol__unit__province__code="16")
        assert {"gpx", "drawn"} <= set(tracks.values_list("source", flat=True))
        assert {"gaps"} & {note["code"] for track in tracks for note in track.notes} or any(t.dropped for t in tracks)
        seen = Patch.objects.filter(sector__unit__province__code="16", last_seen_at__isnull=False)
        unseen = Patch.objects.filter(sector__unit__province__code="16", last_seen_at=None)
        assert seen.exists()
        assert unseen.exists()
        assert Incident.objects.exclude(observation=None).exists()

    def test_the_register_has_targets_a_leave_and_a_proposed_change(self) -> None:
        assert PatrolTarget.objects.at(clock.now()).filter(unit__province__code="16").count() > 5
        assert Leave.objects.filter(unit__code="post-1609-1").exists()
        change = RegisterChange.objects.get()
        assert (change.state, [row.verdict for row in change.rows.all()]) == ("draft", ["changed"])

    def test_notices_were_handed_over_at_their_time(self) -> None:
        handed = Delivery.objects.filter(state=Delivery.State.DELIVERED, attempts=1)
        assert {"email", "webhook"} <= set(handed.values_list("channel", flat=True))
        for planned, done in handed.values_list("planned_at", "done_at"):
            assert timedelta(0) <= done - planned < timedelta(seconds=5)
        assert Attempt.objects.filter(outcome=Attempt.Outcome.FAILED).count() == 2
        assert not Delivery.objects.exclude(knocked_at=None).exists()

    def test_overdue_duties_reached_deputy_and_head(self) -> None:
        duty = Duty.objects.overdue().filter(unit__code="mfaic").order_by("due_at").last()
        assert duty is not None
        told = Delivery.objects.filter(bundle=duty.bundle, state=Delivery.State.DELIVERED)
        addressed = set(told.exclude(endpoint=None).values_list("endpoint__level", flat=True))
        # Who stands above an institution is nobody in the demo.
        assert addressed == {DeskLevel.DESK, DeskLevel.DEPUTY, DeskLevel.PRINCIPAL}

    def test_every_answer_and_every_closing_reason_occurs(self) -> None:
        assert set(Acknowledgement.objects.values_list("answer", flat=True)) == set(Answer.values)
        assert AuditEntry.objects.filter(verb="reopen_incident").exists()
        assert Incident.objects.filter(close_reason=CloseReason.OVER).exists()

    def test_the_register_is_found_wanting(self) -> None:
        kinds = set(RegisterDefect.objects.values_list("kind", flat=True))
        assert {DefectKind.GAP, DefectKind.OVERLAP} <= kinds
        rules = set(Attribution.objects.values_list("rule", flat=True))
        assert {"sector", "sector_near_edge", "sectors_overlap", "gap", "no_place", "ruling"} <= rules
        assert Incident.objects.filter(contested=True).exists()

    def test_ponds_of_2015_are_answered_for_by_the_head_of_2015(self) -> None:
        ponds = Incident.objects.get(type="pond_or_canal", occurred_at__year=2015)
        row = Attribution.objects.get(incident=ponds)
        then = CommandTenure.objects.head_of(row.unit_id, datetime(2015, 6, 12, tzinfo=UTC))
        assert row.unit.code == "post-1607-1"
        assert then is not None
        assert row.head_name_en == then.head_name_en != self.person("head").name_en
        assert ENTERED in ponds.text
        assert ponds.evidence.count() == 1
        assert {duty.unit.code for duty in Duty.objects.filter(escalation__incident=ponds)} == {"moi", "mfaic", "ssba"}
        kinds = [step.kind for step in timeline.chain(ponds)]
        assert kinds[0] == "filed"
        assert kinds.count("answered") == 3

    def test_texts_are_khmer_and_complete(self) -> None:
        for text in Incident.objects.values_list("text", flat=True):
            first = text.split("\n")[0]
            assert len(KHMER.findall(first)) > len(first) / 2, first
            assert "{" not in text
        assert all(KHMER.search(sentence) for kind in KINDS for sentence in kind.sentences)

    def test_pictures_say_that_they_are_drawn(self) -> None:
        names = set(Evidence.objects.values_list("original_name", flat=True))
        assert names
        assert all(name.startswith("illustration-") for name in names)

    def test_replayed_notices_ring_no_bell(self) -> None:
        filer = self.person("district")
        report = Report(
            category="illegal_crossing",
            type="entry",
            impact="low",
            text="សាកល្បង",
            occurred_at=clock.now() - timedelta(days=2),
            coordinate_source="gps",
            point=Point(107.42, 13.786, srid=4326),
        )
        unit = Unit.objects.get(code="district-1607")
        with (
            clock.replaying(clock.now() - timedelta(days=1)),
            self.captureOnCommitCallbacks() as knocks,
        ):
            file_incident(actor=filer, unit=unit, client_key=uuid.uuid4(), report=report)
        assert not knocks
