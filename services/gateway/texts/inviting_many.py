"""Sentences about a list of people to invite: what is wrong with a line, what is missing, and how far it is."""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import MemberStatus, Quantities
from contracts.wording import counted
from services.gateway.domain.invitation_list import MOST_LINES
from services.gateway.domain.list_pause import Pause
from services.gateway.texts import bulk
from services.gateway.texts.fields import ON_PAGE
from services.gateway.texts.members import status_label

HOW = (
    "One person on each line: the address, and if you like the name, Base or Voice, and Admin. Cells of a spreadsheet,"
    f" a CSV file, or addresses from an email will do. At most {MOST_LINES} people."
)
NOBODY = "Nobody on this list can be invited."
TOO_MANY = f"A list has at most {MOST_LINES} people. Send the first {MOST_LINES}, then the rest."
BEING_SENT = "A list of invitations is being sent."
SEE_HOW_FAR = "See how far it is"
NOT_BOUGHT = "The seats were not bought, so nobody was invited."


def problem(duplicate_of: int | None, known: MemberStatus | None, wrong: str | None) -> str | None:
    """Why the person of a line is not invited; None when they are. `wrong` is the field that the API would reject."""
    if duplicate_of is not None:
        return f"The same address as on line {duplicate_of}."
    if known is not None:
        return f"Is a member already: {status_label(known)}."
    return None if wrong is None else ON_PAGE[wrong]


def missing(seats: Quantities) -> str | None:
    """How many seats are missing for all of them; None when there are enough."""
    total = seats.base + seats.voice
    return f"{_seats(seats)} {'is' if total == 1 else 'are'} missing, for everybody to get in." if total else None


def _seats(seats: Quantities) -> str:
    return " and ".join(counted(count, f"{seat_type.label} seat") for seat_type, count in seats if count)


def button(invitees: int, seats: Quantities, today: str | None) -> str:
    """The label of the button that invites, and adds the missing seats first at the price of `today`."""
    invite = f"nvite {bulk.people(invitees)}"
    return f"I{invite}" if today is None else f"Add {_seats(seats)} and i{invite} · {today}"


def confirm(seats: Quantities) -> str:
    """The confirmation of many seats at once."""
    return f"Yes, add {_seats(seats)}."


def title(invited: int, total: int) -> str:
    """How many are invited."""
    return f"{invited} of {total} invited"


def under_way(running: int, unsent: int, pause: Pause | None, *, is_over: bool) -> str | None:
    """What is still to come; None when everybody has a result. `is_over`: nothing more is sent."""
    if unsent:
        return f"{bulk.people(unsent)} not sent yet. {_STOPPED if is_over else _why(pause)}"
    return bulk.still_to_come(running) if running else None


_BY_ITSELF = "The rest goes out by itself, also when you close this page."
_STOPPED = "Send the rest to go on."


def _why(pause: Pause | None) -> str:
    match pause:
        case Pause.LIMIT:
            return f"Today's limit of invitation emails is reached. {_BY_ITSELF}"
        case Pause.OUTAGE:
            return f"Something on our side does not answer. {_BY_ITSELF}"
        case Pause.PURCHASE | None:
            return _BY_ITSELF
        case never:
            assert_never(never)


def waits_for_seats(*, payment: bool) -> str:
    """What the invitations wait for. `payment`: an admin has to confirm it, or the invoice has to be paid."""
    what = (
        "The seats wait for their payment, which Seats & Billing shows." if payment else "The seats are being bought."
    )
    return f"{what} The invitations then go out by themselves, also when you close this page."
