"""Made-up names: common Khmer family and given names put together by chance. They mean no living person."""

import random

FAMILY = [
    ("សុខ", "Sok"), ("ចាន់", "Chan"), ("ហេង", "Heng"), ("លី", "Ly"), ("កែវ", "Keo"), ("ប៊ុន", "Bun"),
    ("ឈឹម", "Chhim"), ("ឡុង", "Long"), ("មាស", "Meas"), ("នួន", "Nuon"), ("ទេព", "Tep"), ("យឹម", "Yim"),
]  # fmt: skip
GIVEN = [
    ("វិចិត្រ", "Vichet"), ("សុភា", "Sophea"), ("ដារ៉ា", "Dara"), ("រតនា", "Ratana"), ("បូរ៉ា", "Bora"),
    ("ពិសិដ្ឋ", "Piseth"), ("សំណាង", "Samnang"), ("វិបុល", "Vibol"), ("ចំរើន", "Chamroeun"), ("ណារិន", "Narin"),
    ("សុវណ្ណ", "Sovann"), ("ភារុណ", "Phearun"), ("មករា", "Makara"), ("វណ្ណា", "Vanna"), ("សុជាតិ", "Socheat"),
]  # fmt: skip


def invented_name(chance: random.Random) -> tuple[str, str]:
    """A Khmer and a Latin name, family name first, marked as made up in the Latin one."""
    family, given = chance.choice(FAMILY), chance.choice(GIVEN)
    return f"{family[0]} {given[0]}", f"{family[1]} {given[1]} (fictional)"
