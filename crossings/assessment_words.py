"""The facts of an assessment in words: for its page, for comparing several, beside the score."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crossings import assessment_steps as steps
from crossings import scoring, security
from crossings.choices import Attitude, GoodsClass, Recommendation, RoadState
from crossings.models import Assessment
from units.choices import DemarcationState

_CHOICES: Mapping[str, Any] = {
    "road_state": RoadState,
    "attitude": Attitude,
    "demarcation": DemarcationState,
    "recommendation": Recommendation,
}
# Where the system adds a fact of its own to a step, before which field it stands.
_FOUND: Mapping[str, tuple[str, ...]] = {"way": ("nearest_official", "nearest_km")}


@dataclass(frozen=True)
class Fact:
    """One line: the field, its label, and what is known in words ("" for nothing)."""

    name: str
    label: str
    words: str
    long: bool = False

    @property
    def note(self) -> bool:
        """Whether it is a remark, which may be left out, and no fact that could be known."""
        return self.name.endswith("_note") or self.name in ("sources", "counterpart")


def _figure(value: Any, unit: str) -> str:
    return f"{steps.grouped(value)} {unit}"


def words_of(assessment: Assessment) -> dict[str, str]:
    """Every fact in words by field; "" where nothing is known."""
    facts = {**steps.values_of(assessment), "nearest_km": assessment.nearest_km}
    found = {name: _words(name, value, facts) for name, value in facts.items()}
    found["nearest_official"] = assessment.nearest_official.name if assessment.nearest_official else ""
    return found


def _words(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    if steps.is_empty(value):
        return ""
    if name in _CHOICES:
        return str(_CHOICES[name](value).label)
    if name == "goods":
        return ", ".join(str(GoodsClass(slug).label) for slug in value)
    if name in ("security_risk", "hardship"):
        return str((steps.RISK if name == "security_risk" else steps.HARDSHIP)[value])
    if name in steps.MONEY:
        return _figure(value, facts.get(steps.MONEY[name]) or "")
    if name == "trade_tonnes":
        return _figure(value, _("t"))
    if name.endswith("_km"):
        return _figure(value, _("km"))
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return steps.grouped(value) if isinstance(value, int) else str(value)


def facts_of(assessment: Assessment) -> list[tuple[steps.Step, list[Fact]]]:
    """The facts by step, in the order of the form; currencies stand with their sums."""
    words = words_of(assessment)
    return [(step, [_fact(name, words[name]) for name in _names(step)]) for step in steps.STEPS]


def _names(step: steps.Step) -> list[str]:
    own = [name for name in step.fields if name not in steps.MONEY.values()]
    return [*_FOUND.get(step.slug, ()), *own]


def _fact(name: str, words: str) -> Fact:
    label = steps.label_of(name)
    if name == "nearest_km":
        label = _("as the crow flies")
    return Fact(name, label[:1].upper() + label[1:], words, long=len(words) > 60 or "\n" in words)


@dataclass(frozen=True)
class Record:
    """The security record as it was drawn: figures in words, the span up to the visit, when it was drawn."""

    figures: list[tuple[str, int]]
    since: datetime
    visit: date
    drawn_at: datetime

    @property
    def counted(self) -> list[tuple[str, int]]:
        """What was found."""
        return [(label, count) for label, count in self.figures if count]

    @property
    def zeros(self) -> list[str]:
        """What was looked for and not found."""
        return [label for label, count in self.figures if not count]


def record_of(drawn: Mapping[str, Any]) -> Record | None:
    """The security record kept with an assessment, None while none has been drawn."""
    if not drawn:
        return None
    labels = security.words()
    return Record(
        figures=[(str(labels.get(slug, slug)), count) for slug, count in drawn["figures"].items()],
        since=datetime.fromisoformat(drawn["since"]),
        visit=date.fromisoformat(drawn["visit"]),
        drawn_at=datetime.fromisoformat(drawn["drawn_at"]),
    )


@dataclass(frozen=True)
class Line:
    """One criterion on the page: fact → points × weight → what it adds."""

    part: scoring.Part
    fact: str


def explained(assessment: Assessment, score: scoring.Score) -> list[Line]:
    """Every line of the sum with the fact it comes from."""
    words = words_of(assessment)
    facts = {name: getattr(assessment, name) for name in scoring.FIELDS}
    return [Line(part, scoring.fact_words(part.criterion, words, facts)) for part in score.parts]


@dataclass(frozen=True)
class Row:
    """One fact of several assessments beside each other; `differs` when not all say the same."""

    label: str
    cells: list[str]
    differs: bool
    note: bool = False


def beside(assessments: list[Assessment]) -> list[tuple[str, list[Row]]]:
    """The facts of several assessments beside each other, by step."""
    columns = [facts_of(one) for one in assessments]
    groups = []
    for place, step in enumerate(steps.STEPS):
        rows = []
        for line in zip(*(column[place][1] for column in columns), strict=True):
            cells = [fact.words for fact in line]
            rows.append(Row(line[0].label, cells, len(set(cells)) > 1, line[0].note))
        if step.slug == "security":
            rows = [*_records(assessments), *rows]
        groups.append((str(step.label), rows))
    return groups


def _records(assessments: list[Assessment]) -> list[Row]:
    """The drawn figures beside each other, those that are more than zero anywhere; what was not drawn is missing."""
    drawn = [one.security.get("figures", {}) for one in assessments]
    labels = security.words()
    rows = []
    for slug in dict.fromkeys(slug for figures in drawn for slug, count in figures.items() if count):
        cells = [str(figures[slug]) if slug in figures else "" for figures in drawn]
        label = capfirst(str(labels.get(slug, slug)))
        rows.append(Row(label, cells, len(set(cells)) > 1))
    return rows


def by_people(saves: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, datetime]]:
    """Who saved each step last, and when, by step."""
    return {
        slug: (one["name"], timezone.localtime(datetime.fromisoformat(one["at"]))) for slug, one in saves.items()
    }  # fmt: skip
