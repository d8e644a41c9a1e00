"""The messages of pages: a rejection in words for the person who reads it, and what a form did meanwhile.

A page says the sentence of `problems.py`, unless that speaks of calls or keys; the exceptions are listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts.rejection_base import FiguresJson
from contracts.vocabulary import RejectionCode
from services.gateway.domain.gateway_codes import NOT_FOUND
from services.gateway.domain.invitation_link import LinkOver
from services.gateway.texts import fields, payments, sign_in
from services.gateway.texts.problems import IN_A_FEW_MINUTES, problem


@dataclass(frozen=True, slots=True)
class Message:
    """A title of a few words, and the sentences below it."""

    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _OnPage:
    """A sentence for pages; without a title, the title of the problem is shown.

    `with_figures` comes first: it makes a sentence from the figures, or None when they are not those that it needs.
    """

    sentence: str
    title: str | None = None
    with_figures: Callable[[FiguresJson], str | None] = lambda _figures: None


_ON_PAGE: Mapping[str, _OnPage] = MappingProxyType(
    {
        NOT_FOUND: _OnPage("The address may be mistyped, or the page has moved.", "There is no page here"),
        RejectionCode.BUS_UNAVAILABLE: _OnPage(
            "Our systems do not reach each other. Nothing was recorded, nothing is lost. Try again in a minute."
        ),
        RejectionCode.INTERNAL_ERROR: _OnPage(
            f"It was not you. Nothing is half done, and we have been told. {IN_A_FEW_MINUTES}"
        ),
        RejectionCode.LINK_REQUIRED: _OnPage(f"{sign_in.CODES_OFF} The link in the same email still works."),
        RejectionCode.PAYMENT_DECLINED: _OnPage(
            payments.declined(payments.BY_PAGE),
            with_figures=lambda figures: payments.declined_because(figures, payments.BY_PAGE),
        ),
        RejectionCode.PAYMENT_ACTION_REQUIRED: _OnPage(payments.confirmation_needed(payments.BY_PAGE)),
        RejectionCode.PAST_DUE: _OnPage(
            payments.unpaid(payments.PAY_BY_PAGE),
            with_figures=lambda figures: payments.past_due(figures, payments.PAY_BY_PAGE),
        ),
        RejectionCode.INVALID_REQUEST: _OnPage("Put right what is marked, then send it again.", "Something is missing"),
        RejectionCode.IDEMPOTENCY_KEY_REUSED: _OnPage(
            "This form was sent before with other entries.", "Send it once more"
        ),
        RejectionCode.ALREADY_ANSWERED: _OnPage(
            "It was sent twice, and the first one counted.", "This was done already"
        ),
        RejectionCode.NOT_AN_ADMIN: _OnPage(
            "This page is for the admins of your agency. If you need something changed, ask one of them."
        ),
        RejectionCode.NOT_ACTIVE: _OnPage("This page opens once you hold a seat. Your agency's admins can help."),
    }
)


def message(code: str, figures: FiguresJson) -> Message:
    """A rejection in words for the person in front of the page."""
    words = problem(code)
    if code == RejectionCode.INVALID_CODE:
        return Message(words.title, sign_in.invalid_code_on_page(figures))
    on_page = _ON_PAGE.get(code)
    if on_page is None:
        return Message(words.title, words.detail(figures))
    return Message(on_page.title or words.title, on_page.with_figures(figures) or on_page.sentence)


def login_link_over(over: LinkOver) -> Message:
    """Why the link of a code mail signs nobody in."""
    return Message("This link no longer works", sign_in.login_link_over(over.value))


def invitation_over(over: LinkOver) -> Message:
    """Why the link of an invitation accepts nothing, and whom to ask."""
    return Message("This invitation no longer works", sign_in.link_expired({"invitation": over.value}) or "")


def bad_origin(origin: str | None, ours: str) -> Message:
    """A form that came from another address of this site, or from a page that the browser does not name."""
    if origin is None or origin == "null":
        return Message(
            "Your browser did not say where the form is from",
            f"An extension or a privacy setting may keep it back. Allow it for this site, or use another browser. Then"
            f" open {ours} and send the form again. Nothing was changed.",
        )
    return Message(
        "This form came from another address",
        f"It was sent from {origin}, and this site works at {ours} only. Open that address and send the form again."
        " Nothing was changed.",
    )


def cookies_refused(ours: str) -> Message:
    """The browser sent back none of the cookies that it was just given."""
    return Message(
        "Your browser refuses cookies",
        f"Signing in needs a cookie of {ours}. Allow cookies for this site in the browser's settings, or leave its"
        " private mode. Then sign in again.",
    )


COOKIES_NEEDED = "Your browser refuses cookies, and signing in needs one. Allow cookies for this site first."


_AS_USUAL = "takes longer than usual"
SLOWER = f"This {_AS_USUAL}"
SLOW = f"This is recorded and {_AS_USUAL}. The page changes by itself as soon as it is done."
"""A form that was accepted and whose outcome is not known yet."""
ASKING_STRIPE = "Stripe is being asked. This page changes by itself as soon as it is done; nothing is charged twice."
_MAY_BE_OLD = "What you see may be old; it goes on by itself."
PARKED_TITLE = "Changes take longer than usual"
PARKED = (
    "A fault on our side holds back changes in your agency: a first login or a purchase may wait. Nothing is lost, and"
    " we have been told."
)
CONNECTION_LOST = f"The connection is lost. {_MAY_BE_OLD}"
DEGRADED = "Changes cannot be saved right now, and what you see may be a few minutes old. We are working on it."
OFFLINE = f"You are offline. {_MAY_BE_OLD}"
SIGNED_OUT = "You are signed out."
REMOVED_YOURSELF = "You removed yourself from your agency, and you are signed out. An admin can invite you again."
STEPPED_DOWN = "You are a clinician now, and you keep your seat. Another admin can make you an admin again."
CLOSE = "Close"
TRY_AGAIN = "Try again"
TRYING = "Trying again …"
BACK = "Back"
KEPT = "We kept everything that you entered. Trying again does nothing twice."
FAILURES: Mapping[str, Message] = MappingProxyType(
    {
        "offline": Message("You are offline", f"This was not sent. {KEPT}"),
        "no-answer": Message("No answer", f"We could not be reached, or did not answer in time. {KEPT}"),
        "failed": Message("That did not work", f"Something failed on our side. {KEPT}"),
    }
)
"""What a script says of a request that got no answer, or none of ours."""
NO_PRICE_YET = Message(f"Stripe {_AS_USUAL}", "There is no price yet. Wait a moment, then ask again.")
NO_NUMBER = Message("Not a number of seats", fields.ON_PAGE["base"])
NOBODY_TO_LET_IN = Message("Nobody is selected", "Choose the people to let in first.")
SEATS_ARE_FREE = Message("Nothing to buy", "Seats are free for all of them. Re-invite them instead: it costs nothing.")
NOBODY_SELECTED = Message("Nobody is selected", "Select the people first, then the action.")


def _changed_meanwhile(change: str) -> Message:
    return Message("It changed in the meantime", f"Somebody {change}. Look again, then decide.")


MEMBER_CHANGED = _changed_meanwhile("changed this member since the page was shown, and your change was not made")
DOMAIN_CHANGED = _changed_meanwhile("set another domain since the page was shown, and yours was not set")
