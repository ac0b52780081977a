"""Forms of traffic. They check shape only; what may be counted and entered the verbs say.

A day is a sheet of cells, both directions side by side: an empty cell is "not counted", 0 is "nobody came".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crossings import count_words, figures
from crossings.choices import CountKind, CountMethod, Currency, Direction, GoodsClass
from crossings.counts import MOST_NOTE, MOST_OBSERVER, Fault, Given, Line
from crossings.day_rows import CATALOGUE, USUAL, Row, lines_of, row_of, typed
from crossings.fields_traffic import FigureField, HoursField
from crossings.models import Crossing, TrafficSheet
from crossings.watched import usual_minutes

WAYS = tuple(Direction.values)
# Lines of goods that stand empty below those in use; as many as a day can have.
SPARE_GOODS = 2
MOST_GOODS = 60
SEPARATE = ("method", "observer", "note")


@dataclass
class Cells:
    """A row as the page shows it."""

    row: Row
    fields: list[BoundField]


@dataclass
class Block:
    """A kind of count on the page: the rows in use, and those that wait folded, by what unfolds them."""

    kind: str
    label: str
    rows: list[Cells] = field(default_factory=list)
    folds: list[tuple[str, list[Cells], bool]] = field(default_factory=list)
    totals: list[tuple[str, str]] = field(default_factory=list)


class DayForm(forms.Form):
    """One day of a crossing, both directions. `standing` are the sheets in force, by direction."""

    method = forms.ChoiceField(
        label=gettext_lazy("How it was counted"),
        choices=CountMethod.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    observer = forms.CharField(
        label=gettext_lazy("Who watched"),
        max_length=MOST_OBSERVER,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )
    apart = forms.BooleanField(
        label=gettext_lazy("The direction out of Cambodia was watched in another way or by another person"),
        required=False,
    )
    although_closed = forms.BooleanField(
        label=gettext_lazy("It was counted although the crossing was closed"), required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is corrected"),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        crossing: Crossing,
        day: date,
        standing: Mapping[str, TrafficSheet],
        used: Iterable[tuple[str, str, str, str, str]] = (),
        observer: str = "",
        **kwargs: Any,
    ) -> None:
        self.crossing, self.day, self.standing = crossing, day, standing
        self.lines = {way: lines_of(sheet) for way, sheet in standing.items()}
        present = {line.key for lines in self.lines.values() for line in lines}
        self.used = frozenset(used) | present
        known = {row.key for row in CATALOGUE}
        odd = sorted(key for key in self.used if key not in known and key[0] != CountKind.GOODS)
        self.rows = (*CATALOGUE, *(Row(*key[:4]) for key in odd))
        super().__init__(*args, **{**kwargs, "initial": {**self._initial(observer), **kwargs.get("initial", {})}})
        for name in SEPARATE:
            twin = type(self.fields[name])(**_twin(self.fields[name]))
            self.fields[f"{name}-out"] = twin
        for way in WAYS:
            label = Direction(way).label
            self.fields[f"hours-{way}"] = HoursField(label=", ".join((_("Time watched"), str(label))))
            self.fields[f"version-{way}"] = forms.IntegerField(
                required=False, min_value=0, max_value=32_767, widget=forms.HiddenInput()
            )
            for row in self.rows:
                words = f"{CountKind(row.kind).label}, {row.label}, {label}"
                self.fields[f"{way}-{row.name}"] = FigureField(label=words, adds_to=f"{way}-{row.kind}")
        self._add_goods()
        # Which cells a line came from, so that a refusal finds its way back.
        self._cells: dict[str, list[str]] = {}

    # --- what stands in it ------------------------------------------------------------------------------------

    def _initial(self, observer: str) -> dict[str, Any]:
        """What is in force, else the usual hours and the person himself."""
        first = self.standing.get("in") or self.standing.get("out")
        values: dict[str, Any] = {
            "method": first.method if first else CountMethod.COUNTED,
            "observer": first.observer if first else observer,
            "note": first.note if first else "",
        }
        usual = figures.hours_text(usual_minutes(self.crossing))
        for way in WAYS:
            sheet = self.standing.get(way)
            values[f"version-{way}"] = sheet.version if sheet else 0
            values[f"hours-{way}"] = figures.hours_text(sheet.observed_minutes) if sheet else usual
            for line in self.lines.get(way, ()):
                values[f"{way}-{row_of(line).name}"] = line.number
        second = self.standing.get("out")
        if second and first and any(getattr(first, name) != getattr(second, name) for name in SEPARATE):
            values["apart"] = True
            values |= {f"{name}-out": getattr(second, name) for name in SEPARATE}
        values["although_closed"] = any(sheet.although_closed for sheet in self.standing.values())
        return values

    def _add_goods(self) -> None:
        """Rows of goods: one for each class and currency in use, and some to add."""
        pairs = sorted({(key[1], key[4]) for key in self.used if key[0] == CountKind.GOODS})
        asked = str(self.data.get("goods", "")) if self.is_bound else ""
        count = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else len(pairs) + SPARE_GOODS
        if self.is_bound and "more" in self.data:
            count += 3
        self.goods = min(max(count, len(pairs)), MOST_GOODS)
        for index in range(self.goods):
            one, currency = pairs[index] if index < len(pairs) else ("", "")
            self.initial.update({f"goods-{index}-class": one, f"goods-{index}-currency": currency})
            self._goods_fields(index)
            for way, lines in self.lines.items():
                found = [line for line in lines if line.key == (CountKind.GOODS, one, "", "", currency)]
                for line in found[:1]:
                    self.initial[f"goods-{index}-tonnes-{way}"] = typed(line.tonnes)
                    self.initial[f"goods-{index}-value-{way}"] = typed(line.value)

    def _goods_fields(self, index: int) -> None:
        select = forms.Select(attrs={"class": "form-select"})
        empty = ("", "–")
        self.fields[f"goods-{index}-class"] = forms.ChoiceField(
            label=_("Goods"), required=False, choices=[empty, *GoodsClass.choices], widget=select
        )
        self.fields[f"goods-{index}-currency"] = forms.ChoiceField(
            label=_("Currency"), required=False, choices=[empty, *Currency.choices], widget=select
        )
        for way in WAYS:
            label = Direction(way).label
            words = [", ".join((name, str(label))) for name in (_("Tonnes"), _("Value"))]
            tonnes = FigureField(places=3, label=words[0], adds_to=f"{way}-{CountKind.GOODS}")
            self.fields[f"goods-{index}-tonnes-{way}"] = tonnes
            self.fields[f"goods-{index}-value-{way}"] = FigureField(places=2, label=words[1])

    # --- what the page shows ------------------------------------------------------------------------------------

    def blocks(self) -> list[Block]:
        """Persons, vehicles, refusals and searches, in that order."""
        return [
            self._block(CountKind.PASSENGERS, _("With the document noted"), lambda row: bool(row.document)),
            self._block(CountKind.VEHICLES, "", lambda row: False),
            self._block(CountKind.REFUSED, _("By nationality"), lambda row: bool(row.nationality or row.document)),
            self._block(CountKind.SEARCHES, "", lambda row: False),
        ]

    def _block(self, kind: str, fold: str, folded: Any) -> Block:
        block = Block(kind, str(CountKind(kind).label))
        groups: dict[str, list[Cells]] = {_("More classes"): [], fold: []}
        shown = self.used or USUAL
        for row in self.rows:
            if row.kind != kind:
                continue
            cells = Cells(row, [self[f"{way}-{row.name}"] for way in WAYS])
            filled = any(one.value() not in (None, "") for one in cells.fields)
            if row.key in shown or filled or (row.key in USUAL and not self._in_use(kind)):
                block.rows.append(cells)
            else:
                groups[fold if folded(row) else _("More classes")].append(cells)
        block.folds = [(label, rows, False) for label, rows in groups.items() if rows and label]
        block.totals = [(way, self._total(way, kind)) for way in WAYS]
        return block

    def _in_use(self, kind: str) -> bool:
        return any(key[0] == kind for key in self.used)

    def _total(self, way: str, kind: str) -> str:
        """The sum of the cells as they stand, "" when none is filled; a cell that is no number counts for nothing."""
        found = []
        for row in self.rows:
            value = self[f"{way}-{row.name}"].value() if row.kind == kind else None
            if value in (None, ""):
                continue
            try:
                found.append(figures.whole(value))
            except figures.Unclear:
                continue
        return str(sum(found)) if found else ""

    def goods_rows(self) -> list[dict[str, Any]]:
        """The rows of goods with their cells."""
        return [
            {
                "index": index,
                "class": self[f"goods-{index}-class"],
                "currency": self[f"goods-{index}-currency"],
                "tonnes": [self[f"goods-{index}-tonnes-{way}"] for way in WAYS],
                "values": [self[f"goods-{index}-value-{way}"] for way in WAYS],
            }
            for index in range(self.goods)
        ]

    @property
    def goods_in_use(self) -> bool:
        """Whether goods are counted here, so that their part stands open."""
        return any(key[0] == CountKind.GOODS for key in self.used) or any(
            name.startswith("goods-") for name in self.errors
        )

    @property
    def hours(self) -> list[BoundField]:
        """Time watched in both directions."""
        return [self[f"hours-{way}"] for way in WAYS]

    @property
    def separate(self) -> list[BoundField]:
        """The fields of the direction out of Cambodia when it was watched otherwise."""
        return [self[f"{name}-out"] for name in SEPARATE]

    @property
    def hidden(self) -> list[BoundField]:
        """The versions the person saw."""
        return [self[f"version-{way}"] for way in WAYS]

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """Everything to be mended: where (an id), what it is called, and the sentence."""
        for name, errors in self.errors.items():
            for error in errors:
                if name == "__all__":
                    yield "", "", str(error)
                else:
                    yield self[name].auto_id, str(self[name].label), str(error)

    # --- what was typed -----------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Who watched the other direction must be said when it was another person."""
        data = super().clean() or {}
        if data.get("apart") and not data.get("observer-out") and "observer-out" not in self.errors:
            self.add_error("observer-out", count_words.worded("no_observer", {}))
        return data

    def given(self) -> list[Given]:
        """The counts of the directions that were filled, or that are in force and were emptied."""
        found = []
        for way in WAYS:
            lines = self._typed_lines(way)
            if lines or way in self.standing:
                found.append(self._given(way, tuple(lines)))
        return found

    def _given(self, way: str, lines: tuple[Line, ...]) -> Given:
        data = self.cleaned_data
        twin = "-out" if way == "out" and data.get("apart") else ""
        watched = data.get(f"hours-{way}")
        return Given(
            crossing=self.crossing,
            day=self.day,
            direction=way,
            observed_minutes=watched if watched is not None else 0,
            method=data.get(f"method{twin}") or "",
            observer=data.get(f"observer{twin}") or "",
            lines=lines,
            note=data.get(f"note{twin}") or "",
            although_closed=bool(data.get("although_closed")),
            expected_version=data.get(f"version-{way}"),
            reason=data.get("reason") or "",
        )

    def _typed_lines(self, way: str) -> list[Line]:
        data, lines, cells = self.cleaned_data, [], []
        for row in self.rows:
            if (number := data.get(f"{way}-{row.name}")) is not None:
                lines.append(Line(row.kind, row.class_of, row.nationality, row.document, number))
                cells.append(f"{way}-{row.name}")
        for index in range(self.goods):
            tonnes, value = data.get(f"goods-{index}-tonnes-{way}"), data.get(f"goods-{index}-value-{way}")
            if tonnes is None and value is None:
                continue
            currency = data.get(f"goods-{index}-currency", "") if value is not None else ""
            lines.append(
                Line(
                    CountKind.GOODS, data.get(f"goods-{index}-class", ""), tonnes=tonnes, value=value, currency=currency
                )
            )
            cells.append(f"goods-{index}")
        self._cells[way] = cells
        return lines

    def refused(self, way: str, fault: Fault) -> None:
        """Show a verb's refusal where it belongs."""
        place, words = self._place(way, fault), count_words.sentence(fault)
        self.add_error(place, words if place else f"{Direction(way).label}: {words}")

    def _place(self, way: str, fault: Fault) -> str | None:
        if fault.line is not None:
            cell = self._cells[way][fault.line]
            if not cell.startswith("goods-"):
                return cell
            part = {"tonnes": f"tonnes-{way}", "value": f"value-{way}", "currency": "currency"}
            return f"{cell}-{part.get(fault.field, 'class')}"
        if fault.field == "observed_minutes":
            return f"hours-{way}"
        twin = "-out" if way == "out" and self.cleaned_data.get("apart") else ""
        if fault.field in SEPARATE:
            return f"{fault.field}{twin}"
        return fault.field if fault.field in ("reason", "although_closed") else None


def _twin(like: forms.Field) -> dict[str, Any]:
    """The arguments of a field like another, for the other direction; nothing of it is required by itself."""
    more: dict[str, Any] = {"label": f"{like.label}, {Direction.OUT.label}", "required": False}
    if isinstance(like, forms.ChoiceField):
        return {**more, "choices": like.choices, "widget": forms.Select(attrs={"class": "form-select"})}
    assert isinstance(like, forms.CharField)
    return {**more, "max_length": like.max_length, "widget": type(like.widget)(attrs=dict(like.widget.attrs))}
