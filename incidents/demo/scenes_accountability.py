"""What the head at Pak Nhai, his neighbour and the province find waiting: contests and cases set up by hand.

All lie in or beside the sector of post-1607-1; `then` names a story of `holding.py`.
"""

from datetime import timedelta

from incidents.choices import Category, Impact, Source
from incidents.demo.scenes import Scene, hours
from incidents.demo.story import Life

C, S, K = Category.ILLEGAL_CROSSING, Category.FACILITATION, Category.CHECKPOINT


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)


SCENES: tuple[Scene, ...] = (
    # The head owes an explanation, and may contest.
    Scene(
        hours(21), "1607", C, "group_crossing", Impact.MEDIUM,
        "អ្នកភូមិរាយការណ៍ថា មានមនុស្ស ១១ នាក់ ឆ្លងតាមផ្លូវលំក្បែរចម្ការស្វាយចន្ទី នៅពេលព្រលប់។",
        (107.4171, 13.7902, 60), Life(verified=hours(4)), known_by=Source.VILLAGER, happened_before=hours(3),
    ),
    # Contested, the neighbour is to be heard, the province to rule.
    Scene(
        days(2.6), "1607", C, "use_of_unofficial_crossing", Impact.MEDIUM,
        "ម៉ូតូ ៤ គ្រឿង ដឹកទំនិញឆ្លងតាមអូរ នៅចន្លោះប៉ុស្តិ៍ទាំងពីរ។",
        (107.4236, 13.7827, 150), Life(), known_by=Source.COMMUNE_AUTHORITY, then="heard",
    ),
    # Contested, heard, moved to the neighbour.
    Scene(
        days(27), "1607", C, "entry", Impact.LOW,
        "មនុស្ស ៣ នាក់ ឆ្លងចូលតាមផ្លូវលំខាងជើងអូរ ត្រូវបានមេភូមិឃើញ។",
        (107.4215, 13.7841, 120), Life(verified=hours(30), closed=days(16), close_reason="over"),
        known_by=Source.COMMUNE_AUTHORITY, then="moved",
    ),
    # Contested in vain; the case went on and was ruled: the head may appeal.
    Scene(
        days(17), "1607", C, "river_crossing", Impact.HIGH,
        "មនុស្សប្រហែល ២០ នាក់ ឆ្លងទឹកតាមទូកពីរ នៅពេលយប់ កម្លាំងមកដល់ក្រោយពេលនោះ ២ ម៉ោង។",
        (107.4158, 13.7885, 40), Life(verified=hours(20)), known_by=Source.PARTNER, then="upheld",
    ),
    # Under appeal at the ministry.
    Scene(
        days(34), "1607", C, "use_of_unofficial_crossing", Impact.MEDIUM,
        "ផ្លូវលំដែលបានបិទកាលពីខែមុន ត្រូវបានប្រើឡើងវិញ មានស្នាមកង់រថយន្តកសិកម្ម។",
        (107.4189, 13.7936, 25), Life(verified=hours(20)), known_by=Source.PARTNER, then="appealed",
    ),
    # Found and reported by the post itself: credited, nothing held against the head.
    Scene(
        days(41), "1607", C, "group_crossing", Impact.MEDIUM,
        "ល្បាតពេលយប់បានឃើញមនុស្ស ៧ នាក់ ឆ្លងចូល បានឃាត់ ៤ នាក់ និងប្រគល់ជូនអន្តោប្រវេសន៍។",
        (107.4203, 13.7868, 15), Life(verified=hours(6)), filer="head", known_by=Source.OWN_PATROL,
        happened_before=hours(2), then="credited",
    ),
    # The ministry found that the province itself answered: the province may not rule on it.
    Scene(
        days(12), "1607", S, "people_smuggling", Impact.HIGH,
        "អ្នកនាំផ្លូវបាននាំមនុស្ស ១៥ នាក់ ឆ្លងក្នុងពេលប៉ុស្តិ៍គ្មានកម្លាំង។",
        (107.4144, 13.7951, 30), Life(), known_by=Source.MINISTRY, then="own_province",
    ),
    # About the reporter's own post: unseen by the post and its head.
    Scene(
        days(5), "1607", K, "unofficial_fee", Impact.HIGH,
        "នៅច្រករបៀង មានការយកលុយ ៥០០០ រៀល ពីម៉ូតូមួយគ្រឿង ដោយគ្មានបង្កាន់ដៃ តាមបញ្ជារបស់មេប៉ុស្តិ៍។ សូមកុំបញ្ចេញឈ្មោះខ្ញុំ។",
        (107.4227, 13.7874, 20), Life(), filer="clerk", known_by=Source.FIXED_POST, about="post-1607-1",
    ),
)  # fmt: skip
