"""Cases from public sources, at their places and dates, described neutrally.

They were entered when the system was taken into use, and their text says so: the chain shows the day of entry, the
attribution the head of the day on which it happened. Positions are approximate; the sources give none or differ.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.geos import Point

from crossings.models import Crossing
from incidents.choices import Category, CoordinateSource, Impact, Side, TimePrecision
from incidents.reports import Report
from units.models import District

ENTERED = "បញ្ចូលក្រោយមកពីប្រភពសាធារណៈ។ / Entered later from public sources."


@dataclass(frozen=True)
class Case:
    """One published case: what, where (longitude, latitude, metres), when (Phnom Penh noon), and in both languages."""

    category: str
    type: str
    district: str
    at: tuple[float, float]
    accuracy_m: int
    day: tuple[int, int, int]
    place_name: str
    text_km: str
    text_en: str
    impact: str = Impact.HIGH
    precision: str = TimePrecision.DAY
    side: str = Side.UNDETERMINED
    crossing: str = ""
    closed: bool = True
    picture: str = ""

    def report(self) -> Report:
        """As the archive files it."""
        crossing = Crossing.objects.get(slug=self.crossing) if self.crossing else None
        year, month, day = self.day
        return Report(
            category=self.category,
            type=self.type,
            impact=self.impact,
            text=f"{self.text_km}\n{self.text_en}\n{ENTERED}",
            occurred_at=datetime(year, month, day, 5, tzinfo=UTC),
            time_precision=self.precision,
            coordinate_source=CoordinateSource.CROSSING if crossing else CoordinateSource.MAP,
            point=Point(*self.at, srid=4326),
            accuracy_m=self.accuracy_m,
            place_name=self.place_name,
            side=self.side,
            near_crossing=crossing,
            district=District.objects.get(code=self.district),
        )


_NEIGHBOUR: dict[str, Any] = {"category": Category.NEIGHBOUR}
CASES: tuple[Case, ...] = (
    Case(
        **_NEIGHBOUR, type="pond_or_canal", district="1607", at=(107.42, 13.786), accuracy_m=600,
        day=(2015, 6, 12), place_name="ឃុំប៉ក់ញ៉ៃ ស្រុកអូរយ៉ាដាវ", precision=TimePrecision.MONTH, picture="ponds",
        text_km=(
            "ស្រះចំនួន ៥ ទំហំ ៥ ម៉ែត្រ គុណ ១៣ ម៉ែត្រ ត្រូវបានភាគីជិតខាងជីកក្នុងឃុំប៉ក់ញ៉ៃ ស្រុកអូរយ៉ាដាវ "
            "ចម្ងាយ ៣៨០ ទៅ ៥៤៥ ម៉ែត្រពីខ្សែបន្ទាត់ តាមផែនទីបុន មាត្រដ្ឋាន ១/១០០.០០០។"
        ),
        text_en=(
            "Five ponds of 5 m x 13 m were dug from the neighbouring side in Pak Nhai commune, O Yadav district, "
            "380 to 545 m from the line on the Bonne map 1:100,000. A diplomatic note followed."
        ),
    ),
    Case(
        **_NEIGHBOUR, type="temporary_structure", district="0805", at=(105.172, 10.918), accuracy_m=1000,
        day=(2020, 4, 20), place_name="ឃុំក្អមសំណរ ស្រុកលើកដែក", precision=TimePrecision.MONTH, picture="tents",
        text_km=(
            "ភាគីជិតខាងបានដំឡើងតង់ក្នុងតំបន់ស ស្រុកលើកដែក និងស្រុកកោះធំ សរុបចំនួន ៣១ ខ្នងក្នុងស្រុកទាំងពីរ។ "
            "អាជ្ញាធរមូលដ្ឋានបានជួបពិភាក្សា។ ក្រោយមកតង់ត្រូវបានរុះរើជាបន្តបន្ទាប់។"
        ),
        text_en=(
            "Tents were put up from the neighbouring side in the white zone of Leuk Daek and Koh Thom, 31 in both "
            "districts together. Local authorities spoke with the other side; the tents were later removed in stages."
        ),
    ),
    Case(
        **_NEIGHBOUR, type="temporary_structure", district="0812", at=(105.083, 10.952), accuracy_m=800,
        day=(2020, 5, 8), place_name="សង្កាត់ព្រែកជ្រៃ ក្រុងសំពៅពូន", precision=TimePrecision.MONTH, picture="tents",
        text_km=(
            "រោងមួយទំហំ ២០ ម៉ែត្រការ៉េ កម្ពស់ ៣ ម៉ែត្រ ត្រូវបានសង់ចម្ងាយប្រហែល ១២០ ម៉ែត្រពីខ្សែបន្ទាត់។ "
            "កម្លាំងនគរបាលការពារព្រំដែន និងកងការពារព្រំដែនបានចុះដល់ទីកន្លែង និងជួបប៉ុស្តិ៍ភាគីជិតខាង។"
        ),
        text_en=(
            "A shelter of 20 square metres, 3 m high, was built about 120 m from the line. Border police and border "
            "protection soldiers went there and spoke with the post of the other side, which later named other "
            "coordinates and distances and invited to a joint inspection."
        ),
    ),
    Case(
        **_NEIGHBOUR, type="road_or_path", district="1906", at=(105.989, 13.9245), accuracy_m=500,
        day=(2017, 4, 2), place_name="ត្រពាំងក្រៀល ស្រុកបុរីអូរស្វាយសែនជ័យ", precision=TimePrecision.MONTH,
        text_km=(
            "ភាគីជិតខាងបានជីកដី និងធ្វើផ្លូវនៅត្រពាំងក្រៀល ចម្ងាយប្រហែល ១៥០ ម៉ែត្រពីច្រកទ្វារ។ "
            "ការងារបានផ្អាក ក្រោយខេត្តបានធ្វើអន្តរាគមន៍។"
        ),
        text_en=(
            "Digging and road works from the neighbouring side at Trapeang Kriel, about 150 m from the gate; they "
            "stopped after the province had intervened."
        ),
    ),
    Case(
        **_NEIGHBOUR, type="crossing_closed_by_neighbour", district="1906", at=(105.93, 13.94), accuracy_m=5000,
        day=(2017, 4, 4), place_name="ច្រករងអូរស្វាយ", impact=Impact.MEDIUM, precision=TimePrecision.MONTH,
        text_km="ច្រករងនៅអូរស្វាយត្រូវបានភាគីជិតខាងបិទ។",
        text_en="The secondary gate at O Svay was closed from the neighbouring side.",
    ),
    Case(
        category=Category.OWN_SIDE, type="permanent_structure", district="2204", at=(103.699, 14.432),
        accuracy_m=500, day=(2016, 8, 5), place_name="អូរស្មាច់ ក្រុងសំរោង", impact=Impact.MEDIUM,
        precision=TimePrecision.MONTH,
        text_km=(
            "ទ្រុងមាន់មួយត្រូវបានសាងសង់ក្នុងតំបន់ត្រួតស៊ីគ្នានៅអូរស្មាច់ ដោយមន្ត្រីខាងយើង ហើយមិនបានរាយការណ៍ទៅថ្នាក់លើ។ "
            "ភាគីជិតខាងបានបិទច្រករហូតដល់រុះរើរួច។"
        ),
        text_en=(
            "A hen-house was built by an official of our side in an overlapping area at O Smach and not reported "
            "upwards; the other side closed the gate until it was removed."
        ),
    ),
    Case(
        category=Category.OWN_SIDE, type="survey_activity", district="0212", at=(102.44, 13.1), accuracy_m=10000,
        day=(2025, 11, 17), place_name="បង្គោលលេខ ៥២ ដល់លេខ ៥៩", impact=Impact.LOW,
        text_km=(
            "ក្រុមចម្រុះនៃប្រទេសទាំងពីរបានដាក់បង្គោលបណ្តោះអាសន្ន ៩៤ ក្នុងចំណោម ១៦៦ នៅចន្លោះបង្គោលលេខ ៥២ ដល់លេខ ៥៩ "
            "ពីថ្ងៃទី ៨ ដល់ថ្ងៃទី ១៧ ខែវិច្ឆិកា ឆ្នាំ ២០២៥។ បង្គោលបណ្តោះអាសន្នមិនមានអានុភាពផ្លូវច្បាប់ទេ។"
        ),
        text_en=(
            "Joint teams of both countries placed 94 of 166 temporary survey markers between pillars 52 and 59 from "
            "8 to 17 November 2025. Temporary markers have no legal effect."
        ),
    ),
    Case(
        **_NEIGHBOUR, type="crossing_closed_by_neighbour", district="0107", at=(102.81, 13.97), accuracy_m=8000,
        day=(2025, 6, 7), place_name="ច្រកបឹងត្រកួន ចន្លោះបង្គោលលេខ ៣៤ ដល់លេខ ៣៨", crossing="th-boeung-trakuon",
        text_km=(
            "ភាគីជិតខាងបានកំណត់ម៉ោងបើក និងបិទច្រកព្រំដែនចាប់ពីថ្ងៃទី ៧ ខែមិថុនា ឆ្នាំ ២០២៥ "
            "រួមទាំងច្រកតំបន់បឹងត្រកួន ម្តុំបង្គោលលេខ ៣៤ ដល់លេខ ៣៨។"
        ),
        text_en=(
            "From 7 June 2025 the neighbour limited the hours of crossings and closed some, among them the regional "
            "gate of Boeung Trakuon, near pillars 34 to 38."
        ),
        closed=False,
    ),
    Case(
        **_NEIGHBOUR, type="crossing_closed_by_neighbour", district="2202", at=(103.1, 14.3), accuracy_m=10000,
        day=(2025, 6, 21), place_name="ច្រកជប់គគីរ ស្រុកបន្ទាយអំពិល", crossing="th-chub-kokir",
        text_km="ភាគីជិតខាងបានបិទច្រកជប់គគីរ នៅថ្ងៃទី ២១ ខែមិថុនា ឆ្នាំ ២០២៥។",
        text_en="The neighbour closed the Chub Kokir crossing on 21 June 2025.",
        closed=False,
    ),
)  # fmt: skip
