"""Sentences of a dry run of first logins: what would become of each person."""

from __future__ import annotations

from typing import assert_never

from contracts.seats_simulations import MOST_SIMULATED, LoginResult, SimulatedLogin
from services.gateway.domain.who_logs_in import Entrance
from services.gateway.texts.members import blocked_in_short

TITLE = "What if these people log in?"
CHANGES_NOTHING = "Nothing changes: nobody is let in, nothing is bought, and no email is sent."
HOW = (
    "One address on each line, and Base or Voice beside it if you like. A member's own seat type counts. At most"
    f" {MOST_SIMULATED} people."
)
NOBODY = "Nobody here would log in: paste at least one whole email address."
NOBODY_PENDING = "Nobody is in Pending login."
TOO_MANY = f"A dry run takes at most {MOST_SIMULATED} people. Paste the first {MOST_SIMULATED}."
NOTHING_BOUGHT = "No seat would be bought, so nothing would be charged."
AS_OF_NOW = "With the seats, settings and prices of this moment, if they log in together, in this order."
_WITHOUT_SEAT = {
    Entrance.HAS_SEAT: "Holds a seat already",
    Entrance.IN_LINE: "Waits for a seat already",
    Entrance.STAYS_BLOCKED: "Stays Blocked: a login alone lets nobody in",
    Entrance.REMOVED: "Cannot log in: was removed",
    Entrance.OTHER_DOMAIN: "Cannot sign up: not on your auto-join domain",
}


def outcome(entrance: Entrance, login: SimulatedLogin | None) -> str:
    """What would become of a person."""
    if login is None:
        return _WITHOUT_SEAT[entrance]
    match login.result:
        case LoginResult.ACTIVE:
            return "Active, in a free seat"
        case LoginResult.BOUGHT_FOR:
            return "Active, in a seat that Auto-Add buys"
        case LoginResult.WAITS:
            return "Waits until Stripe has opened your account"
        case LoginResult.BLOCKED:
            return f"Blocked: {blocked_in_short(login.reason).lower()}"
        case never:
            assert_never(never)
