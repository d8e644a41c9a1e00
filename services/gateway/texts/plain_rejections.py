"""A rejection that has figures says what they mean for this person: how many seats are taken, where a member stands."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.rejections import FiguresJson
from services.gateway.texts.money_rejections import SUBSCRIPTION_GONE

Figures = FiguresJson


def no_free_seat(figures: Figures) -> str | None:
    """Why no seat of a type is free. None without the figures."""
    seat = _seat(figures)
    purchased, active, waiting = (_count(figures, name) for name in ("purchased", "active", "waiting"))
    if seat is None or purchased is None:
        return None
    taken = _count(figures, "reinvited")
    held, line = active or 0, waiting or 0
    if purchased == 0:
        return f"Your agency has no {seat} seat. Add one under Seats & Billing, then try again."
    every = f"The only {seat} seat is" if purchased == 1 else f"All {purchased} {seat} seats are"
    then = f"Add a {seat} seat or remove a member who holds one, then try again."
    if taken:
        return f"{every} spoken for ({_how_many(held, line)}, {taken} invited just before). {then}"
    if active is not None and held + line < purchased:
        return f"Your seats are being changed, and no {seat} seat is free at the moment. Try again in a minute."
    return f"{every} taken or waited for ({_how_many(held, line)}). {then}" if line else f"{every} taken. {then}"


def _how_many(active: int, waiting: int) -> str:
    return f"{active} Active, {waiting} waiting in line" if waiting else f"{active} Active"


def seats_frozen(figures: Figures) -> str | None:
    """That there is no subscription any more, when that is why. None when Stripe was only given fewer seats."""
    gone = SUBSCRIPTION_GONE.get(str(figures.get("frozen")))
    return None if gone is None else f"{gone}, so there is no seat to be had. Ask support for a new subscription."


_STANDS: Mapping[str, str] = {
    "active": "is Active already",
    "invited": "is invited already and has not accepted yet",
    "pending_login": "has signed up already and has not logged in yet",
    "blocked": "is a member already, and Blocked",
}
_THEN: Mapping[str, str] = {
    "active": "There is nothing to invite them to.",
    "invited": "Use Re-invite to send a fresh mail.",
    "pending_login": "They get in by signing in; no invitation is needed.",
    "blocked": "Use Re-invite next to the row in Members.",
}


def already_member(figures: Figures) -> str | None:
    """Where somebody stands who is not to be invited once more. None without the status."""
    status = str(figures.get("status"))
    return f"That address {_STANDS[status]}. {_THEN[status]}" if status in _STANDS else None


_WAITS = "The member has asked for a seat and waits for it just now. Refresh the list, then see where they stand."
_WRONG: Mapping[str, str] = {
    "active": "The member is Active already, and needs no invitation.",
    "invited": "The member is Invited and holds no seat yet. Try again once they have accepted.",
    "pending_login": "The member has signed up and not logged in yet. Try again once they have.",
    "blocked": "The member is Blocked and holds no seat. Re-invite them first; try again once they are Active.",
    "removed": "The member is removed. Invite the address again to bring them back.",
}


def wrong_status(figures: Figures) -> str | None:
    """Why something is not done to somebody who stands there. None without the status.

    `waits`: they have asked for a seat and wait for it. `asked`: what was to be done, where that changes what to do.
    """
    if signer := figures.get("signer_name"):
        return f"The BAA is signed already, by {signer}. Nothing is left to be signed."
    if figures.get("waits"):
        return _WAITS
    status = str(figures.get("status"))
    if status == "pending_login" and figures.get("asked") == "reinvite":
        return f"The member {_STANDS[status]}. {_THEN[status]}"
    return _WRONG.get(status)


_INVITATION: Mapping[str, str] = {
    "used": "This invitation was accepted already. Sign in with your address on the sign-in page.",
    "replaced": "A newer invitation has taken its place. Use the link in the newest mail, or ask your agency's admin.",
    "expired": "This invitation has expired. Ask your agency's admin to send you a new one.",
    "ended": "This invitation is no longer good. Ask your agency's admin to send you a new one.",
}


def link_expired(figures: Figures) -> str | None:
    """Why an invitation's link accepts nothing, and whom to ask. None when it is no invitation's."""
    return _INVITATION.get(str(figures.get("invitation")))


_CREDENTIAL: Mapping[str, str] = {
    "api_key": "An API key has no session to end. To end the key itself, revoke it with DELETE /api/v1/api-keys/{id}.",
    "dead_api_key": (
        "This API key is not good: it was revoked, or the admin who made it is an admin no more. Make a new one under"
        " Settings."
    ),
    "operator_key": "This takes the operator's key (HEADCOUNT_OPERATOR_KEY), as a bearer token in Authorization.",
}


def not_signed_in(figures: Figures) -> str | None:
    """What is wrong with a key that was given, or is wanted. None where a session is meant."""
    return _CREDENTIAL.get(str(figures.get("credential")))


def invalid_code(figures: Figures) -> str | None:
    """What is left to somebody whose code was not taken. None without the tries that are left."""
    left = _count(figures, "tries_left")
    if left is None:
        return None
    if left > 0:
        tries = "1 try" if left == 1 else f"{left} tries"
        return f"That code is not right. You have {tries} left with it, and the link in the same mail works as well."
    return (
        "That code is not right, or it works no longer: a code is good for 10 minutes and 5 tries, once, in the browser"
        " that asked for it. Ask for a new one."
    )


def too_many_attempts(figures: Figures) -> str | None:
    """How long to wait, in minutes. None when that is not known."""
    seconds = _count(figures, "retry_after")
    if seconds is None:
        return None
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes <= 1 else f"{minutes} minutes"
    return f"There were too many attempts within the hour. Try again in {wait}."


def not_found(figures: Figures) -> str | None:
    """What is not there, where it has a name of its own."""
    if figures.get("what") != "agency":
        return None
    return "There is no agency with this id. Its id is in the answer that opened it, and in `GET /api/v1/me`."


def _seat(figures: Figures) -> str | None:
    seat = figures.get("seat_type")
    return seat.capitalize() if isinstance(seat, str) else None


def _count(figures: Figures, name: str) -> int | None:
    count = figures.get(name)
    return count if isinstance(count, int) else None
