"""Rejections that depend on where a member stands: already invited, not Active yet, the only admin."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.rejection_base import FiguresJson
from contracts.wording import isolated

MAKE_ANOTHER_ADMIN = "Make somebody else an admin first."
_STANDS: Mapping[str, str] = MappingProxyType(
    {
        "active": "is Active already",
        "invited": "is invited already and has not accepted yet",
        "pending_login": "has signed up already and has not logged in yet",
        "blocked": "is a member already, and Blocked",
    }
)
_THEN: Mapping[str, str] = MappingProxyType(
    {
        "active": "There is nothing to invite them to.",
        "invited": "Use Re-invite to send a fresh email.",
        "pending_login": "They get in by signing in; no invitation is needed.",
        "blocked": "Use Re-invite next to the row in Members.",
    }
)
_REFRESH = "Refresh the list, then see where they stand."
_INVITE_AGAIN = "Invite the address again to bring them back."
_WAITS = f"The member has asked for a seat and waits for it just now. {_REFRESH}"
_WRONG: Mapping[str, str] = MappingProxyType(
    {
        "active": "The member is Active already, and needs no invitation.",
        "invited": "The member is Invited and holds no seat yet. Try again once they have accepted.",
        "pending_login": "The member has signed up and not logged in yet. Try again once they have.",
        "blocked": "The member is Blocked and holds no seat. Re-invite them first; try again once they are Active.",
        "removed": f"The member is removed. {_INVITE_AGAIN}",
    }
)


_PROVEN = "The member has signed in with this address, so it stays theirs. Invite another address, and remove this one."
_CANNOT_UNDO = f"A removal can be undone for 20 days, for members who held a seat. {_INVITE_AGAIN}"
_NOT_REMOVED = f"The member is no longer removed. {_REFRESH}"
_REMOVE_FIRST = "Only a removed member can be erased. Remove the member first."
_NOT_INVITED = f"There is no open invitation to cancel: it is accepted, or was canceled before. {_REFRESH}"
_NOT_BLOCKED = f"The member is no longer Blocked, so there is no request to decide. {_REFRESH}"
_SWAP = "The member is Active: change the type of their seat by itself, without other corrections."


_REQUESTED: Mapping[tuple[str, str], str] = MappingProxyType(
    {("reinvite", "pending_login"): f"The member {_STANDS['pending_login']}. {_THEN['pending_login']}"}
    | {("email", status): _PROVEN for status in _WRONG}
    | {("seat_type", status): _SWAP for status in _WRONG}
    | {("erase", status): _REMOVE_FIRST for status in _WRONG}
    | {("cancel_invitation", status): _NOT_INVITED for status in _WRONG}
    | {(action, status): _NOT_BLOCKED for action in ("approve", "decline") for status in _WRONG}
    | {("undo_removal", status): _CANNOT_UNDO if status == "removed" else _NOT_REMOVED for status in _WRONG}
)
"""By the change that was requested and the member's status, where the way out depends on the change."""


def already_member(figures: FiguresJson) -> str | None:
    """The status of the member with the address that an admin invited. None without the status."""
    status = str(figures.get("status"))
    return f"That address {_STANDS[status]}. {_THEN[status]}" if status in _STANDS else None


def wrong_status(figures: FiguresJson) -> str | None:
    """Why a change does not fit where the member stands. None without the status.

    `waits`: the member has asked for a seat and waits for it. `requested`: the change, where the way out depends on it.
    """
    if signer := figures.get("signer_name"):
        return f"The BAA is signed already, by {isolated(str(signer))}. Nothing is left to be signed."
    if figures.get("waits"):
        return _WAITS
    status = str(figures.get("status"))
    return _REQUESTED.get((str(figures.get("requested")), status)) or _WRONG.get(status)
