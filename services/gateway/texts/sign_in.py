"""Signing in: codes, links, invitations and keys that were not accepted, for problem details and for pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.address import shown_address
from contracts.rejection_base import FiguresJson
from services.gateway.texts.figures import count_of, minutes_of

CODE_WRONG = "That code is not right"
CODES_OFF = "There were too many wrong codes for this address, so codes are off in this browser."
NEW_CODE = "Ask for a new one."
MAILED_AGAIN = "Another code is on its way, unless this address got several within the hour. Use the newest email."
LINK_WORKS = "The link in the same email works for an hour, in any browser."
"""Everybody reads it at every wrong code: codes may be off for an address, and no response may tell for which."""
NOT_YOU = "Not you? Close this page, and nothing happens."
_NOBODY_INVITED = "Nobody was invited by this request."
_TOO_MANY = "There were too many attempts within the hour."
_ASK_ADMIN = "Ask your agency's admin to send you a new one."
_NEW_MAIL = "Ask for a new email and use the link in it."
_WHOLE_LINK = "It may be too old, or not whole: open the email again and use the whole link in it."
_INVITATION: Mapping[str, str] = MappingProxyType(
    {
        "used": "This invitation was accepted already. Sign in with your address on the sign-in page.",
        "replaced": (
            "A newer invitation has taken its place. Use the link in the newest email, or ask your agency's admin."
        ),
        "expired": f"This invitation has expired. {_ASK_ADMIN}",
        "ended": f"This invitation is no longer good. {_ASK_ADMIN}",
        "unknown": f"We do not know this invitation. {_WHOLE_LINK} If that does not help, ask your agency's admin.",
    }
)
_LOGIN_LINK: Mapping[str, str] = MappingProxyType(
    {
        "used": f"This link was used already, and it signs in once. {_NEW_MAIL}",
        "expired": f"This link has expired: it works for an hour. {_NEW_MAIL}",
        "replaced": f"A newer link has taken its place. {_NEW_MAIL}",
        "ended": f"The link is no longer good for this address. {_NEW_MAIL}",
        "unknown": f"We do not know this link. {_WHOLE_LINK} Or ask for a new email.",
    }
)
_CREDENTIAL: Mapping[str, str] = MappingProxyType(
    {
        "api_key": ("An API key has no sessions. To end the key itself, revoke it with DELETE /api/v1/api-keys/{id}."),
        "dead_api_key": (
            "This API key is not good: it was revoked, or the admin who made it is an admin no more. Make a new one"
            " under Settings."
        ),
        "expired_api_key": "This API key has expired. Make the next one under Settings.",
        "dead_bearer_token": "This token is not good: its session has ended. Sign in again for a new one.",
        "operator_key": "This takes the operator's key (HEADCOUNT_OPERATOR_KEY), as a bearer token in Authorization.",
    }
)


def link_expired(figures: FiguresJson) -> str | None:
    """Why an invitation's link accepts nothing, and whom to ask. None for the link of a login mail."""
    return _INVITATION.get(str(figures.get("invitation")))


def login_link_over(why: str) -> str:
    """Why the link of a code mail signs nobody in."""
    return _LOGIN_LINK[why]


def not_signed_in(figures: FiguresJson) -> str | None:
    """The rejection of a key that was sent, or that is needed. None where a session is meant."""
    return _CREDENTIAL.get(str(figures.get("credential")))


def invalid_code(figures: FiguresJson) -> str | None:
    """For programs: how many tries a code has left. None without that figure."""
    left = count_of(figures, "tries_left")
    if left is None:
        return None
    if left > 0:
        return f"{CODE_WRONG}, or codes are off for now. You have {_tries(left)} left with it. {LINK_WORKS}"
    return (
        f"{CODE_WRONG}, or it no longer works: a code is good for 10 minutes and 5 tries, once, in the browser that"
        f" asked for it. {LINK_WORKS} Or ask for a new code."
    )


def invalid_code_on_page(figures: FiguresJson) -> str:
    """For the page of the code, below the title CODE_WRONG: how many tries are left."""
    left = count_of(figures, "tries_left") or 0
    if left < 1:
        return f"Or it no longer works. {LINK_WORKS} Or send a new code."
    return f"You have {_tries(left)} left with it. If the code looks right, codes may be off for now. {LINK_WORKS}"


def _tries(left: int) -> str:
    return "1 try" if left == 1 else f"{left} tries"


def too_many_attempts(figures: FiguresJson) -> str:
    """What was too much, and how long to wait: in minutes or hours, "later" when that is not known."""
    wait = _wait(figures)
    match figures.get("limit"), figures.get("person"):
        case "invitations_of_agency", _:
            return (
                f"Your agency sent as many invitations today as its seats allow. {_NOBODY_INVITED} Try again {wait}, or"
                " add seats first."
            )
        case _, str(person):
            return (
                f"{shown_address(person)} got several invitations today. {_NOBODY_INVITED} Try again {wait}, or leave"
                " this person out."
            )
    return f"{_TOO_MANY} Try again {wait}."


def _wait(figures: FiguresJson) -> str:
    minutes = minutes_of(figures, "retry_after")
    return "later" if minutes is None else f"in {minutes}"
