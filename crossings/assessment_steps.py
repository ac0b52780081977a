"""The eight steps of an assessment: what each asks, what makes it done, and between which limits a figure is believed.

The table is the only list of the form: pages, verbs, comparison and API walk it. Source: directive duty D3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crossings.choices import Currency, GoodsClass
from crossings.models import Assessment

MAX_TEXT = 10_000
# Assessments of visits before the kingdom's border sub-decree (2001) would be history, not assessment.
EARLIEST_VISIT = date(2001, 1, 1)

# How the visitors judge, 0 to 4; a scale in words, so that two people mean the same by a figure.
RISK: Mapping[int, str | Promise] = {
    0: gettext_lazy("0 – none seen"),
    1: gettext_lazy("1 – low"),
    2: gettext_lazy("2 – medium"),
    3: gettext_lazy("3 – high"),
    4: gettext_lazy("4 – very high"),
}
HARDSHIP: Mapping[int, str | Promise] = {
    0: gettext_lazy("0 – nobody would notice"),
    1: gettext_lazy("1 – a detour for some"),
    2: gettext_lazy("2 – income lost by some"),
    3: gettext_lazy("3 – income lost by many"),
    4: gettext_lazy("4 – villages cut off from food, school or care"),
}

# Largest figure that is believed; above it a slip of the hand is more likely.
MOST: Mapping[str, Decimal] = {
    "population": Decimal(2_000_000),
    "village_count": Decimal(1_000),
    "households_dependent": Decimal(500_000),
    "trade_tonnes": Decimal(10_000_000),
    "road_km": Decimal(1_000),
}
# The same for money a year: about a thousand million dollars in each currency.
MOST_MONEY: Mapping[str, Decimal] = {
    Currency.USD: Decimal(1_000_000_000),
    Currency.KHR: Decimal(4_000_000_000_000),
    Currency.THB: Decimal(35_000_000_000),
    Currency.VND: Decimal(25_000_000_000_000),
    Currency.LAK: Decimal(22_000_000_000_000),
}
# Sums of money and the field that says in which currency they are.
MONEY: Mapping[str, str] = {
    "trade_value": "trade_currency",
    "revenue": "revenue_currency",
    "revenue_expected": "revenue_currency",
}


@dataclass(frozen=True)
class Step:
    """One step. It is done when of each group in `needs` at least one field is filled in."""

    slug: str
    label: str | Promise
    about: str | Promise
    fields: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]

    @property
    def needed(self) -> frozenset[str]:
        """Fields that are asked for, alone or one of several."""
        return frozenset(name for group in self.needs for name in group)

    def lacks(self, values: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """The groups of which nothing is filled in."""
        return [group for group in self.needs if all(is_empty(values.get(name)) for name in group)]


STEPS: tuple[Step, ...] = (
    Step(
        "visit",
        gettext_lazy("The visit"),
        gettext_lazy("When the place was visited, by whom, and who was asked."),
        ("visited_on", "visitors", "sources"),
        (("visited_on",), ("visitors",)),
    ),
    Step(
        "people",
        gettext_lazy("People served"),
        gettext_lazy("Who uses the crossing, on Cambodia's side, in a usual year. Leave empty what nobody knows."),
        ("population", "village_count", "villages", "households_dependent"),
        (("population",), ("village_count", "villages")),
    ),
    Step(
        "trade",
        gettext_lazy("Trade"),
        gettext_lazy("What passes in a usual year, both directions together. Where no figure is known, say why."),
        ("goods", "trade_tonnes", "trade_value", "trade_currency", "goods_note"),
        (("trade_tonnes", "trade_value", "goods_note"),),
    ),
    Step(
        "revenue",
        gettext_lazy("Revenue"),
        gettext_lazy("What the state takes there in a year, and what it would take if the crossing were official."),
        ("revenue", "revenue_expected", "revenue_currency", "revenue_note"),
        (("revenue", "revenue_expected", "revenue_note"),),
    ),
    Step(
        "way",
        gettext_lazy("The nearest official crossing"),
        gettext_lazy("The system finds the nearest official crossing itself; say how one gets there by road."),
        ("road_km", "road_state", "road_note"),
        (("road_state",),),
    ),
    Step(
        "security",
        gettext_lazy("Security"),
        gettext_lazy("The record is drawn by the system from the twelve months before the visit; judge it."),
        ("security_risk", "security_note"),
        (("security_risk",),),
    ),
    Step(
        "other_side",
        gettext_lazy("The other side and the line"),
        gettext_lazy("Where the counterpart beyond the border stands, and how far the line is agreed here."),
        ("counterpart", "attitude", "attitude_note", "demarcation", "demarcation_note"),
        (("attitude",), ("demarcation",)),
    ),
    Step(
        "effects",
        gettext_lazy("Effects and recommendation"),
        gettext_lazy("What closing and what opening would mean for the people, and what the visitors recommend."),
        ("effects_of_closing", "effects_of_opening", "hardship", "recommendation", "recommendation_note"),
        (("effects_of_closing",), ("effects_of_opening",), ("hardship",), ("recommendation",)),
    ),
)
_BY_SLUG = {step.slug: step for step in STEPS}
SLUGS: tuple[str, ...] = tuple(step.slug for step in STEPS)
FIELDS: tuple[str, ...] = tuple(name for step in STEPS for name in step.fields)


def by_slug(slug: str) -> Step:
    """The step of that name; raises KeyError for none."""
    return _BY_SLUG[slug]


def is_empty(value: Any) -> bool:
    """Whether nothing is known; a zero is something known."""
    return value is None or value in ("", [])


def label_of(name: str) -> str:
    """The field in words."""
    return str(Assessment._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def values_of(assessment: Assessment, step: Step | None = None) -> dict[str, Any]:
    """What an assessment says, by field; of one step or of all."""
    return {name: getattr(assessment, name) for name in (step.fields if step else FIELDS)}


def tidy(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same content as it is stored: text without blanks around it, goods in the order of the list, once each."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name == "goods":
            found[name] = [slug for slug in GoodsClass.values if slug in (value or ())]
        elif isinstance(value, str):
            found[name] = value.strip().replace("\r\n", "\n")
        else:
            found[name] = value
    return found


def errors(step: Step, values: Mapping[str, Any], *, today: date, nearest: tuple[float, float] | None = None) -> (
    dict[str, str]
):  # fmt: skip
    """What cannot be true in a step, by field. `values` are those of the whole step.

    `nearest` is the straight line to the nearest official crossing in km and how far it may be wrong.
    """
    found: dict[str, str] = {}
    for name in step.fields:
        if not is_empty(values.get(name)) and (problem := _problem(name, values[name])):
            found[name] = problem
    checks = {"visit": _visit, "people": _people, "trade": _money, "revenue": _money}
    if check := checks.get(step.slug):
        found = check(step, values, today) | found
    if step.slug == "way" and nearest is not None and "road_km" not in found:
        found |= _way(values.get("road_km"), *nearest)
    return found


def _problem(name: str, value: Any) -> str:
    field: Any = Assessment._meta.get_field(name)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if value < 0:
            return _("A figure below zero cannot be.")
        if name in MOST and Decimal(str(value)) > MOST[name]:
            return _("More than %(n)s is not believed here. Check the figure.") % {"n": grouped(MOST[name])}
        if name in ("security_risk", "hardship") and value > 4:
            return _("Choose one of the steps 0 to 4.")
    elif isinstance(value, str):
        if len(value) > (field.max_length or MAX_TEXT):
            return _("This is too long: at most %(n)s letters.") % {"n": field.max_length or MAX_TEXT}
        if field.choices and value not in dict(field.flatchoices):
            return _("Choose one of the list.")
    return ""


def _visit(step: Step, values: Mapping[str, Any], today: date) -> dict[str, str]:
    day = values.get("visited_on")
    if day is None:
        return {}
    if day > today:
        return {"visited_on": _("This day has not come yet.")}
    if day < EARLIEST_VISIT:
        return {"visited_on": _("This is before 2001. Check the year.")}
    return {}


def _people(step: Step, values: Mapping[str, Any], today: date) -> dict[str, str]:
    people, households = values.get("population"), values.get("households_dependent")
    if people is not None and households is not None and households > people:
        return {"households_dependent": _("These are more households than people served. Check both figures.")}
    return {}


def _money(step: Step, values: Mapping[str, Any], today: date) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in step.fields:
        if name not in MONEY or is_empty(values.get(name)):
            continue
        currency = values.get(MONEY[name]) or ""
        if not currency:
            found[MONEY[name]] = _("Say in which currency this is.")
        elif currency in MOST_MONEY and values[name] > MOST_MONEY[currency]:
            found[name] = _("More than %(n)s %(currency)s a year is not believed here. Check the figure.") % {
                "n": grouped(MOST_MONEY[currency]),
                "currency": currency,
            }
    return found


def _way(road_km: float | None, straight_km: float, slack_km: float) -> dict[str, str]:
    if road_km is None or road_km >= straight_km - slack_km:
        return {}
    return {
        "road_km": _("A road cannot be shorter than the straight line, which is about %(n)s km.")
        % {"n": f"{straight_km:.0f}"}
    }


def grouped(value: Decimal | float) -> str:
    """A figure for people, thousands apart by a blank that both languages read alike: 1 250 000, 12.5."""
    text = f"{Decimal(str(value)).normalize():,f}".replace(",", "\u00a0")
    return text


def year_before(day: date) -> date:
    """The same day a year earlier; of a leap day the day before it."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year - 1)


def demand_fields(step: Step, content: Mapping[str, Any]) -> None:
    """Raise ValidationError when something is sent that the step does not ask."""
    if strange := sorted(set(content) - set(step.fields)):
        raise ValidationError(_("This step does not ask for: %(names)s.") % {"names": ", ".join(strange)})
