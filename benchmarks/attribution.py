"""Who answers, over five thousand sectors of a thousand corners each."""

import random
import statistics

from django.contrib.gis.geos import Point
from django.utils import timezone

from benchmarks import world
from benchmarks.timing import absolute, once
from incidents.attribution import find
from units.models import Province


def run() -> list[dict[str, object]]:
    """Median and 95th percentile of 300 places spread over the border."""
    count = world.many_sectors()
    chance = random.Random(1)
    province, now = Province.objects.get(code="16"), timezone.now()

    def one() -> object:
        point = Point(chance.uniform(104, 107.6), chance.uniform(11, 14.5), srid=4326)
        return find(point=point, accuracy_m=50, moment=now, province=province)

    one()
    times = [once(one) for _ in range(300)]
    return [
        absolute(f"attribution over {count:,} sectors of 1,000 corners, median", statistics.median(times), 5),
        absolute("the same, 95th percentile", statistics.quantiles(times, n=20)[-1], 5),
    ]
