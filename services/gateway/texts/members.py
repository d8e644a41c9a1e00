"""A member's status and why somebody is Blocked, in words for admins and for the member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, SeatType
from contracts.wording import isolated
from services.gateway.texts import payments, stripe_changes
from services.gateway.texts.member_rejections import MAKE_ANOTHER_ADMIN

ONLY_ADMIN = f"The only admin. {MAKE_ANOTHER_ADMIN}"
_FRESH_MAIL = "get a fresh mail, in this order, while seats last."
CHOSEN = f"The chosen {_FRESH_MAIL}"
SOME_CHOSEN = f"{{count}} chosen. They {_FRESH_MAIL}"
"""A script writes the count."""


def status_label(status: MemberStatus) -> str:
    """A status in the product's words."""
    return status.value.replace("_", " ").capitalize()


def status_means(status: MemberStatus) -> str:
    """The meaning of a status, for the row of the member."""
    match status:
        case MemberStatus.ACTIVE:
            return "holds a seat"
        case MemberStatus.PENDING_LOGIN:
            return "signed up, has not logged in yet; holds no seat"
        case MemberStatus.INVITED:
            return "invited, has not accepted yet; holds no seat"
        case MemberStatus.BLOCKED:
            return "logged in and got no seat"
        case MemberStatus.REMOVED:
            return "has no access; holds no seat"
        case never:
            assert_never(never)


def blocked_for_admins(reason: BlockedReason | None) -> str:
    """Why a member is Blocked, for an admin, who can change it."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE | None:
            return "No seat of that type was free, and Auto-Add was off."
        case BlockedReason.PAYMENT_DECLINED:
            return _not_bought(payments.clause(RejectionCode.PAYMENT_DECLINED))
        case BlockedReason.PAST_DUE:
            return _not_bought(payments.clause(RejectionCode.PAST_DUE))
        case BlockedReason.BILLING_UNAVAILABLE:
            return _not_bought("Stripe did not make the change, as Seats & Billing shows")
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return stripe_changes.SEATS_LOWERED
        case never:
            assert_never(never)


def _not_bought(why: str) -> str:
    return f"A seat could not be bought: {why}."


@dataclass(frozen=True, slots=True)
class Blocked:
    """The page of a Blocked member: its heading, why there is no seat, and what has to happen before a mail comes.

    Room alone lets nobody in: an admin re-invites. After a payment problem Auto-Add buys for the Blocked, if it is ON.
    """

    heading: str
    why: str
    mail_comes: str


def blocked_for_member(reason: BlockedReason | None, seat_type: SeatType, agency: str) -> Blocked:
    """Why a member is Blocked, for the member, who can only wait."""
    seat, agency = seat_type.label, isolated(agency)
    heading, fixed = f"Your agency has no free {seat} seat", None
    match reason:
        case BlockedReason.PAYMENT_DECLINED:
            heading, fixed = f"Your agency's {seat} seat could not be paid for", "the payment works"
            why = f"{agency} has no free {seat} seat, and its card was declined when one more was to be bought."
        case BlockedReason.PAST_DUE:
            fixed = "the payment works"
            why = f"An earlier invoice of {agency} is unpaid, so no seat can be added until that is settled."
        case BlockedReason.BILLING_UNAVAILABLE:
            heading, fixed = f"Your agency's {seat} seat could not be bought", "that works again"
            why = f"{agency} has no free {seat} seat, and the billing service did not add one."
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            why = f"{agency} has fewer seats now than people who use one."
        case BlockedReason.NO_SEAT_AVAILABLE | None:
            why = f"All {seat} seats of {agency} are taken at the moment."
        case never:
            assert_never(never)
    by_admin = "an admin can make room and re-invite you"
    if fixed is None:
        mail_comes = f"Nothing happens by itself: {by_admin}. The invitation then comes by mail to"
    else:
        mail_comes = (
            f"Once {fixed}, Auto-Add buys a seat for you if your agency has it ON; otherwise {by_admin}. Either way a"
            " mail comes to"
        )
    return Blocked(heading, f"Its admins have been told. {why}", mail_comes)


def may_close(email: str, *, after_a_while: bool) -> str:
    """For a member who waits for a seat: the page may be closed, and a mail comes."""
    reassurance = ". We go on, nothing is bought twice, and" if after_a_while else ":"
    return f"You may close this page{reassurance} a mail to {isolated(email)} comes when your seat is there."
