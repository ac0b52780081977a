"""Whom guidance is told: who carries it out, the level above, the institution.

Of a report in confidence only those hear who may see it.
"""

from borderwatch.outbox import Recipient
from incidents import exceptional
from incidents.models import Instruction
from units.choices import INSTITUTIONS, UnitKind
from units.models import Unit, User
from units.recipients import Book


class Circle:
    """Everybody who can be told of one piece of guidance; the postings and addresses are read once."""

    def __init__(self, instruction: Instruction) -> None:
        """Read the postings of the unit, of those above it up to the first with somebody, and of the institution."""
        self._instruction = instruction
        chain = list(instruction.to_unit.ancestors())
        self._above = list(reversed(chain))
        self._book = Book([instruction.to_unit, instruction.from_unit, *chain])

    def unit(self) -> list[Recipient]:
        """Who carries it out."""
        return self._readers(self._book.doers(self._instruction.to_unit))

    def above(self) -> list[Recipient]:
        """The nearest level above the unit at which somebody can be told, up to the ministry over the province."""
        for unit in self._above:
            if people := self._readers(self._at(unit)):
                return people
        return []

    def province(self) -> list[Recipient]:
        """The desk of the province over the unit: nothing is asked of its units behind its back."""
        over = [unit for unit in self._above if unit.kind == UnitKind.PROVINCE]
        return self._readers([one for unit in over for one in self._book.province_desk(unit)])

    def institution(self) -> list[Recipient]:
        """The officials of the institution that instructs, and its deputy."""
        return self._readers(self._book.officials(self._instruction.from_unit))

    def over(self) -> list[Recipient]:
        """Who hears over the unit's head that it is late: the level above, the province, the institution."""
        return list(dict.fromkeys([*self.above(), *self.province(), *self.institution()]))

    def desk(self) -> list[Recipient]:
        """The institution's desk with its addresses, so that its machines hear of answers too."""
        return self._readers(self._book.desk(self._instruction.from_unit))

    def _at(self, unit: Unit) -> list[Recipient]:
        return self._book.officials(unit) if unit.kind in INSTITUTIONS else self._book.doers(unit)

    def _readers(self, recipients: list[Recipient]) -> list[Recipient]:
        return exceptional.readers(self._instruction.incident, list(dict.fromkeys(recipients)))


def without(recipients: list[Recipient], user: User | None) -> list[Recipient]:
    """The same without who did it himself, each once."""
    return [one for one in dict.fromkeys(recipients) if user is None or one.user_id != user.pk]
