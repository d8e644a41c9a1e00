"""A pasted list of people: one on each line, in a spreadsheet's cells or as a mail program writes addresses.

The cell with an @ is the address; Base or Voice is the seat, Admin or Clinician the role; what is left is the name. A
first line without an address is the heading. An address on a second line is a duplicate, whatever stands beside it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import Quantities, Role, SeatType

MOST_LINES = 500
"""People whom one list invites."""
LONGEST_LIST = 200_000
"""Characters: 400 for each line."""
_NAMED_ADDRESS = re.compile(r"^\s*\"?(?P<name>[^\"<>@]*)\"?\s*<(?P<email>[^<>]+)>\s*$")
_SEATS: Mapping[str, SeatType] = {seat_type.value: seat_type for seat_type in SeatType}
_ROLES: Mapping[str, Role] = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Line:
    """A person as typed on the line of this number. `duplicate_of` is the line that has the address already."""

    number: int
    email: str
    name: str
    seat_type: SeatType
    role: Role
    duplicate_of: int | None = None


def is_too_long(text: str) -> bool:
    """Whether the list has more characters than a field takes, which counts the end of a line as one."""
    return len(text.replace("\r\n", "\n")) > LONGEST_LIST


def read_list(text: str, seat_type: SeatType) -> list[Line]:
    """The people of the list, the first 501 at most. `seat_type` is for the lines that name none."""
    lines: list[Line] = []
    first_lines: dict[str, int] = {}
    for number, typed in enumerate(text[:LONGEST_LIST].splitlines(), 1):
        if not typed.strip() or (not lines and "@" not in typed):
            continue
        line = _line(number, typed, seat_type)
        first = first_lines.setdefault(line.email.casefold(), number)
        duplicate_of = first if first != number else None
        lines.append(Line(number, line.email, line.name, line.seat_type, line.role, duplicate_of))
        if len(lines) > MOST_LINES:
            break
    return lines


def _line(number: int, typed: str, seat_type: SeatType) -> Line:
    separator = next((mark for mark in ("\t", ";", ",") if mark in typed), ",")
    cells = [cell.strip() for cell in next(csv.reader([typed], delimiter=separator, skipinitialspace=True), [])]
    email, names, role = "", [], Role.CLINICIAN
    for cell in cells:
        named = _NAMED_ADDRESS.match(cell)
        if named is not None and not email:
            email = named["email"].strip()
            names.append(named["name"].strip())
        elif "@" in cell and not email:
            email = cell
        elif cell.casefold() in _SEATS:
            seat_type = _SEATS[cell.casefold()]
        elif cell.casefold() in _ROLES:
            role = _ROLES[cell.casefold()]
        else:
            names.append(cell)
    name = " ".join(part for part in names if part) or _name_of(email)
    return Line(number, email, name, seat_type, role)


def _name_of(email: str) -> str:
    """A name from the address: noor.haddad@… is Noor Haddad."""
    words = re.split(r"[._-]+", email.partition("@")[0].partition("+")[0])
    return " ".join(word.capitalize() for word in words if word)


def missing_seats(needed: Quantities, free: Quantities, promised: Quantities) -> Quantities:
    """The seats to add, so that everybody finds one: those needed, and those that open invitations promise already."""
    return Quantities(
        **{
            seat_type.value: max(0, needed.of(seat_type) + promised.of(seat_type) - free.of(seat_type))
            if needed.of(seat_type)
            else 0
            for seat_type in SeatType
        }
    )
