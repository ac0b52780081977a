"""The whole demo world: ground, people, a year of incidents, the published cases, and what is going on today."""

import os
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from django.utils import timezone

from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions as verbs
from incidents.choices import Answer, Category, CloseReason, Source, TimePrecision
from incidents.demo import (
    answers_clocks,
    answers_drills,
    answers_engagements,
    answers_guidance,
    answers_letters,
    answers_office,
    answers_protests,
    bookkeeping,
    gates_checkpoints,
    gates_closures,
    gates_proposals,
    gates_register,
    gates_traffic,
    ground,
    people,
    phrases,
    pictures,
    scenes_accountability,
)
from incidents.demo.holding import Holding
from incidents.demo.patrolling import Patrolling
from incidents.demo.places import Places, Spot
from incidents.demo.public_cases import CASES
from incidents.demo.receiving import Receivers, receivers
from incidents.demo.replay import Replay
from incidents.demo.scenes import Scene, hours, place, scenes
from incidents.demo.staff import Staff, engage
from incidents.demo.story import Filing, Life, Reply, Storyteller
from incidents.demo.texts import KINDS, Kind, write
from incidents.models import ConflictingCopy, Duty, Incident
from incidents.photos import Photo
from incidents.reports import Report

SEED = 20241103
# The system is taken into use on the day of the directive; the published cases are entered five weeks ago.
TAKEN_INTO_USE = datetime(2024, 11, 3, 1, tzinfo=UTC)
ARCHIVE_DAYS_AGO = 36
YEAR = timedelta(days=365)
# What happened so recently is told by the scenes: others are left out of the inboxes.
QUIET = timedelta(days=4)
ASKING = {Category.NEIGHBOUR, Category.ARMED, Category.OWN_SIDE, Category.MARKER}
# How incidents become known; some reporters do not say.
KNOWN_BY = ("", Source.OWN_PATROL, Source.OWN_PATROL, Source.VILLAGER, Source.VILLAGER, Source.COMMUNE_AUTHORITY,
            Source.FIXED_POST, Source.CHECKPOINT, Source.PARTNER, Source.ANONYMOUS)  # fmt: skip
Say = Callable[[str], object]


def build(*, incidents: int, say: Say) -> dict[str, int]:
    """Make it all; `incidents` is how many believable ones come beside the scenes and the published cases.

    Belongs into one transaction: a broken try leaves nothing. Returns counts.
    """
    chance = random.Random(SEED)  # noqa: S311 - a believable world, not a secret
    with clock.replaying(TAKEN_INTO_USE):
        say("units, sectors and heads of 17 provinces ...")
        ground.build()
        say("people and their postings ...")
        cast = people.cast()
        staff = engage(cast, chance)
        people.institutions_reached_at(
            "example.org",
            os.environ.get("BORDERWATCH_RECEIVER_URL", ""),
            os.environ.get("BORDERWATCH_WEBHOOK_SECRET", ""),
        )
    with receivers() as listening:
        world = World(staff, chance, clock.now(), listening)
        say(f"the published cases, today's scenes and {incidents} incidents of the last twelve months ...")
        world.plan(incidents)
        steps = world.replay.run(world.now)
        world.replay.hand_over(clock.now())
    say(f"{steps} steps replayed, {world.replay.handed_over} notices handed over.")
    return counts()


def counts() -> dict[str, int]:
    """How much there is."""
    return {
        "incidents": Incident.objects.count(),
        "duties": Duty.objects.count(),
        "waiting": Duty.objects.waiting().count(),
        "overdue": Duty.objects.overdue().count(),
        "contested": Incident.objects.filter(contested=True).count(),
        "notices": Delivery.objects.count(),
        "planned": Delivery.objects.filter(state=Delivery.State.PENDING).count(),
        "failed": Delivery.objects.filter(state=Delivery.State.DEAD).count(),
    }


class World:
    """What is planned, and by whom."""

    def __init__(self, staff: Staff, chance: random.Random, now: datetime, listening: Receivers) -> None:
        self.now = now
        # Its own dice, so that one notice more does not change what happens to whom.
        self.replay = Replay(random.Random(SEED))  # noqa: S311
        self._chance = chance
        self._staff = staff
        self._places = Places(chance)
        self._holding = Holding(self.replay, staff, staff.heads, chance)
        self._tell = Storyteller(self.replay, staff, self._holding, chance)
        self._listening = listening
        self._pictures: Mapping[str, Photo] = {name: pictures.draw(name) for name in pictures.DRAWINGS}

    def plan(self, incidents: int) -> None:
        """Plan everything; nothing happens yet."""
        self._plan_cases()
        for scene in (*scenes(self._since_midnight()), *scenes_accountability.SCENES):
            self._plan_scene(scene)
        patrolling = Patrolling(self.replay, self._chance, self.now)
        patrolling.plan(self._staff.heads, self._staff.officers["16"], "16", weeks=6)
        patrolling.plan(self._staff.heads, self._staff.officers["01"], "01", weeks=2)
        patrolling.today(self._staff.head, self._staff.units[people.HEAD_OF])
        bookkeeping.plan(self.replay, self._staff, self.now)
        for gates in (gates_register, gates_closures, gates_proposals, gates_traffic, gates_checkpoints):
            gates.plan(self.replay, self._staff, self.now)
        for answers in (
            answers_office,
            answers_clocks,
            answers_engagements,
            answers_guidance,
            answers_protests,
            answers_letters,
            answers_drills,
        ):
            answers.plan(self.replay, self._staff, self.now)
        weights = [kind.weight for kind in KINDS]
        for _number in range(incidents):
            self._plan_incident(self._chance.choices(KINDS, weights)[0])
        for person in (*self._staff.officers.values(), *self._staff.filers.values(), *self._staff.readers):
            self.replay.plan(self.now - hours(20), partial(self._tell.catch_up, person))

    def _since_midnight(self) -> timedelta:
        local = timezone.localtime(self.now)
        return local - local.replace(hour=0, minute=0, second=0, microsecond=0)

    def _key(self) -> uuid.UUID:
        return uuid.UUID(int=self._chance.getrandbits(128), version=4)

    def _photos(self, name: str) -> Sequence[Photo]:
        return [self._pictures[name]] if name else []

    def _plan_cases(self) -> None:
        start = self.now - timedelta(days=ARCHIVE_DAYS_AGO)
        for number, case in enumerate(CASES):
            district = self._places.district(case.district)
            actor, unit = self._staff.filer(district)
            settled = Answer.ALREADY_ACTING if case.closed else Answer.ACCEPT
            answers = {code: self._reply(settled, late=False) for code in ("moi", "mfaic", "ssba")}
            life = Life(
                answers,
                verified=hours(5 + number),
                closed=timedelta(days=6, hours=number) if case.closed else None,
                close_reason=CloseReason.OVER,
                ruled=timedelta(days=3),
            )
            filing = Filing(actor, unit, case.report(), self._key(), self._photos(case.picture))
            self._tell.file(start + hours(1.5 * number), filing, life)

    def _plan_scene(self, scene: Scene) -> None:
        filed = self.now - scene.ago
        district = self._places.district(scene.district)
        actor, unit = self._staff.filer(district)
        if scene.filer:
            actor, unit = self._staff.of_the_post[scene.filer], self._staff.units[people.HEAD_OF]
        report = Report(
            category=scene.category,
            type=scene.type,
            impact=scene.impact,
            text=scene.text,
            occurred_at=filed - scene.happened_before,
            filed_at=filed - timedelta(seconds=self._chance.randint(2, 20)),
            source=scene.known_by,
            about=self._staff.units[scene.about] if scene.about else None,
            **place(scene, self._places),  # type: ignore[arg-type]
        )
        then = partial(self._holding.stage, scene.then) if scene.then else None
        filing = Filing(actor, unit, report, self._key(), self._photos(scene.picture), then)
        if scene.trouble:
            self.replay.plan(filed, partial(self._trouble, scene.trouble))
        self._tell.file(filed, filing, scene.life)
        if scene.copy:
            again = replace(filing, report=replace(report, text=scene.copy))
            self._tell.file(filed + timedelta(minutes=20), again, Life())
        if scene.settled:
            self.replay.plan(filed + hours(9), partial(self._settle, filing.key))

    def _trouble(self, words: str) -> None:
        """One of the receivers refuses the next requests."""
        which, times, status = words.split()
        receiver = self._listening.mail if which == "mail" else self._listening.webhooks
        receiver.fail_next(int(times), int(status))

    def _settle(self, key: uuid.UUID) -> None:
        copy = ConflictingCopy.objects.select_related("incident__province").get(incident__client_key=key)
        verbs.settle_conflicting_copy(
            actor=self._staff.officer(copy.incident.province),
            copy=copy,
            decision=ConflictingCopy.Decision.NOTED,
            reason=phrases.SETTLING,
        )

    def _plan_incident(self, kind: Kind) -> None:
        ago = timedelta(seconds=self._chance.uniform(3 * 3600, YEAR.total_seconds()))
        if kind.category in ASKING and ago < QUIET:
            ago += QUIET
        filed = self.now - ago
        delay = min(timedelta(minutes=self._chance.lognormvariate(5, 1.1)), timedelta(days=9))
        occurred = self._at_hour(filed - delay, kind.by_night)
        spot = self._spot(kind)
        precision = TimePrecision.MINUTE if delay < hours(3) else TimePrecision.HOUR
        if delay > timedelta(days=2):
            precision = TimePrecision.DAY
        report = Report(
            category=kind.category,
            type=kind.type,
            impact=self._chance.choice(kind.impacts),
            text=write(kind, spot.words, self._chance),
            occurred_at=occurred,
            time_precision=precision,
            detected_at=occurred + (filed - occurred) * 0.4 if delay > hours(2) else None,
            filed_at=filed - min(delay / 2, timedelta(seconds=self._chance.choice((2, 3, 5, 8, 30, 300, 5400)))),
            source=self._chance.choice(KNOWN_BY),
            **spot.fields,
        )
        actor, unit = self._staff.filer(spot.district)
        self._tell.file(filed, Filing(actor, unit, report, self._key()), self._life(ago))

    def _at_hour(self, moment: datetime, by_night: bool) -> datetime:
        """The same event, but not later, at an hour such things happen."""
        wanted = self._chance.choice((20, 21, 22, 23, 0, 1, 2, 3, 4) if by_night else range(6, 20))
        local = timezone.localtime(moment)
        moved = local.replace(hour=wanted, minute=self._chance.choice(range(0, 60, 5)), second=0, microsecond=0)
        return moved if moved <= local else moved - timedelta(days=1)

    def _spot(self, kind: Kind) -> Spot:
        dice = self._chance.random()
        if kind.where == "crossing":
            return self._places.at_crossing()
        if kind.where == "marker":
            return self._places.at_marker()
        if kind.where == "area" and dice < 0.55:
            return self._places.in_area()
        if dice > 0.93:
            return self._places.by_name(self._places.anywhere().district)
        if dice > 0.86:
            return self._places.on_edge()
        rare = self._places.in_gap() if dice > 0.84 else self._places.in_overlap() if dice > 0.82 else None
        return rare or self._places.anywhere()

    def _life(self, ago: timedelta) -> Life:
        """What becomes of it; the older, the likelier it is closed."""
        chance = self._chance
        old = ago > timedelta(days=15)
        reason = chance.choices((CloseReason.OVER, CloseReason.MINOR, CloseReason.DID_NOT_HAPPEN), (14, 4, 2))[0]
        closed = timedelta(days=chance.uniform(2, 25)) if chance.random() < (0.88 if old else 0.5) else None
        return Life(
            {code: self._random_reply() for code in ("moi", "mfaic", "ssba")},
            verified=hours(chance.uniform(1, 30)) if chance.random() < (0.96 if old else 0.7) else None,
            escalated=hours(chance.uniform(31, 60)) if chance.random() < 0.12 else None,
            ruled=timedelta(days=chance.uniform(1, 9)) if chance.random() < 0.75 else None,
            closed=closed,
            close_reason=reason,
            reopened=closed + timedelta(days=chance.uniform(1, 6)) if closed and chance.random() < 0.03 else None,
        )

    def _random_reply(self) -> Reply:
        answer = self._chance.choices(
            (Answer.ACCEPT, Answer.ALREADY_ACTING, Answer.NEED_INFORMATION, Answer.NOT_OURS), (55, 20, 16, 9)
        )[0]
        return self._reply(answer, late=self._chance.random() < 0.1)

    def _reply(self, answer: str, *, late: bool) -> Reply:
        """An answer after half an hour or so; late ones after the deadline, so that the deputy gives it."""
        after = timedelta(minutes=self._chance.uniform(130, 320) if late else self._chance.uniform(8, 75))
        takes = answer in {Answer.ACCEPT, Answer.ALREADY_ACTING} and self._chance.random() < 0.5
        expected = hours(self._chance.choice((6, 24, 48, 72))) if takes else None
        return Reply(after, answer, expected=expected, informed=hours(self._chance.uniform(0.5, 3)))
