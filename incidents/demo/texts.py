"""What happens at a border, as district officers write it: kinds of incidents with sentences to be filled in.

`{place}` is a place, `{n}` a count, `{k}` a small count, `{m}` metres, `{amount}` a larger amount, `{minutes}`
minutes; all figures are written in Khmer digits. The wording is neutral, the events are made up.
"""

import random
from dataclasses import dataclass

from incidents.choices import Category, Impact

KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@dataclass(frozen=True)
class Kind:
    """One type of incident: how often (weight), how serious, where, when, and its sentences."""

    category: str
    type: str
    weight: int
    impacts: tuple[str, ...]
    sentences: tuple[str, ...]
    # "ground", "area" (unresolved), "crossing" or "marker": where such a thing happens.
    where: str = "ground"
    by_night: bool = False


L, M, H, V = Impact.LOW, Impact.MEDIUM, Impact.HIGH, Impact.VERY_HIGH
CROSSING, FACILITATION, SMUGGLING = Category.ILLEGAL_CROSSING, Category.FACILITATION, Category.SMUGGLING
NEIGHBOUR, ARMED, ORDER = Category.NEIGHBOUR, Category.ARMED, Category.PUBLIC_ORDER

KINDS: tuple[Kind, ...] = (
    Kind(CROSSING, "group_crossing", 14, (L, M, M, H), (
        "កម្លាំងល្បាតបានប្រទះឃើញមនុស្សមួយក្រុមចំនួន {n} នាក់ ដើរឆ្លងព្រំដែនតាមផ្លូវលំ នៅ{place}។",
        "ប្រជាពលរដ្ឋរាយការណ៍ថា មានមនុស្សប្រមាណ {n} នាក់ ឆ្លងព្រំដែនដោយគ្មានឯកសារ ម្តុំ{place}។",
        "ពេលព្រលប់ មនុស្ស {n} នាក់ បានឆ្លងព្រំដែនជាក្រុមៗ នៅ{place} ហើយជិះរថយន្តចេញទៅ។",
    ), by_night=True),
    Kind(CROSSING, "river_crossing", 9, (L, M, M), (
        "ទូកម៉ាស៊ីនមួយគ្រឿងដឹកមនុស្ស {n} នាក់ បានឆ្លងព្រែកព្រំដែននៅ{place} ដោយមិនឆ្លងកាត់ច្រកផ្លូវការ។",
        "មនុស្ស {n} នាក់ បានលុយទឹកឆ្លងអូរព្រំដែន នៅ{place} ហើយត្រូវបានកម្លាំងល្បាតឃាត់ខ្លួន។",
    ), by_night=True),
    Kind(CROSSING, "use_of_unofficial_crossing", 12, (L, L, M), (
        "ផ្លូវលំមួយនៅ{place} ត្រូវបានប្រើសម្រាប់ឆ្លងដែនដោយម៉ូតូចំនួន {n} គ្រឿង ក្នុងមួយព្រឹក។",
        "រកឃើញស្នាមកង់រថយន្តថ្មីៗ នៅច្រករបៀងខុសច្បាប់មួយ ក្នុង{place} ប្រហែល {m} ម៉ែត្រពីខ្សែបន្ទាត់។",
        "អ្នកភូមិប្រើផ្លូវដើរចាស់នៅ{place} ដើម្បីទៅផ្សារខាងនោះ ប្រមាណ {n} នាក់ក្នុងមួយថ្ងៃ។",
    )),
    Kind(CROSSING, "reopening_of_closed_crossing", 6, (M, M, H), (
        "របាំងបិទច្រករបៀងខុសច្បាប់នៅ{place} ត្រូវបានគេរុះរើ។ កម្លាំងចម្រុះបានបិទឡើងវិញ។",
        "ច្រករបៀងដែលបានបិទកាលពីខែមុន នៅ{place} មានគេបើកឡើងវិញ ដោយដាក់ក្តារឆ្លងប្រឡាយ។",
    )),
    Kind(CROSSING, "attempted_exit", 9, (L, M), (
        "សមត្ថកិច្ចបានឃាត់ពលរដ្ឋ {n} នាក់ ដែលប៉ុនប៉ងចេញទៅធ្វើការនៅប្រទេសជិតខាងដោយគ្មានឯកសារ នៅ{place}។",
        "ពលរដ្ឋ {n} នាក់ មកពីខេត្តផ្សេង ត្រូវបានណែនាំឱ្យត្រឡប់វិញ ពេលហៀបឆ្លងដែននៅ{place}។",
    ), by_night=True),
    Kind(CROSSING, "entry", 7, (L, M, M), (
        "ជនបរទេស {n} នាក់ បានចូលមកតាមផ្លូវលំនៅ{place} ដោយគ្មានលិខិតឆ្លងដែន។",
        "ពិនិត្យឃើញជនបរទេស {n} នាក់ ទើបឆ្លងដែនចូលមកនៅ{place}។ បានប្រគល់ទៅអន្តោប្រវេសន៍។",
    )),
    Kind(CROSSING, "pushback_from_neighbour", 5, (M, M, H), (
        "ភាគីជិតខាងបានបញ្ជូនពលរដ្ឋ {n} នាក់ ត្រឡប់មកវិញតាម{place} ដោយមិនបានជូនដំណឹងជាមុន។",
    )),
    Kind(CROSSING, "deportee_return", 5, (L, M), (
        "ពលករ {n} នាក់ ដែលត្រូវបញ្ជូនត្រឡប់ពីប្រទេសជិតខាង បានមកដល់{place}។ បានទទួល និងពិនិត្យសុខភាពរួច។",
    ), where="crossing"),
    Kind(CROSSING, "clandestine_in_vehicle", 4, (M, M, H), (
        "រកឃើញមនុស្ស {n} នាក់ លាក់ខ្លួនក្នុងរថយន្តដឹកទំនិញ ពេលត្រួតពិនិត្យនៅ{place}។",
    ), where="crossing"),
    Kind(FACILITATION, "broker_facilitation", 6, (M, H), (
        "រកឃើញមេខ្យល់ម្នាក់ ដែលនាំមនុស្ស {n} នាក់ ឆ្លងដែននៅ{place} ដោយទារប្រាក់ពីម្នាក់ៗ។",
    )),
    Kind(FACILITATION, "people_smuggling", 5, (M, H), (
        "រថយន្តមួយគ្រឿងដឹកមនុស្ស {n} នាក់ ឆ្ពោះទៅព្រំដែន ត្រូវបានឃាត់នៅ{place}។ អ្នកបើកបររត់គេចខ្លួន។",
    ), by_night=True),
    Kind(FACILITATION, "child_involved", 3, (H, H, V), (
        "ក្នុងចំណោមអ្នកឆ្លងដែន {n} នាក់ នៅ{place} មានកុមារគ្មានអ្នកអម {k} នាក់។ បានជូនទៅមន្ទីរសង្គមកិច្ច។",
    )),
    Kind(FACILITATION, "forced_labour_scam_compound", 3, (H, V), (
        "គ្រួសារជនរងគ្រោះប្តឹងថា មានមនុស្ស {n} នាក់ ត្រូវគេបង្ខំឱ្យធ្វើការឆបោកតាមអនឡាញ ក្នុងអគារមួយនៅ{place}។",
    )),
    Kind(SMUGGLING, "drugs", 8, (M, H, H), (
        "ពិនិត្យរថយន្តមួយគ្រឿងនៅ{place} រកឃើញសារធាតុសង្ស័យជាគ្រឿងញៀនចំនួន {n} កញ្ចប់។",
        "ជនសង្ស័យម្នាក់បានបោះចោលកាបូបនៅ{place}។ ក្នុងនោះមានថ្នាំសង្ស័យជាគ្រឿងញៀនប្រហែល {amount} គ្រាប់។",
    ), by_night=True),
    Kind(SMUGGLING, "fuel", 8, (L, M), (
        "ចាប់បានប្រេងឥន្ធនៈគ្មានពន្ធចំនួន {amount} លីត្រ ដឹកតាមម៉ូតូកង់បី នៅ{place}។",
        "រកឃើញធុងប្រេង {n} ធុង លាក់ក្នុងចម្ការ ក្បែរព្រំដែន នៅ{place}។",
    )),
    Kind(SMUGGLING, "timber", 6, (M, M, H), (
        "រកឃើញឈើអារ {n} ដុំ លាក់ទុកក្បែរព្រំដែន នៅ{place}។ មិនទាន់រកឃើញម្ចាស់។",
    ), by_night=True),
    Kind(SMUGGLING, "livestock", 6, (L, M), (
        "ចាប់បានជ្រូករស់ចំនួន {n} ក្បាល ដឹកចូលដោយគ្មានលិខិតពិនិត្យអនាម័យ តាម{place}។",
        "គោ {n} ក្បាល ត្រូវបានដឹកឆ្លងដែននៅពេលយប់ តាម{place} ដោយគ្មានឯកសារ។",
    )),
    Kind(SMUGGLING, "tobacco_alcohol", 5, (L, M), (
        "ចាប់បានបារីគ្មានពន្ធចំនួន {n} កេស នៅ{place}។ បានប្រគល់ជូនគយ។",
    )),
    Kind(SMUGGLING, "agricultural", 5, (L, L, M), (
        "រថយន្តដឹកបន្លែគ្មានពន្ធ ទម្ងន់ប្រហែល {amount} គីឡូក្រាម ត្រូវបានឃាត់នៅ{place}។",
    )),
    Kind(SMUGGLING, "wildlife", 3, (M, H), (
        "រកឃើញសត្វព្រៃរស់ {k} ក្បាល ក្នុងទ្រុងលើម៉ូតូ នៅ{place}។ បានប្រគល់ជូនរដ្ឋបាលព្រៃឈើ។",
    )),
    Kind(Category.CHECKPOINT, "unauthorised_checkpoint", 5, (M, H), (
        "មានគេដាក់របាំងត្រួតពិនិត្យដោយគ្មានការអនុញ្ញាត នៅក្នុងបរិវេណ{place}។ បានណែនាំឱ្យដកចេញ។",
    ), where="crossing"),
    Kind(Category.CHECKPOINT, "unofficial_fee", 6, (L, M), (
        "អ្នកដំណើរប្តឹងថា ត្រូវគេទារប្រាក់ {amount} រៀល ក្រៅផ្លូវការ នៅ{place}។",
        "អ្នកបើកបររថយន្តដឹកទំនិញ {k} នាក់ ប្តឹងអំពីការយកប្រាក់ក្រៅផ្លូវការ នៅ{place}។",
    ), where="crossing"),
    Kind(Category.CHECKPOINT, "document_fraud", 4, (M, M, H), (
        "រកឃើញលិខិតឆ្លងដែនសង្ស័យក្លែងក្លាយ {k} ច្បាប់ ពេលត្រួតពិនិត្យនៅ{place}។",
    ), where="crossing"),
    Kind(Category.CHECKPOINT, "refusal_of_entry", 5, (L,), (
        "បានបដិសេធការចូលរបស់ជនបរទេស {k} នាក់ នៅ{place} ដោយសារខ្វះទិដ្ឋាការ។",
    ), where="crossing"),
    Kind(Category.FOREIGNERS, "illegal_work", 5, (L, M), (
        "ពិនិត្យការដ្ឋានសំណង់នៅ{place} រកឃើញជនបរទេស {n} នាក់ ធ្វើការដោយគ្មានប័ណ្ណការងារ។",
    )),
    Kind(Category.FOREIGNERS, "overstay", 4, (L, L, M), (
        "ជនបរទេស {k} នាក់ ស្នាក់នៅហួសកំណត់ទិដ្ឋាការ នៅ{place}។ បានណែនាំឱ្យទៅបង់ប្រាក់ពិន័យ។",
    )),
    Kind(Category.FOREIGNERS, "land_use_by_foreigner", 4, (M, M, H), (
        "ជនបរទេសជួលដីស្រែប្រមាណ {k} ហិកតា ក្បែរព្រំដែននៅ{place} ដោយមិនបានជូនដំណឹងអាជ្ញាធរ។",
    )),
    Kind(NEIGHBOUR, "pond_or_canal", 5, (M, H, H), (
        "ភាគីជិតខាងបានជីកស្រះ {k} កន្លែង នៅ{place} ប្រហែល {m} ម៉ែត្រពីខ្សែបន្ទាត់ តាមផែនទីមាត្រដ្ឋាន ១/១០០.០០០។",
        "គ្រឿងចក្រ {k} គ្រឿងពីភាគីជិតខាង កំពុងជីកប្រឡាយប្រវែងប្រហែល {m} ម៉ែត្រ នៅ{place}។",
    ), where="area"),
    Kind(NEIGHBOUR, "flag", 4, (M, H), (
        "មានទង់ជាតិរបស់ភាគីជិតខាងត្រូវបានដោតនៅ{place} ក្បែរខ្សែបន្ទាត់។",
    ), where="area"),
    Kind(NEIGHBOUR, "fence_or_wire", 6, (M, H, H, V), (
        "ភាគីជិតខាងបានរាយលួសបន្លាប្រវែងប្រហែល {m} ម៉ែត្រ នៅ{place}។",
        "រកឃើញបង្គោលរបងថ្មី {n} ដើម បោះដោយភាគីជិតខាង នៅ{place}។",
    ), where="area"),
    Kind(NEIGHBOUR, "road_or_path", 6, (M, M, H), (
        "គ្រឿងចក្ររបស់ភាគីជិតខាងកំពុងឈូសផ្លូវប្រវែងប្រហែល {m} ម៉ែត្រ នៅ{place}។",
        "ផ្លូវដីក្រហមថ្មីមួយ ទទឹងប្រហែល {k} ម៉ែត្រ ត្រូវបានសាងសង់ពីភាគីជិតខាងមកដល់{place}។",
    ), where="area"),
    Kind(NEIGHBOUR, "temporary_structure", 5, (M, M, H), (
        "ភាគីជិតខាងបានដំឡើងតង់ {n} ខ្នង នៅ{place}។ មេប៉ុស្តិ៍បានជួបពិភាក្សានៅនឹងកន្លែង។",
    ), where="area"),
    Kind(NEIGHBOUR, "permanent_structure", 4, (H, H, V), (
        "រកឃើញគ្រឹះបេតុងទំហំ {k} ម៉ែត្រ គុណ {n} ម៉ែត្រ នៅ{place} សាងសង់ដោយភាគីជិតខាង។",
    ), where="area"),
    Kind(NEIGHBOUR, "cultivation", 5, (L, M, M), (
        "ប្រជាពលរដ្ឋពីភាគីជិតខាងបានដាំដំណាំលើផ្ទៃដីប្រហែល {k} ហិកតា នៅ{place}។",
    )),
    Kind(NEIGHBOUR, "tree_planting", 3, (L, M), (
        "រកឃើញកូនឈើដាំជាជួរ ប្រហែល {m} ដើម នៅ{place} ដោយភាគីជិតខាង។",
    )),
    Kind(NEIGHBOUR, "drone_overflight", 7, (L, M, M), (
        "ដ្រូនពីភាគីជិតខាងបានហោះលើ{place} រយៈពេលប្រហែល {minutes} នាទី។",
        "ឮសំឡេងដ្រូន {k} គ្រឿង ហោះពីទិសព្រំដែនមកលើ{place} រួចត្រឡប់ទៅវិញ។",
    ), by_night=True),
    Kind(NEIGHBOUR, "patrol_incursion", 5, (M, H), (
        "ក្រុមល្បាតភាគីជិតខាង {n} នាក់ បានដើរមកដល់{place} រួចដកថយវិញ ក្រោយការជួបនិយាយគ្នា។",
    ), where="area"),
    Kind(NEIGHBOUR, "survey_activity", 3, (L, M), (
        "មនុស្ស {k} នាក់ពីភាគីជិតខាង យកឧបករណ៍វាស់វែងមកវាស់ដីនៅ{place}។",
    ), where="area"),
    Kind(NEIGHBOUR, "crossing_closed_by_neighbour", 4, (M, H), (
        "ភាគីជិតខាងបានបិទ{place} ជាបណ្តោះអាសន្ន។ អ្នកដំណើរប្រហែល {amount} នាក់ កំពុងរង់ចាំ។",
        "ភាគីជិតខាងបានកាត់បន្ថយម៉ោងបើក{place} ដោយមិនបានជូនដំណឹងជាមុន។",
    ), where="crossing"),
    Kind(Category.OWN_SIDE, "permanent_structure", 3, (M, H), (
        "ប្រជាពលរដ្ឋបានសង់ខ្ទមក្បែរខ្សែបន្ទាត់ នៅ{place}។ អាជ្ញាធរបានណែនាំឱ្យផ្អាក។",
    ), where="area"),
    Kind(Category.OWN_SIDE, "cultivation", 4, (L, M), (
        "គ្រួសារចំនួន {k} បានដាំដំឡូងមីជិតខ្សែបន្ទាត់ នៅ{place}។ បានណែនាំឱ្យឈប់ពង្រីកបន្ថែម។",
    ), where="area"),
    Kind(ARMED, "mine_or_uxo", 5, (M, H), (
        "កសិករបានប្រទះឃើញគ្រាប់មិនទាន់ផ្ទុះ {k} គ្រាប់ ក្នុងចម្ការនៅ{place}។ បានដាក់សញ្ញា និងជូនដំណឹងអង្គភាពដោះមីន។",
    )),
    Kind(ARMED, "detention_of_citizen", 4, (H, V), (
        "ពលរដ្ឋ {k} នាក់ ដែលចូលព្រៃរកអនុផល ត្រូវបានភាគីជិតខាងឃាត់ខ្លួន ម្តុំ{place}។",
    )),
    Kind(ARMED, "shooting", 3, (H, V), (
        "ឮសូរកាំភ្លើង {n} គ្រាប់ ពីទិសព្រំដែន ម្តុំ{place}។ គ្មានអ្នករងគ្រោះ។",
    ), by_night=True),
    Kind(ARMED, "standoff", 2, (H, V), (
        "កម្លាំងទាំងពីរភាគីបានឈរទល់មុខគ្នារយៈពេល {minutes} នាទី នៅ{place} ហើយបានដកថយក្រោយការពិភាក្សា។",
    ), where="area"),
    Kind(Category.MARKER, "damaged", 5, (L, M), (
        "បង្គោលព្រំដែននៅ{place} មានស្នាមបាក់ប្រេះ ប្រហែលដោយសាររថយន្តប៉ះ។",
        "តួអក្សរនៅលើបង្គោលព្រំដែន ម្តុំ{place} រលុបមើលមិនច្បាស់។",
    ), where="marker"),
    Kind(Category.MARKER, "missing", 3, (M, H), (
        "បង្គោលរងមួយនៅ{place} រកមិនឃើញ ពេលល្បាតត្រួតពិនិត្យប្រចាំខែ។",
    ), where="marker"),
    Kind(Category.MARKER, "moved", 2, (M, H), (
        "សង្ស័យថាបង្គោលរងមួយនៅ{place} ត្រូវបានរំកិលពីទីតាំងដើមប្រហែល {k} ម៉ែត្រ។",
    ), where="marker"),
    Kind(ORDER, "accident", 5, (L, M), (
        "រថយន្តដឹកទំនិញក្រឡាប់នៅ{place} ស្ទះចរាចរណ៍ទៅច្រកព្រំដែន។ មានអ្នករងរបួស {k} នាក់។",
    )),
    Kind(ORDER, "drowning", 3, (M, H), (
        "មនុស្សម្នាក់លង់ទឹក ពេលឆ្លងអូរព្រំដែននៅ{place}។ កំពុងស្វែងរក។",
    )),
    Kind(ORDER, "flood", 4, (L, M), (
        "ទឹកជន់លិចផ្លូវល្បាតប្រវែងប្រហែល {m} ម៉ែត្រ នៅ{place}។ ការល្បាតត្រូវប្តូរទៅផ្លូវវាង។",
    )),
    Kind(ORDER, "clash_between_residents", 4, (L, M), (
        "ប្រជាពលរដ្ឋទាំងពីរភាគីមានជម្លោះគ្នារឿងគោក្របីស៊ីដំណាំ នៅ{place}។ មេឃុំបានជួយសម្របសម្រួល។",
    )),
    Kind(ORDER, "health_or_animal_disease", 3, (M, M, H), (
        "គោក្របី {n} ក្បាល ងាប់ដោយសង្ស័យជំងឺឆ្លង នៅ{place}។ បានជូនដំណឹងការិយាល័យផលិតកម្មនិងបសុព្យាបាល។",
    )),
    Kind(Category.OTHER_CRIME, "cyber_scam", 4, (M, H), (
        "មានព័ត៌មានថា ក្រុមឆបោកតាមអនឡាញប្រមាណ {n} នាក់ ស្នាក់នៅផ្ទះជួលមួយ នៅ{place}។",
    )),
    Kind(Category.OTHER_CRIME, "illegal_gambling", 4, (L, M), (
        "រកឃើញទីតាំងលេងល្បែងស៊ីសងខុសច្បាប់ មានមនុស្ស {n} នាក់ នៅ{place}។",
    )),
    Kind(Category.OTHER_CRIME, "theft_vehicle", 4, (L, M), (
        "ម៉ូតូ {k} គ្រឿង ដែលត្រូវគេលួច សង្ស័យថាបានដឹកឆ្លងដែនតាម{place}។",
    ), by_night=True),
)  # fmt: skip

# Sentences that often follow the first one.
THEN = (
    "បានថតរូប និងកត់ត្រាទីតាំងទុកជាឯកសារ។",
    "កំពុងបន្តតាមដាន។",
    "បានរាយការណ៍ជូនគណៈបញ្ជាការឯកភាពស្រុក។",
    "បានពង្រឹងការល្បាតនៅម្តុំនោះ។",
    "កម្លាំងចម្រុះបានចុះពិនិត្យដល់ទីកន្លែង។",
    "អាជ្ញាធរមូលដ្ឋានបានជួយសម្របសម្រួល។",
)
# Where, within a commune.
SPOTS = (
    "ភូមិព្រំដែន", "ផ្លូវលំ", "ក្បែរអូរ", "ចម្ការដំឡូងមី", "ចម្ការកៅស៊ូ", "វាលស្រែ", "ជើងភ្នំ", "ផ្លូវល្បាត", "ក្បែរស្ពានឈើ",
    "ក្បែរវត្ត", "ក្រោយផ្សារ", "ព្រៃរបោះ",
)  # fmt: skip


def khmer(number: int) -> str:
    """A whole number in Khmer digits."""
    return str(number).translate(KHMER_DIGITS)


def write(kind: Kind, place: str, chance: random.Random) -> str:
    """One report's text about a place."""
    text = chance.choice(kind.sentences).format(
        place=place,
        n=khmer(chance.randint(3, 28)),
        k=khmer(chance.randint(2, 6)),
        m=khmer(chance.choice((40, 60, 80, 120, 150, 200, 260, 300, 380, 450, 545, 700))),
        amount=khmer(chance.choice((150, 200, 300, 350, 500, 600, 800, 1200))),
        minutes=khmer(chance.randint(8, 50)),
    )
    if chance.random() < 0.6:
        text = f"{text} {chance.choice(THEN)}"
    return text
