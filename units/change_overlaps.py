"""Ground that rows of a change of sectors would have in common with others: a report from there would be contested."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from units.check import OVERLAP_M2
from units.choices import RegisterLayer, Verdict
from units.importing.shapes import Message, note
from units.models import ProposedRow, RegisterChange

# So many of each row are told, the largest first.
TOLD_MAX = 5

# Against the sectors that would still hold at the change's moment, and against the other rows.
_SQL = """
    WITH mine AS (
        SELECT id, unit_id, area FROM units_proposedrow
        WHERE id = ANY(%(rows)s::bigint[]) AND area IS NOT NULL
    ), beside AS (
        SELECT mine.id AS row, sector.code, mine.area, sector.area AS other FROM mine
        JOIN units_sector sector ON sector.area && mine.area AND sector.unit_id <> mine.unit_id
        WHERE sector.period @> %(at)s::timestamptz AND NOT EXISTS (
            SELECT FROM units_proposedrow gone WHERE gone.change_id = %(change)s
                AND gone.replaces = sector.id AND gone.verdict = ANY(%(ending)s)
        )
        UNION ALL
        SELECT mine.id, other.code, mine.area, other.area FROM mine
        JOIN units_proposedrow other ON other.area && mine.area AND other.unit_id <> mine.unit_id
        WHERE other.change_id = %(change)s AND other.verdict = ANY(%(drawing)s)
    ), shared AS (
        SELECT row, code, ST_Area(ST_CollectionExtract(ST_Intersection(area, other), 3)::geography) AS m2
        FROM beside WHERE ST_Intersects(area, other)
    )
    SELECT row, code, m2 FROM shared WHERE m2 >= %(least)s ORDER BY m2 DESC
"""


def overlaps(change: RegisterChange, rows: Sequence[ProposedRow]) -> dict[int, list[Message]]:
    """Notes by key of the row: which other unit's sector it would share ground with, and how much (km²).

    Asked of the register as it is now, so the page of a draft is never behind; slivers along a shared edge are none.
    """
    drawing = [Verdict.ADDED, Verdict.CHANGED]
    keys = [row.pk for row in rows if row.verdict in drawing]
    if change.layer != RegisterLayer.SECTOR or not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "rows": keys, "change": change.pk, "at": change.effective_from, "least": OVERLAP_M2,
                "drawing": [str(one) for one in drawing],
                "ending": [str(one) for one in (Verdict.CHANGED, Verdict.ENDED)],
            },
        )  # fmt: skip
        found = cursor.fetchall()
    told: defaultdict[int, list[Message]] = defaultdict(list)
    for key, code, m2 in found:
        if len(told[key]) < TOLD_MAX:
            told[key].append(note("overlaps", code=code, km2=round(m2 / 1e6, 2)))
    return dict(told)
