"""The title and the sentence of each rejection: what happened, and the one thing to do next.

The table is written for programs and people alike; `messages.py` has the few sentences that a page words differently,
and `gateway_problems.py` the rejections that only the gateway gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.vocabulary import RejectionCode
from services.gateway.texts import (
    awaited_payments,
    baa,
    member_rejections,
    payments,
    reductions,
    seat_rejections,
    sign_in,
    stripe_changes,
)
from services.gateway.texts.gateway_problems import GATEWAY_PROBLEMS
from services.gateway.texts.problem import Problem

IN_A_FEW_MINUTES = "Try again in a few minutes."
_OTHER_PRICE = "Look at the new price and save again."


def _about_domain(title: str, sentence: str) -> Problem:
    return Problem(title, sentence, sentence.replace("{domain}", "that domain"))


PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        RejectionCode.NOT_SIGNED_IN: Problem(
            "Not signed in",
            "You are not signed in, or the session has ended. Sign in and try again.",
            with_figures=sign_in.not_signed_in,
        ),
        RejectionCode.INVALID_CODE: Problem(
            sign_in.CODE_WRONG,
            f"{sign_in.CODE_WRONG}, or it has expired. {sign_in.NEW_CODE}",
            with_figures=sign_in.invalid_code,
        ),
        RejectionCode.LINK_EXPIRED: Problem(
            "That link has expired",
            "That link was used already or has expired. Ask for a new one on the sign-in page.",
            with_figures=sign_in.link_expired,
        ),
        RejectionCode.PAYMENT_DECLINED: Problem(
            payments.CARD_DECLINED,
            payments.declined(payments.BY_CALL),
            with_figures=payments.declined_because,
        ),
        RejectionCode.PAYMENT_ACTION_REQUIRED: Problem(
            payments.BANK_CONFIRMATION,
            payments.confirmation_needed(payments.BY_CALL),
        ),
        RejectionCode.PAST_DUE: Problem(
            payments.INVOICE_UNPAID, payments.unpaid(payments.PAY_BY_CALL), with_figures=payments.past_due
        ),
        RejectionCode.PAYMENT_DISPUTED: Problem(payments.DISPUTED, payments.DISPUTE_LOST),
        RejectionCode.NOT_AN_ADMIN: Problem(
            "Only for admins", "Only an admin of the agency can do this. Ask one of yours."
        ),
        RejectionCode.NOT_ACTIVE: Problem(
            "You do not have a seat yet",
            "You do not hold a seat, so this is not open to you yet. Ask your agency's admin.",
        ),
        RejectionCode.BAD_ORIGIN: Problem(
            "The request came from elsewhere",
            "The request did not come from this site's own pages. Open the page anew and try again.",
        ),
        RejectionCode.LINK_REQUIRED: Problem(
            "Use the link in the email",
            f"{sign_in.CODES_OFF} Use the one-click link in the email instead.",
        ),
        RejectionCode.UNKNOWN_MEMBER: Problem("No such member", "Your agency has no such member. Refresh the list."),
        RejectionCode.UNKNOWN_OPERATION: Problem(
            "No such operation", "There is no such operation of yours. It may be older than we keep them."
        ),
        RejectionCode.BAA_UNSIGNED: Problem(
            "The BAA is not signed", f"{baa.UNSIGNED} Sign it under Settings, then try again."
        ),
        RejectionCode.NO_SEAT_AVAILABLE: Problem(
            "No free seat",
            "No seat of that type is free. Add one or remove a member who holds one, then try again.",
            with_figures=seat_rejections.no_free_seat,
        ),
        RejectionCode.BELOW_ACTIVE: Problem(
            "More seats are in use",
            f"More members are Active than that. {seat_rejections.REMOVE_FIRST}",
            with_figures=seat_rejections.below_active,
        ),
        RejectionCode.LAST_ADMIN: Problem(
            "The only admin", f"An agency needs at least one Active admin. {member_rejections.MAKE_ANOTHER_ADMIN}"
        ),
        RejectionCode.ALREADY_MEMBER: Problem(
            "Already a member",
            "That address belongs to a member already. Find the member in the list.",
            with_figures=member_rejections.already_member,
        ),
        RejectionCode.WRONG_STATUS: Problem(
            "Not in this status",
            "The member's status does not allow that. Refresh the list to see where the member stands.",
            with_figures=member_rejections.wrong_status,
        ),
        RejectionCode.PURCHASE_UNDER_WAY: Problem(
            "A purchase is under way", "Seats are being bought right now. Wait until that is done, then try again."
        ),
        RejectionCode.PAYMENT_PENDING: Problem(
            awaited_payments.UNDER_WAY,
            f"An earlier change waits for its payment, and only one can wait at a time. {awaited_payments.PAY_FIRST}"
            " (GET /api/v1/seats has its address), then try again.",
            with_figures=awaited_payments.being_paid,
        ),
        RejectionCode.CHANGE_UNDONE: Problem(
            "The change is undone", awaited_payments.NOT_PAID, with_figures=awaited_payments.rejected
        ),
        RejectionCode.QUOTE_STALE: Problem(
            "The price has changed",
            f"Something changed since this price was shown, and nothing was charged. {_OTHER_PRICE}",
        ),
        RejectionCode.QUOTE_EXPIRED: Problem(
            "The price has expired",
            f"The price shown was good for 10 minutes, and nothing was charged. {_OTHER_PRICE}",
        ),
        RejectionCode.NOTHING_AWAITED: Problem("No change waits", awaited_payments.NOTHING_WAITS),
        RejectionCode.NOTHING_TO_CHANGE: Problem("Nothing to change", "It is like that already; nothing has changed."),
        RejectionCode.NOT_A_REDUCTION: Problem(
            "Not a reduction", reductions.ADD_NOW, with_figures=reductions.not_a_reduction
        ),
        RejectionCode.BILLING_UNAVAILABLE: Problem(
            "Billing is not available",
            f"Stripe does not answer at the moment, and nothing was charged. {IN_A_FEW_MINUTES}",
            with_figures=stripe_changes.nothing_to_change,
        ),
        RejectionCode.CUSTOM_PRICE: Problem(
            "Your price is a custom one",
            "You have a negotiated price, and there is none for the other billing cycle. Nothing was changed. Ask"
            " support to switch your plan.",
        ),
        RejectionCode.INVOICE_LIMIT: Problem(
            "Today's invoices are used up",
            f"{seat_rejections.NO_INVOICES_TODAY} Try again tomorrow.",
            with_figures=seat_rejections.invoice_limit,
        ),
        RejectionCode.SEATS_REDUCED_ELSEWHERE: Problem(
            "Seats were reduced elsewhere",
            f"{stripe_changes.SEATS_LOWERED} Add seats or remove members.",
            with_figures=stripe_changes.no_seat,
        ),
        RejectionCode.DOMAIN_TAKEN: _about_domain(
            "The domain is taken", "Another agency uses {domain} for joining. Choose another domain."
        ),
        RejectionCode.CHOOSE_AGENCY: Problem(
            "Which agency?",
            "This address belongs to several agencies. Send the same again with the agencyId of one of them.",
        ),
        RejectionCode.CONFIRM_DETAILS: Problem(
            "Which seat?",
            "Somebody signed up this address with other details, and not in this browser. Send the same again with your"
            " name and seatType.",
        ),
        RejectionCode.ALREADY_ANSWERED: Problem(
            "Already answered",
            "This was done already, and its answer held a secret that is given once. Ask anew with a new"
            " Idempotency-Key.",
        ),
        RejectionCode.INVALID_REQUEST: Problem(
            "The request is not valid",
            "Something in the request is missing or wrong; each field and what is wrong with it stand under errors.",
        ),
        RejectionCode.DOMAIN_NOT_AUTO_JOIN: _about_domain(
            "Nobody's email domain",
            "No agency lets people of {domain} join by themselves. Use your work address, or ask your admin to invite"
            " you. If you have an account already, sign in.",
        ),
        RejectionCode.PUBLIC_DOMAIN: _about_domain(
            "A public email domain",
            "Anyone can have an address on {domain}, so it cannot be an agency's. Use the agency's own domain.",
        ),
        RejectionCode.DOMAIN_NOT_PROVEN: _about_domain(
            "The domain is not proven",
            "Only an admin whose own address is on {domain} can set it. Invite yourself, or a colleague who has one, as"
            " an admin with that address, and set it from there.",
        ),
        RejectionCode.IDEMPOTENCY_KEY_REUSED: Problem(
            "The key was used for something else",
            "This Idempotency-Key was sent before with another body. Use a new key for a new request.",
        ),
        RejectionCode.TOO_MANY_ATTEMPTS: Problem(
            "Too many attempts",
            sign_in.too_many_attempts({}),
            with_figures=sign_in.too_many_attempts,
        ),
        RejectionCode.INTERNAL_ERROR: Problem(
            "Something failed on our side",
            "Something failed on our side, and nothing is half done. The operator has been told; try again later.",
        ),
        RejectionCode.BUS_UNAVAILABLE: Problem(
            "Not available right now", "Nothing was recorded. Try again in a moment with the same Idempotency-Key."
        ),
        RejectionCode.SUPERSEDED: Problem(
            "A newer preview took its place", "A newer preview was asked for, so this one was left. Use the newer one."
        ),
        RejectionCode.STALE: Problem(
            "Seats changed elsewhere",
            "The number of seats changed at Stripe in the meantime, and nothing was charged. Refresh and try again.",
        ),
        **GATEWAY_PROBLEMS,
    }
)


def problem(code: str) -> Problem:
    """The words of a code. A code that this version does not know reads as a fault on our side, never raw."""
    return PROBLEMS.get(code, PROBLEMS[RejectionCode.INTERNAL_ERROR])
