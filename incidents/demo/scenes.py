"""What is going on today: incidents set up by hand so that every account of the cast finds something waiting.

Minutes count back from the moment the demo world is made, so it is fresh whenever that is.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.gis.geos import Point

from incidents.choices import Answer, Category, CloseReason, CoordinateSource, Impact, Side
from incidents.demo.places import Places
from incidents.demo.story import Life, Reply


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


SILENT: dict[str, Reply] = {}


def replies(**after: Reply | float) -> dict[str, Reply]:
    """Answers by institution: a number is an acceptance after so many minutes."""
    return {code: given if isinstance(given, Reply) else Reply(minutes(given)) for code, given in after.items()}


def looked(after: float) -> Reply:
    """Opened, and silent since."""
    return Reply(minutes(after), opened_only=True)


@dataclass(frozen=True)
class Scene:
    """One incident: filed so long ago by whom from which district, where, what, and what became of it.

    `at` is (longitude, latitude, metres); "edge", "overlap" and "gap" are the places the ground is planned to have,
    "name" is a place known by name only. `copy` is a second report under the same key.
    """

    ago: timedelta
    district: str
    category: str
    type: str
    impact: str
    text: str
    at: tuple[float, float, int] | str
    life: Life = field(default_factory=Life)
    filer: str = ""
    happened_before: timedelta = timedelta(minutes=40)
    side: str = Side.OWN
    picture: str = ""
    copy: str = ""
    settled: bool = False
    # Which receiver fails, how often, with which answer: "webhooks 1 410".
    trouble: str = ""
    # How it became known, the unit of the reporter's own chain it is about, and a story of `holding.py` that follows.
    known_by: str = ""
    about: str = ""
    then: str = ""


AREA = Side.UNDETERMINED
N, A, C = Category.NEIGHBOUR, Category.ARMED, Category.ILLEGAL_CROSSING


WAITING: tuple[Scene, ...] = (
    Scene(
        minutes(52), "1607", N, "pond_or_canal", Impact.HIGH,
        "កម្លាំងល្បាតបានឃើញស្រះថ្មីចំនួន ៣ កំពុងជីកដោយគ្រឿងចក្រពីភាគីជិតខាង នៅឃុំប៉ក់ញ៉ៃ ប្រហែល ៤២០ ម៉ែត្រពីខ្សែបន្ទាត់។ "
        "មេប៉ុស្តិ៍បានជួបភាគីជិតខាងនៅនឹងកន្លែង ហើយស្នើឱ្យផ្អាក។",
        (107.4312, 13.7921, 20), Life(replies(moi=14, ssba=looked(25))), side=AREA, picture="ponds",
    ),
    Scene(
        minutes(97), "0105", N, "fence_or_wire", Impact.VERY_HIGH,
        "ភាគីជិតខាងបានរាយលួសបន្លាប្រវែងប្រហែល ១៨០ ម៉ែត្រ កាត់ដីប្រជាពលរដ្ឋនៅភូមិព្រៃចាន់ ឃុំអូរបីជាន់។",
        (102.6512, 13.7304, 12), Life(replies(moi=20, ssba=60)), side=AREA, picture="fence",
    ),
    Scene(
        minutes(38), "0212", A, "mine_or_uxo", Impact.HIGH,
        "កសិករបានប្រទះឃើញគ្រាប់មិនទាន់ផ្ទុះ ២ គ្រាប់ ពេលភ្ជួរដី នៅឃុំត្រាង។ បានដាក់សញ្ញាហាមចូល។",
        (102.45, 13.11, 15), Life(SILENT), happened_before=minutes(25),
    ),
)  # fmt: skip


OVERDUE: tuple[Scene, ...] = (
    Scene(
        minutes(330), "1903", N, "road_or_path", Impact.HIGH,
        "គ្រឿងចក្រ ២ គ្រឿងពីភាគីជិតខាង កំពុងឈូសផ្លូវថ្មីប្រវែងប្រហែល ៦០០ ម៉ែត្រ នៅម្តុំអូរអាឡៃ។",
        (106.40, 14.44, 60), Life(replies(moi=18, ssba=Reply(minutes(75), Answer.ALREADY_ACTING))),
        side=AREA, trouble="webhooks 2 503",
    ),
    Scene(
        hours(49), "1303", N, "digging_trench", Impact.HIGH,
        "ភាគីជិតខាងបានជីកប្រឡាយប្រវែងប្រហែល ៨០ ម៉ែត្រ ក្បែរច្រកអានសេះ។ បានថតរូប និងវាស់ចម្ងាយ។",
        (104.951, 14.372, 30), Life(replies(moi=30, mfaic=Reply(minutes(50), Answer.NEED_INFORMATION))),
        side=AREA, trouble="webhooks 1 410",
    ),
    Scene(
        hours(26), "0812", N, "temporary_structure", Impact.MEDIUM,
        "តង់ថ្មី ២ ខ្នង ត្រូវបានដំឡើងពីភាគីជិតខាង នៅសង្កាត់ព្រែកជ្រៃ។ មិនទាន់ឃើញមានមនុស្សស្នាក់នៅ។",
        (105.086, 10.945, 25), Life(replies(moi=looked(45), mfaic=35, ssba=70)), side=AREA, picture="tents",
        trouble="mail 1 550",
    ),
    Scene(
        minutes(170), "1303", A, "detention_of_citizen", Impact.VERY_HIGH,
        "ពលរដ្ឋ ២ នាក់ ដែលចូលព្រៃរកឈើ ត្រូវបានភាគីជិតខាងឃាត់ខ្លួន តាំងពីព្រឹក។ គ្រួសារបានមកប្តឹងនៅប៉ុស្តិ៍។",
        "name", Life(SILENT), happened_before=hours(4),
    ),
)  # fmt: skip


# The province decided to tell the institutions, with a day's time to answer.
DECIDED: tuple[Scene, ...] = (
    Scene(
        hours(23), "1607", Category.MARKER, "damaged", Impact.MEDIUM,
        "បង្គោលព្រំដែនលេខ ៣០ បាក់ជ្រុងខាងលើ និងមានស្នាមប្រេះ។ ប្រហែលរថយន្តដឹកឈើប៉ះ។",
        (107.4551, 13.7708, 10),
        Life(replies(moi=200), verified=hours(1), escalated=hours(3),
             escalate_reason="បង្គោលនេះជាបង្គោលធំ ត្រូវជួសជុលរួមគ្នាតាមគណៈកម្មការព្រំដែន។"),
        side=Side.ON_LINE, picture="marker",
    ),
    Scene(
        hours(5), "1103", Category.OWN_SIDE, "cultivation", Impact.MEDIUM,
        "គ្រួសារចំនួន ៤ បានកាប់ឆ្ការដីជិតខ្សែបន្ទាត់ នៅឃុំដាក់ដាំ ដើម្បីដាំដំឡូងមី។ បានណែនាំឱ្យផ្អាកសិន។",
        (107.35, 12.30, 40), Life(SILENT, verified=hours(1), escalated=hours(2)), side=AREA,
    ),
    Scene(
        hours(34), "2005", N, "drone_overflight", Impact.MEDIUM,
        "ដ្រូនមួយគ្រឿងពីភាគីជិតខាង បានហោះលើភូមិក្នុងឃុំបាសាក់ រយៈពេលប្រហែល ២០ នាទី។",
        (105.94, 10.96, 300), Life(replies(moi=300, ssba=600), verified=hours(2), escalated=hours(4)),
    ),
    Scene(
        hours(20), "2402", Category.OTHER_CRIME, "terrorism_suspicion", Impact.HIGH,
        "បុរស ២ នាក់ ត្រូវបានឃាត់ខ្លួននៅសាលាក្រៅ ដោយមានសម្ភារៈសង្ស័យអាចប្រើផ្ទុះ។ បានប្រគល់ទៅស្នងការដ្ឋាន។",
        (102.51, 12.94, 20), Life(replies(moi=12)),
    ),
)  # fmt: skip


def _done_today(since_midnight: timedelta) -> list[Scene]:
    """Answered since midnight, each of the four answers once."""
    share = [min(timedelta(minutes=most), since_midnight * part) for most, part in
             ((35, 0.15), (80, 0.3), (150, 0.5), (210, 0.7))]  # fmt: skip
    first, second, third, fourth = share

    def life(answered: str, expected: timedelta | None = None) -> Life:
        return Life(replies(moi=16, ssba=28, mfaic=Reply(minutes(33), answered, expected=expected)))

    return [
        Scene(
            first + minutes(33), "2103", N, "temporary_structure", Impact.MEDIUM,
            "ភាគីជិតខាងបានសាងសង់រោងស្នាក់នៅបណ្តោះអាសន្ន ១ ខ្នង នៅឃុំជ័យជោគ ដើម្បីរក្សាស្រូវ។",
            (105.02, 10.83, 50), life(Answer.ACCEPT, hours(24)), side=AREA,
        ),
        Scene(
            second + minutes(33), "0905", N, "sign_board", Impact.MEDIUM,
            "ផ្លាកសញ្ញាថ្មីមួយ ត្រូវបានដាក់ពីភាគីជិតខាង ក្បែរច្រកចាំយាម ក្នុងតំបន់មិនទាន់បោះបង្គោល។",
            (102.914, 11.648, 20), life(Answer.ALREADY_ACTING), side=AREA,
        ),
        Scene(
            third + minutes(33), "1607", N, "cultivation", Impact.MEDIUM,
            "ប្រជាពលរដ្ឋពីភាគីជិតខាងបានដាំកូនកៅស៊ូលើផ្ទៃដីប្រហែល ២ ហិកតា នៅឃុំប៉ក់ញ៉ៃ។",
            (107.448, 13.806, 100), life(Answer.NEED_INFORMATION), side=AREA,
        ),
        Scene(
            fourth + minutes(33), "2204", N, "survey_activity", Impact.LOW,
            "មនុស្ស ៣ នាក់ពីភាគីជិតខាង បានយកឧបករណ៍មកវាស់ដី ម្តុំអូរស្មាច់ រយៈពេលមួយម៉ោង។",
            (103.698, 14.4295, 60), life(Answer.NOT_OURS), side=AREA,
        ),
    ]  # fmt: skip


# Reports of Ou Ya Dav and of the post there, and what Ratanakiri has to decide.
OF_THE_CAST: tuple[Scene, ...] = (
    Scene(
        hours(5), "1607", C, "group_crossing", Impact.MEDIUM,
        "មនុស្សមួយក្រុមចំនួន ៩ នាក់ បានដើរឆ្លងព្រំដែនតាមចម្ការកៅស៊ូ នៅឃុំប៉ាតេ ដោយគ្មានឯកសារ។",
        (107.41, 13.70, 15),
    ),
    Scene(
        hours(26), "1607", Category.SMUGGLING, "fuel", Impact.LOW,
        "អ្នកភូមិរាយការណ៍ថា មានគេដឹកប្រេងតាមម៉ូតូ ៦ គ្រឿង នៅពេលយប់ ម្តុំអូរតាដោក។ មិនទាន់ដឹងទីតាំងជាក់លាក់។",
        "name",
    ),
    Scene(
        hours(75), "1607", C, "river_crossing", Impact.LOW,
        "មនុស្ស ៤ នាក់ បានលុយទឹកឆ្លងទន្លេសេសាន នៅឃុំសេសាន ហើយត្រឡប់ទៅវិញក្រោយជួបកម្លាំងល្បាត។",
        (107.45, 13.83, 25), Life(verified=hours(6)),
    ),
    Scene(
        hours(50), "1607", Category.SMUGGLING, "timber", Impact.HIGH,
        "រកឃើញឈើអារ ១៧ ដុំ លាក់ក្នុងព្រៃ នៅព្រំប្រទល់តំបន់ទទួលខុសត្រូវរបស់ប៉ុស្តិ៍ពីរ។",
        "edge", Life(),
    ),
    Scene(
        hours(8), "1607", C, "use_of_unofficial_crossing", Impact.MEDIUM,
        "ផ្លូវលំចាស់មួយដែលបានបិទ មានស្នាមកង់ម៉ូតូថ្មីៗ។ កម្លាំងប៉ុស្តិ៍បានដាក់ឈើរាំងឡើងវិញ។",
        (107.44, 13.76, 8), filer="head",
    ),
    Scene(
        hours(9), "1607", C, "attempted_exit", Impact.MEDIUM,
        "បានឃាត់ពលរដ្ឋ ១២ នាក់ ដែលហៀបនឹងឆ្លងដែនទៅធ្វើការ នៅឃុំយ៉ាទុង។ មានកុមារ ២ នាក់។",
        (107.43, 13.66, 20),
        copy="បានឃាត់ពលរដ្ឋ ១៥ នាក់ ដែលហៀបនឹងឆ្លងដែនទៅធ្វើការ នៅឃុំយ៉ាទុង។ មានកុមារ ៣ នាក់។",
    ),
    Scene(
        hours(144), "1607", Category.PUBLIC_ORDER, "clash_between_residents", Impact.LOW,
        "ប្រជាពលរដ្ឋទាំងពីរភាគីមានជម្លោះរឿងគោស៊ីដំណាំ នៅឃុំប៉ក់ញ៉ៃ។",
        (107.40, 13.77, 200),
        Life(verified=hours(5), closed=hours(50), close_reason=CloseReason.OVER, reopened=hours(90)),
    ),
)  # fmt: skip


# Where the register cannot say who answers, and what Banteay Meanchey has to decide.
REGISTER: tuple[Scene, ...] = (
    Scene(
        hours(30), "1903", C, "use_of_unofficial_crossing", Impact.MEDIUM,
        "ផ្លូវលំក្នុងព្រៃត្រូវបានប្រើដឹកទំនិញដោយគោយន្ត ៥ គ្រឿង នៅស្រុកសៀមប៉ាង កន្លែងគ្មានប៉ុស្តិ៍យាម។",
        "gap",
    ),
    Scene(
        hours(27), "0107", Category.SMUGGLING, "livestock", Impact.MEDIUM,
        "គោ ១១ ក្បាល ត្រូវបានដឹកឆ្លងដែននៅពេលយប់ នៅស្រុកថ្មពួក ត្រង់កន្លែងដែលប៉ុស្តិ៍ពីរល្បាតរួមគ្នា។",
        "overlap",
    ),
    Scene(
        hours(3), "0110", Category.CHECKPOINT, "unofficial_fee", Impact.MEDIUM,
        "អ្នកបើកបររថយន្តដឹកទំនិញ ៣ នាក់ ប្តឹងថាត្រូវគេទារប្រាក់ ២០០០០ រៀល ក្រៅផ្លូវការ នៅប៉ោយប៉ែត។",
        (102.56, 13.655, 200),
    ),
    Scene(
        hours(98), "0107", C, "entry", Impact.MEDIUM,
        "ជនបរទេស ៥ នាក់ បានឆ្លងដែនចូលមកតាមផ្លូវលំ នៅឃុំគោករមៀត ដោយគ្មានលិខិតឆ្លងដែន។",
        (102.80, 13.92, 35), Life(verified=hours(7)),
        copy="ជនបរទេស ៦ នាក់ បានឆ្លងដែនចូលមកតាមផ្លូវលំ នៅឃុំគោករមៀត ដោយគ្មានលិខិតឆ្លងដែន។", settled=True,
    ),
    Scene(
        hours(11), "0109", N, "patrol_incursion", Impact.MEDIUM,
        "ក្រុមល្បាតភាគីជិតខាង ៧ នាក់ បានដើរមកដល់ចម្ការដំឡូងមី នៅស្រុកម៉ាឡៃ រួចដកថយក្រោយជួបនិយាយគ្នា។",
        (102.46, 13.53, 150), Life(SILENT, verified=hours(2)),
    ),
)  # fmt: skip


def scenes(since_midnight: timedelta) -> list[Scene]:
    """All of them; `since_midnight` (Phnom Penh) keeps what is "done today" on today's date."""
    return [*WAITING, *OVERDUE, *DECIDED, *_done_today(since_midnight), *OF_THE_CAST, *REGISTER]


def place(scene: Scene, places: Places) -> dict[str, object]:
    """The report's fields of place."""
    district = places.district(scene.district)
    if isinstance(scene.at, tuple):
        longitude, latitude, accuracy = scene.at
        return {
            "point": Point(longitude, latitude, srid=4326),
            "accuracy_m": accuracy,
            "coordinate_source": CoordinateSource.GPS if accuracy <= 60 else CoordinateSource.MAP,
            "place_name": places.named_in(scene.text, district),
            "side": scene.side,
        }
    found = {
        "edge": lambda: places.on_edge(scene.district),
        "overlap": places.in_overlap,
        "gap": places.in_gap,
    }.get(scene.at, lambda: None)()
    return (found or places.by_name(district)).fields
