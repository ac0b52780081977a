"""The rows of the sheet of a day: what can be counted, in the order people count it, and what stands on a sheet."""

from dataclasses import dataclass
from decimal import Decimal

from crossings.choices import CountKind, NationalityGroup, TravelDocument, VehicleClass
from crossings.counts import Line
from crossings.models import TrafficSheet


@dataclass(frozen=True)
class Row:
    """A row of the sheet: one class in both directions; `name` goes into the names of its cells."""

    kind: str
    class_of: str = ""
    nationality: str = ""
    document: str = ""

    @property
    def name(self) -> str:
        """The row's part of a cell's name."""
        return "-".join((self.kind, self.class_of or self.nationality, self.document))

    @property
    def label(self) -> str:
        """The row in words."""
        if self.class_of:
            return str(VehicleClass(self.class_of).label)
        words = []
        if self.nationality:
            words.append(str(NationalityGroup(self.nationality).label))
        if self.document:
            words.append(str(TravelDocument(self.document).label))
        return " · ".join(words) or str(CountKind(self.kind).label)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """The key of the row's lines."""
        return (self.kind, self.class_of, self.nationality, self.document, "")


CATALOGUE: tuple[Row, ...] = (
    *(Row(CountKind.PASSENGERS, nationality=group) for group in NationalityGroup.values),
    *(
        Row(CountKind.PASSENGERS, nationality=group, document=paper)
        for group in NationalityGroup.values
        for paper in TravelDocument.values
    ),
    *(Row(CountKind.VEHICLES, one) for one in VehicleClass.values),
    Row(CountKind.REFUSED),
    *(Row(CountKind.REFUSED, nationality=group) for group in NationalityGroup.values),
    Row(CountKind.SEARCHES),
)
# What a crossing counts that has no days yet; everything else waits folded.
USUAL = frozenset(
    row.key
    for row in CATALOGUE
    if not row.document
    and (
        (row.kind == CountKind.PASSENGERS and row.nationality != NationalityGroup.UNKNOWN)
        or row.class_of in (VehicleClass.MOTORCYCLE, VehicleClass.CAR, VehicleClass.TRUCK)
        or (row.kind == CountKind.REFUSED and not row.nationality)
        or row.kind == CountKind.SEARCHES
    )
)


def lines_of(sheet: TrafficSheet) -> list[Line]:
    """The lines of a sheet as they were given."""
    return [
        Line(row.kind, row.class_of, row.nationality, row.document, row.number, row.tonnes, row.value, row.currency)
        for row in sheet.lines.all()
    ]


def row_of(line: Line) -> Row:
    """The row a line stands in."""
    return Row(line.kind, line.class_of, line.nationality, line.document)


def typed(figure: Decimal | None) -> str:
    """A figure as it is typed again, so that nothing in it is doubtful."""
    if figure is None:
        return ""
    text = f"{figure.normalize():f}"
    whole, point, rest = text.partition(".")
    return f"{whole}.{rest}0" if point and len(rest) == 3 else text
