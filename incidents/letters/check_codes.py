"""The code printed beside the QR of a letter: eleven characters by chance and one that tells a slip of the hand.

Nothing about the letter can be read from it, and 31**11 codes cannot be tried one by one.
"""

import secrets

from borderwatch.khmer import latin_digits, visible

# No letter or digit that looks like another one: no 0 O, 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12
GROUP = 4


def new() -> str:
    """A code nobody has seen."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + checksum(body)


def checksum(body: str) -> str:
    """The last character: differs when one character is wrong or two neighbours are swapped.

    The number of characters is a prime, so weights that all differ catch both.
    """
    total = sum(place * ALPHABET.index(one) for place, one in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


def grouped(code: str) -> str:
    """As printed: ABCD-EFGH-JKMN."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed(text: str) -> str:
    """What a person typed or a reader of codes saw, as it is stored: capitals without spaces and dashes."""
    return "".join(one for one in latin_digits(visible(text)).upper() if one.isalnum())


def is_code(code: str) -> bool:
    """Whether this can be a code at all."""
    return (
        len(code) == LENGTH
        and all(one in ALPHABET for one in code)
        and checksum(code[:-1]) == code[-1]
    )  # fmt: skip
