"""A pasted list: an address, a name, a seat and a role on each line."""

import pytest

from contracts.vocabulary import Quantities, Role, SeatType
from services.gateway.domain.invitation_list import (
    LONGEST_LIST,
    MOST_LINES,
    Line,
    is_too_long,
    missing_seats,
    read_list,
)

BASE, VOICE = SeatType.BASE, SeatType.VOICE
NOOR = "noor@clinic.example"


def one(typed: str) -> Line:
    [line] = read_list(typed, BASE)
    return line


@pytest.mark.parametrize(
    "typed",
    [
        "Noor Haddad, noor@clinic.example, Voice, Admin",
        "noor@clinic.example\tNoor Haddad\tvoice\tADMIN",
        "Voice;Admin;noor@clinic.example;Noor Haddad",
        "Noor Haddad <noor@clinic.example>, admin, voice",
        "Noor Haddad<noor@clinic.example>;;voice;admin",
    ],
)
def test_the_cells_stand_in_any_order_and_with_any_usual_mark_between_them(typed: str) -> None:
    assert one(typed) == Line(1, NOOR, "Noor Haddad", VOICE, Role.ADMIN)


@pytest.mark.parametrize("email", ["noor.haddad@clinic.example", "noor_haddad+seats@clinic.example"])
def test_a_name_that_is_missing_is_made_from_the_address(email: str) -> None:
    assert one(email) == Line(1, email, "Noor Haddad", BASE, Role.CLINICIAN)


def test_a_quoted_cell_may_hold_the_mark() -> None:
    assert one('"Haddad, Noor",noor@clinic.example').name == "Haddad, Noor"


def test_a_heading_and_empty_lines_are_no_people_and_the_numbers_are_those_of_the_list() -> None:
    lines = read_list("Name,Email,Seat\n\nNoor,noor@clinic.example\n \nMia,mia@clinic.example,voice\n", BASE)
    assert [(line.number, line.name, line.seat_type) for line in lines] == [(3, "Noor", BASE), (5, "Mia", VOICE)]


def test_a_line_without_an_address_is_kept_so_that_the_preview_can_mark_it() -> None:
    assert read_list("noor@clinic.example\nMia Chen", BASE)[1] == Line(2, "", "Mia Chen", BASE, Role.CLINICIAN)


def test_a_second_address_in_a_line_is_no_second_person() -> None:
    assert one("noor@clinic.example, mia@clinic.example").email == NOOR
    assert one("noor@clinic.example, Mia <mia@clinic.example>").email == NOOR


def test_an_address_on_a_second_line_is_a_duplicate_however_it_is_written() -> None:
    first, second = read_list("noor@clinic.example\nNOOR@clinic.example, Noor", BASE)
    assert (first.duplicate_of, second.duplicate_of) == (None, 1)


def test_a_list_that_is_too_long_shows_by_one_line_more() -> None:
    text = "\n".join(f"m{number}@clinic.example" for number in range(600))
    assert len(read_list(text, BASE)) == MOST_LINES + 1


def test_the_end_of_a_line_is_one_character_as_in_the_field() -> None:
    text = "n" * (LONGEST_LIST - 1)
    assert not is_too_long(f"{text}\r\n")
    assert is_too_long(f"{text}n\n")


def test_seats_are_missing_for_the_wanted_types_and_open_invitations_count() -> None:
    free, promised = Quantities(2, 0), Quantities(1, 4)
    assert missing_seats(Quantities(3, 0), free, promised) == Quantities(2, 0), "nobody wants a Voice seat"
    assert missing_seats(Quantities(1, 1), free, promised) == Quantities(0, 5)
