"""Every "no" has a status, a title and a sentence that says what happened and the one thing to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.rejections import FiguresJson
from contracts.vocabulary import RejectionCode
from services.gateway.domain.api_key_cap import MOST_API_KEYS
from services.gateway.texts import money_rejections, plain_rejections

Figures = FiguresJson


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of rejection. `sentence` may name figures; `without` is said when one of them is missing.

    `plainly` says what the figures mean, where one sentence does not fit all of them.
    """

    status: int
    title: str
    sentence: str
    without: str | None = None
    plainly: Callable[[Figures], str | None] = lambda _figures: None

    def detail(self, figures: Figures) -> str:
        """The sentence for a person, with the figures in it."""
        if (said := self.plainly(figures)) is not None:
            return said
        known = {name: value for name, value in figures.items() if value is not None}
        try:
            return self.sentence.format_map(known)
        except KeyError:
            return self.without or self.sentence.partition(" {")[0].rstrip(":,;") + "."


NOT_FOUND = "not_found"
METHOD_NOT_ALLOWED = "method_not_allowed"
REQUEST_TOO_LARGE = "request_too_large"
BAD_SIGNATURE = "bad_signature"
UNKNOWN_API_KEY = "unknown_api_key"
TOO_MANY_API_KEYS = "too_many_api_keys"
_CARD = "Open the billing portal (POST /api/v1/billing/portal-sessions), put the card right, then try again."

PROBLEMS: Mapping[str, Problem] = {
    RejectionCode.NOT_SIGNED_IN: Problem(
        401,
        "Not signed in",
        "You are not signed in, or the session has ended. Sign in and try again.",
        plainly=plain_rejections.not_signed_in,
    ),
    RejectionCode.INVALID_CODE: Problem(
        401,
        "That code is not right",
        "That code is not right, or it has expired. Ask for a new one.",
        plainly=plain_rejections.invalid_code,
    ),
    RejectionCode.LINK_EXPIRED: Problem(
        401,
        "That link has expired",
        "That link was used already or has expired. Ask for a new one on the sign-in page.",
        plainly=plain_rejections.link_expired,
    ),
    RejectionCode.PAYMENT_DECLINED: Problem(
        402,
        "The card was declined",
        f"The card was declined; nothing was charged and nothing has changed. {_CARD}",
        plainly=money_rejections.payment_declined,
    ),
    RejectionCode.PAYMENT_ACTION_REQUIRED: Problem(
        402,
        "The bank wants a confirmation",
        f"The bank wants the card's owner to confirm the payment; nothing has changed. {_CARD}",
    ),
    RejectionCode.PAST_DUE: Problem(
        402, "An invoice is unpaid", f"An earlier invoice is unpaid, so no seat can be bought. {_CARD}"
    ),
    RejectionCode.NOT_AN_ADMIN: Problem(
        403, "Only for admins", "Only an admin of the agency can do this. Ask one of yours."
    ),
    RejectionCode.NOT_ACTIVE: Problem(
        403,
        "You do not have a seat yet",
        "You do not hold a seat, so this is not open to you yet. Ask your agency's admin.",
    ),
    RejectionCode.BAD_ORIGIN: Problem(
        403,
        "The request came from elsewhere",
        "The request did not come from this site's own pages. Open the page anew and try again.",
    ),
    RejectionCode.LINK_REQUIRED: Problem(
        403,
        "Use the link in the mail",
        "There were too many wrong codes today, so codes are off. Use the one-click link in the mail instead.",
    ),
    RejectionCode.UNKNOWN_MEMBER: Problem(404, "No such member", "Your agency has no such member. Refresh the list."),
    RejectionCode.UNKNOWN_OPERATION: Problem(
        404, "No such operation", "There is no such operation of yours. It may be older than we keep them."
    ),
    UNKNOWN_API_KEY: Problem(
        404, "No such API key", "Your agency has no such API key; it may have been revoked already. Refresh the list."
    ),
    TOO_MANY_API_KEYS: Problem(
        409,
        "No more API keys",
        f"Your agency has {MOST_API_KEYS} API keys, and that is the most. Revoke one that no program uses any more,"
        " then try again.",
    ),
    RejectionCode.BAA_UNSIGNED: Problem(
        409, "The BAA is not signed", "Your agency's BAA is not signed yet. Sign it under Settings, then try again."
    ),
    RejectionCode.NO_SEAT_AVAILABLE: Problem(
        409,
        "No free seat",
        "No seat of that type is free. Add one or remove a member who holds one, then try again.",
        plainly=plain_rejections.no_free_seat,
    ),
    RejectionCode.BELOW_ACTIVE: Problem(
        409,
        "More seats are in use",
        "More members are Active than that. Remove members first to free seats.",
        plainly=money_rejections.below_active,
    ),
    RejectionCode.LAST_ADMIN: Problem(
        409, "The only admin", "An agency needs at least one Active admin. Make somebody else an admin first."
    ),
    RejectionCode.ALREADY_MEMBER: Problem(
        409,
        "Already a member",
        "That address belongs to a member already. Find the member in the list.",
        plainly=plain_rejections.already_member,
    ),
    RejectionCode.WRONG_STATUS: Problem(
        409,
        "Not in this status",
        "The member's status does not allow that. Refresh the list to see where the member stands.",
        plainly=plain_rejections.wrong_status,
    ),
    RejectionCode.PURCHASE_UNDER_WAY: Problem(
        409, "A purchase is under way", "Seats are being bought right now. Wait until that is done, then try again."
    ),
    RejectionCode.QUOTE_STALE: Problem(
        409,
        "The price has changed",
        "Something changed since this price was shown, and nothing was charged. Look at the new price and save again.",
    ),
    RejectionCode.QUOTE_EXPIRED: Problem(
        409,
        "The price has expired",
        "The price shown was good for ten minutes, and nothing was charged. Look at the new price and save again.",
    ),
    RejectionCode.NOTHING_TO_CHANGE: Problem(409, "Nothing to change", "It is like that already; nothing has changed."),
    RejectionCode.BILLING_UNAVAILABLE: Problem(
        409,
        "Billing does not answer",
        "Stripe does not answer at the moment, and nothing was charged. Try again in a few minutes.",
        plainly=money_rejections.billing_unavailable,
    ),
    RejectionCode.INVOICE_LIMIT: Problem(
        409,
        "Today's invoices are used up",
        "Stripe takes no more invoices for your plan today. Try again tomorrow.",
        plainly=money_rejections.invoice_limit,
    ),
    RejectionCode.SEATS_REDUCED_ELSEWHERE: Problem(
        409,
        "Seats were reduced elsewhere",
        "The number of seats was lowered at Stripe below your Active members. Add seats or remove members.",
        plainly=plain_rejections.seats_frozen,
    ),
    RejectionCode.DOMAIN_TAKEN: Problem(
        409,
        "The domain is taken",
        "Another agency uses {domain} for joining. Choose another domain.",
        "Another agency uses that mail domain for joining. Choose another one.",
    ),
    RejectionCode.CHOOSE_AGENCY: Problem(
        409,
        "Which agency?",
        "This address belongs to several agencies. Send the same again with the agencyId of one of them.",
    ),
    RejectionCode.ALREADY_ANSWERED: Problem(
        409,
        "Already answered",
        "This was done already, and its answer held a secret that is given once. Ask anew with a new Idempotency-Key.",
    ),
    RejectionCode.INVALID_REQUEST: Problem(
        422,
        "The request is not valid",
        "Something in the request is missing or wrong; each field and what is wrong with it stand under errors.",
    ),
    RejectionCode.DOMAIN_NOT_AUTO_JOIN: Problem(
        422,
        "Nobody's mail domain",
        "No agency lets people of {domain} join by themselves. Use your work address, or ask your admin to invite you."
        " If you have an account already, sign in.",
        "No agency lets people of that domain join by themselves. Use your work address, or ask to be invited. If you"
        " have an account already, sign in.",
    ),
    RejectionCode.PUBLIC_DOMAIN: Problem(
        422,
        "A public mail domain",
        "Anyone can have an address on {domain}, so it cannot be an agency's. Use the agency's own domain.",
        "Anyone can have an address on that domain, so it cannot be an agency's. Use the agency's own domain.",
    ),
    RejectionCode.DOMAIN_NOT_PROVEN: Problem(
        422,
        "The domain is not proven",
        "Only an admin whose own address is on {domain} can set it. Invite yourself, or a colleague who has one, as an"
        " admin with that address, and set it from there.",
        "Only an admin whose own address is on that domain can set it. Invite yourself, or a colleague who has one, as"
        " an admin with that address, and set it from there.",
    ),
    RejectionCode.IDEMPOTENCY_KEY_REUSED: Problem(
        422,
        "The key was used for something else",
        "This Idempotency-Key was sent before with another body. Use a new key for a new request.",
    ),
    RejectionCode.TOO_MANY_ATTEMPTS: Problem(
        429,
        "Too many attempts",
        "There were too many attempts within the hour. Try again later.",
        plainly=plain_rejections.too_many_attempts,
    ),
    RejectionCode.INTERNAL_ERROR: Problem(
        500,
        "Something failed on our side",
        "Something failed on our side, and nothing is half done. The operator has been told; try again later.",
    ),
    RejectionCode.BUS_UNAVAILABLE: Problem(
        503, "Not available right now", "Nothing was recorded. Try again in a moment with the same Idempotency-Key."
    ),
    RejectionCode.SUPERSEDED: Problem(
        409, "A newer preview took its place", "A newer preview was asked for, so this one was left. Use the newer one."
    ),
    RejectionCode.STALE: Problem(
        409,
        "Seats changed elsewhere",
        "The number of seats changed at Stripe in the meantime, and nothing was charged. Refresh and try again.",
    ),
    NOT_FOUND: Problem(
        404,
        "No such page",
        "There is nothing at this address. The calls that exist are listed at /docs.",
        plainly=plain_rejections.not_found,
    ),
    METHOD_NOT_ALLOWED: Problem(
        405,
        "Not with this method",
        "This address exists, but not for this method. The calls that exist are listed at /docs.",
    ),
    REQUEST_TOO_LARGE: Problem(
        413, "The request is too large", "The request's body is larger than this call takes. Send less."
    ),
    BAD_SIGNATURE: Problem(
        400,
        "The signature does not fit",
        "The signature is missing, wrong or too old, so the event was not taken. Check the webhook's signing secret.",
    ),
}


def problem(code: str) -> Problem:
    """The problem of a code. One that this version does not know is shown as a fault on our side, never raw."""
    return PROBLEMS.get(code, PROBLEMS[RejectionCode.INTERNAL_ERROR])


def camel(name: str) -> str:
    """The name that a figure has in the problem details."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
