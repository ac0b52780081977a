"""The demo's clocks: a question back and its answer, a duty handed on, reminders put off, acceptances forgotten."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point

import incidents.actions as verbs
from borderwatch import clock
from incidents.choices import Answer, Category, CoordinateSource, Impact
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.models import Acknowledgement, Duty, EscalationPolicy, Incident, InformationRequest
from incidents.reports import Report

TEXT = "បង្គោលព្រំដែនបណ្តោះអាសន្នមួយត្រូវបានផ្លាស់ទីប្រហែល ១៥ ម៉ែត្រ ពីកន្លែងដើម។ ប្រជាពលរដ្ឋបានឃើញនៅព្រឹកនេះ។"
WHY = "ខេត្តសូមការណែនាំ អំពីបង្គោលដែលបានផ្លាស់ទី។"
QUESTION = "សូមផ្ញើរូបថតបង្គោល និងកូអរដោនេទាំងពីរ (មុន និងក្រោយ) ព្រមទាំងលេខបង្គោល។"
GIVEN = "រូបថត ៣ សន្លឹក និងកូអរដោនេទាំងពីរ បានភ្ជាប់ក្នុងសំណុំរឿង។ លេខលើបង្គោល៖ បណ្តោះអាសន្ន ៧។"
NOT_OURS = "បង្គោលព្រំដែនជាសមត្ថកិច្ចរបស់រដ្ឋលេខាធិការដ្ឋានកិច្ចការព្រំដែន។"
ACCEPTED = "យើងនឹងបញ្ជូនក្រុមបច្ចេកទេសចុះពិនិត្យនៅសប្តាហ៍ក្រោយ។"
BROKEN = "បង្គោលព្រំដែនបណ្តោះអាសន្នមួយបាក់ត្រឹមគល់។ មានស្នាមកង់រថយន្តធុនធ្ងន់នៅក្បែរនោះ។"
WHY_BROKEN = "សូមស្ថាប័នទាំងបីណែនាំ មុននឹងប៉ះពាល់បង្គោល។"
WHO_SAW = "តើអ្នកណាបានឃើញមុនគេ នៅម៉ោងប៉ុន្មាន? បានជួបប៉ុស្តិ៍ភាគីជិតខាងហើយឬនៅ?"
ABROAD = "លោកប្រធាននាយកដ្ឋានកំពុងប្រជុំ នឹងចុះហត្ថលេខាលើចម្លើយក្រោយម៉ោងប្រជុំ។"
AGAIN = "ករណីនេះនៅតែបន្តដោះស្រាយ។ យើងនឹងជូនដំណឹងវិញនៅកាលបរិច្ឆេទខាងលើ។"
# Watched weekly while the year is replayed, daily in its last weeks.
WEEKS, DAYS = 44, 42

# Reports this area files of its own: a marker moved, and one damaged.
FILED = 2


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan them into the replay: one course in Ratanakiri of the last days, the watch over the whole year."""
    Course(replay, staff).plan(now - timedelta(days=3, hours=5))
    today = Today(staff)
    for minutes, act in ((200, today.file), (170, today.escalate), (95, today.ask), (40, today.put_off)):
        replay.plan(now - timedelta(minutes=minutes), act)
    moments = [now - timedelta(days=DAYS, weeks=week) for week in range(WEEKS, 0, -1)]
    moments += [now - timedelta(days=day, hours=1) for day in range(DAYS, 0, -1)]
    for moment in moments:
        replay.plan(moment, lambda: watch(replay, staff))


class Course:
    """A marker that was moved: the Ministry of Interior hands it on, the secretariat asks back and accepts."""

    def __init__(self, replay: Replay, staff: Staff) -> None:
        self._replay, self._staff = replay, staff
        self._key = uuid.UUID("5f0d5a52-7a0e-4c0b-9b5e-1607c10c0001")

    def plan(self, start: datetime) -> None:
        """Each step at its hour, as one would see it on a working day."""
        steps: tuple[tuple[float, Callable[[], object]], ...] = (
            (0, self.file),
            (1.5, self.escalate),
            (3, self.hand_on),
            (4.5, self.ask),
            (7, self.inform),
            (8, self.accept),
        )
        for hours, act in steps:
            self._replay.plan(start + timedelta(hours=hours), act)

    def file(self) -> None:
        """The district reports it."""
        file_marker(self._staff, self._key, TEXT, Point(107.451, 13.742, srid=4326))

    def escalate(self) -> None:
        """The province asks the Ministry of Interior alone."""
        incident = Incident.objects.get(client_key=self._key)
        general = EscalationPolicy.objects.get(slug="general")
        verbs.escalate(actor=self._staff.officers["16"], incident=incident, reason=WHY, policy=general)

    def hand_on(self) -> None:
        """It is the secretariat's matter."""
        verbs.acknowledge(
            actor=self._staff.officials["moi"],
            duty=self._duty("moi"),
            answer=Answer.NOT_OURS,
            comment=NOT_OURS,
            instead=self._staff.units["ssba"],
        )

    def ask(self) -> None:
        """The secretariat needs to know more."""
        actor, duty = self._staff.officials["ssba"], self._duty("ssba")
        verbs.acknowledge(actor=actor, duty=duty, answer=Answer.NEED_INFORMATION, comment=QUESTION)

    def inform(self) -> None:
        """The district gives it."""
        asked = InformationRequest.objects.get(duty=self._duty("ssba"))
        verbs.give_information(actor=self._staff.filers["1607"], request=asked, answer=GIVEN)

    def accept(self) -> None:
        """The secretariat acts, and says until when."""
        verbs.acknowledge(
            actor=self._staff.officials["ssba"],
            duty=self._duty("ssba"),
            answer=Answer.ACCEPT,
            comment=ACCEPTED,
            expected_at=clock.now() + timedelta(days=8),
        )

    def _duty(self, code: str) -> Duty:
        return Duty.objects.get(escalation__incident__client_key=self._key, unit__code=code)


class Today:
    """A marker found broken this morning: two institutions wait for information, the third puts off its reminders."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff
        self._key = uuid.UUID("5f0d5a52-7a0e-4c0b-9b5e-1607c10c0002")

    def file(self) -> None:
        """The district reports it."""
        file_marker(self._staff, self._key, BROKEN, Point(107.437, 13.763, srid=4326))

    def escalate(self) -> None:
        """The province tells all three."""
        incident = Incident.objects.get(client_key=self._key)
        verbs.escalate(actor=self._staff.officers["16"], incident=incident, reason=WHY_BROKEN)

    def ask(self) -> None:
        """Two of them ask back."""
        for code, words in (("moi", WHO_SAW), ("ssba", QUESTION)):
            verbs.acknowledge(
                actor=self._staff.officials[code],
                duty=self._duty(code),
                answer=Answer.NEED_INFORMATION,
                comment=words,
            )

    def put_off(self) -> None:
        """The third wants its reminder an hour later."""
        duty = self._duty("mfaic")
        until = duty.started_at + timedelta(hours=13)
        verbs.put_off_reminders(actor=self._staff.officials["mfaic"], duty=duty, until=until, reason=ABROAD)

    def _duty(self, code: str) -> Duty:
        return Duty.objects.get(escalation__incident__client_key=self._key, unit__code=code)


def file_marker(staff: Staff, key: uuid.UUID, text: str, point: Point) -> None:
    """The district of Ou Ya Dav reports about a marker."""
    report = Report(
        category=Category.MARKER,
        type="moved" if text == TEXT else "damaged",
        impact=Impact.MEDIUM,
        text=text,
        occurred_at=clock.now() - timedelta(hours=2),
        point=point,
        accuracy_m=30,
        coordinate_source=CoordinateSource.GPS,
        place_name="អូរយ៉ាដាវ",
    )
    unit = staff.units["district-1607"]
    verbs.file_incident(actor=staff.filers["1607"], unit=unit, client_key=key, report=report)


def watch(replay: Replay, staff: Staff) -> None:
    """What was accepted and forgotten comes back; the institution says within hours when it will be heard of."""
    now = clock.now()
    if not verbs.watch_duties()["forgotten"]:
        return
    for row in Acknowledgement.objects.filter(withdrawn_at__gte=now).select_related("duty__unit"):
        after = timedelta(minutes=40 + 37 * (row.duty_id % 5))
        replay.plan(now + after, lambda duty=row.duty: _again(staff, duty))  # type: ignore[misc]


def _again(staff: Staff, duty: Duty) -> None:
    fresh = Duty.objects.get(pk=duty.pk)
    late = clock.now() > fresh.due_at
    verbs.acknowledge(
        actor=(staff.deputies if late else staff.officials)[duty.unit.code],
        duty=duty,
        answer=Answer.ALREADY_ACTING,
        comment=AGAIN,
        expected_at=clock.now() + timedelta(days=60),
    )
