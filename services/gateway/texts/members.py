"""A member's status and why somebody is Blocked, in words for admins and for the member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.vocabulary import (
    BlockedDetail,
    BlockedReason,
    MemberStatus,
    RejectionCode,
    SeatShortage,
    SeatType,
    StripeFault,
)
from contracts.wording import isolated, no_seat, not_bought
from services.gateway.texts import payments
from services.gateway.texts.member_rejections import MAKE_ANOTHER_ADMIN

ADMINS_CAN = (
    "An admin can invite and remove members, change seats and the billing, sign the BAA, and make others admins."
)
REMOVES_YOU = "This is you. You are signed out at once, and only another admin can bring you back."
STEP_DOWN = "You can no longer open these pages: members, seats, billing and settings. You keep your seat."
SAME_PRICE = "What you pay stays the same."
ERASED = "The name and the email addresses are erased. The history stays."
ONLY_ADMIN = f"The only admin. {MAKE_ANOTHER_ADMIN}"


def shown(first: int, rows: int, total: int) -> str:
    """The part of the list that a page shows, and how many there are in all."""
    return f"{first + 1:,}\u2013{first + rows:,} of {total:,}"


def nobody(q: str, *, filtered: bool) -> str:
    """Why a list is empty."""
    if q:
        return f"Nobody here matches “{isolated(q)}”."
    return "Nobody has this seat and role." if filtered else "Nobody is in this status."


def status_label(status: MemberStatus) -> str:
    """A status in the product's words."""
    return status.value.replace("_", " ").capitalize()


_WAITS = {
    MemberStatus.PENDING_LOGIN: "Pending login: logged in, and a seat is being bought. Holds no seat yet.",
    MemberStatus.INVITED: "Invited: accepted, and waits for a seat. Holds no seat yet.",
}


def status_means(status: MemberStatus, *, logged_in: bool = False) -> str:
    """The meaning of a status, for the row of the member; `logged_in`: the person has proven the address."""
    if logged_in and status in _WAITS:
        return _WAITS[status]
    match status:
        case MemberStatus.ACTIVE:
            return "Active: holds a seat."
        case MemberStatus.PENDING_LOGIN:
            return "Pending login: signed up and has not logged in yet. Holds no seat."
        case MemberStatus.INVITED:
            return "Invited: has not accepted yet. Holds no seat."
        case MemberStatus.BLOCKED:
            return "Blocked: logged in and got no seat."
        case MemberStatus.REMOVED:
            return "Removed: has no access and holds no seat."
        case never:
            assert_never(never)


def blocked_for_admins(  # noqa: PLR0911  one sentence for each reason
    reason: BlockedReason | None, seat_type: SeatType, detail: BlockedDetail | None = None
) -> str:
    """Why a member is Blocked, for an admin, who can change it. `detail` is more about the reason."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE | None:
            return "No seat of that type was free, and Auto-Add was OFF."
        case BlockedReason.PAYMENT_DECLINED | BlockedReason.PAYMENT_ACTION_REQUIRED | BlockedReason.PAST_DUE:
            return _not_bought(payments.clause(RejectionCode(reason)))
        case BlockedReason.BILLING_UNAVAILABLE:
            return f"{not_bought(detail if isinstance(detail, StripeFault) else None)}."
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            why = no_seat(_shortage(detail), seat_type)
            return f"{why[0].upper()}{why[1:]}."
        case BlockedReason.AUTO_ADD_LIMIT:
            return "No seat of that type was free, and Auto-Add was at its limit."
        case BlockedReason.AWAITING_APPROVAL:
            return f"An admin approves each {seat_type.label} seat, and nobody has decided yet."
        case BlockedReason.REQUEST_DECLINED:
            return "An admin declined the request for a seat."
        case never:
            assert_never(never)


def blocked_in_short(reason: BlockedReason | None) -> str:  # noqa: PLR0911  one label for each reason
    """Why a member is Blocked, in a few words beside the status."""
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE | None:
            return "No free seat"
        case BlockedReason.PAYMENT_DECLINED:
            return "Card declined"
        case BlockedReason.PAYMENT_ACTION_REQUIRED:
            return "Bank must confirm"
        case BlockedReason.PAST_DUE:
            return "Invoice unpaid"
        case BlockedReason.BILLING_UNAVAILABLE:
            return "Not bought"
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return "Seats lowered"
        case BlockedReason.AUTO_ADD_LIMIT:
            return "Auto-Add limit"
        case BlockedReason.AWAITING_APPROVAL:
            return "Awaits approval"
        case BlockedReason.REQUEST_DECLINED:
            return "Declined"
        case never:
            assert_never(never)


def all_blocked(count: int) -> str:
    """The link to the Blocked that the list of all members folds away."""
    return f"Show all {count:,} Blocked"


def _shortage(detail: BlockedDetail | None) -> SeatShortage:
    return detail if isinstance(detail, SeatShortage) else SeatShortage.LOWERED


def _not_bought(why: str) -> str:
    return f"A seat could not be bought: {why}."


@dataclass(frozen=True, slots=True)
class Blocked:
    """The page of a Blocked member: its heading, why there is no seat, and what has to happen before a mail comes.

    Room alone lets nobody in, unless the line moves by itself: an admin re-invites. After a payment problem Auto-Add
    buys for the Blocked, if it is ON.
    """

    heading: str
    why: str
    mail_comes: str


def blocked_for_member(
    reason: BlockedReason | None,
    seat_type: SeatType,
    agency: str,
    detail: BlockedDetail | None = None,
    *,
    line_moves: bool = False,
) -> Blocked:
    """Why a member is Blocked, for the member, who can only wait. `detail` is more about the reason.

    `line_moves`: the agency lets free seats go to Blocked members by themselves.
    """
    seat, agency = seat_type.label, isolated(agency)
    heading, fixed = f"Your agency has no free {seat} seat", None
    match reason:
        case BlockedReason.PAYMENT_DECLINED:
            heading, fixed = f"Your agency's {seat} seat could not be paid for", "the payment works"
            why = f"{agency} has no free {seat} seat, and its card was declined when one more was to be bought."
        case BlockedReason.PAYMENT_ACTION_REQUIRED:
            heading, fixed = f"Your agency's {seat} seat is not paid for yet", "an admin has confirmed the payment"
            why = f"{agency} has no free {seat} seat, and its bank wants the payment for one more confirmed."
        case BlockedReason.PAST_DUE:
            fixed = "the payment works"
            why = f"An earlier invoice of {agency} is unpaid, so no seat can be added until that is settled."
        case BlockedReason.BILLING_UNAVAILABLE:
            heading = f"Your agency's {seat} seat could not be bought"
            # Only a fault has paused Auto-Add, and only the end of a pause buys for the Blocked.
            fixed = "that works again" if isinstance(detail, StripeFault) else None
            why = f"{agency} has no free {seat} seat, and one more could not be bought."
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            why = _no_seat_for_member(_shortage(detail), seat, agency)
        case BlockedReason.NO_SEAT_AVAILABLE | BlockedReason.AUTO_ADD_LIMIT | None:
            why = f"All {seat} seats of {agency} are taken at the moment."
        case BlockedReason.AWAITING_APPROVAL:
            return _awaiting(seat, agency)
        case BlockedReason.REQUEST_DECLINED:
            return _declined(seat, agency)
        case never:
            assert_never(never)
    return Blocked(heading, f"Its admins have been told. {why}", _mail_comes(seat, fixed, line_moves=line_moves))


def _mail_comes(seat: str, fixed: str | None, *, line_moves: bool) -> str:
    """What has to happen before a mail comes. `fixed`: the end of the trouble after which Auto-Add buys again."""
    if line_moves:
        return f"You are in line: once a {seat} seat is free and it is your turn, it is yours. An email then comes to"
    by_admin = "an admin can make room and re-invite you"
    if fixed is None:
        return f"Nothing happens by itself: {by_admin}. The invitation then comes by email to"
    return (
        f"Once {fixed}, Auto-Add buys a seat for you if your agency has it ON; otherwise {by_admin}. Either way an"
        " email comes to"
    )


def _awaiting(seat: str, agency: str) -> Blocked:
    why = f"{agency} approves each person who needs a {seat} seat. Its admins have been told."
    return Blocked(
        f"An admin has to approve your {seat} seat", why, "Once an admin approves, you are in, and an email comes to"
    )


def _declined(seat: str, agency: str) -> Blocked:
    why = f"An admin of {agency} declined your request for a {seat} seat."
    mail_comes = "An admin can still let you in later. An email then comes to"
    return Blocked("Your request was declined", why, mail_comes)


def _no_seat_for_member(shortage: SeatShortage, seat: str, agency: str) -> str:
    """The other seat type is no concern of the member's."""
    match shortage:
        case SeatShortage.LOWERED:
            return f"{agency} has fewer {seat} seats now than people who use one."
        case SeatShortage.OTHER_TYPE_LOWERED:
            return f"All {seat} seats of {agency} are taken at the moment."
        case SeatShortage.NO_SUBSCRIPTION:
            return f"The subscription of {agency} has ended, so it has no seats."
        case never:
            assert_never(never)


def waits_for(agency: str, seat_type: SeatType, *, payment: bool) -> str:
    """What a member without a seat waits for. `payment`: a change of the agency waits for its payment."""
    if payment:
        return (
            f"{isolated(agency)} has no free {seat_type.label} seat at this moment. A change of its plan waits for a"
            " payment, and your seat comes after that: as soon as the payment is confirmed, or the change is undone."
        )
    return f"{isolated(agency)} has no free {seat_type.label} seat at this moment, so one is being added."


def working(seat_type: SeatType, *, payment: bool) -> str:
    """The words beside the spinner of a member who waits."""
    return "Waiting for your agency's payment …" if payment else f"Adding a {seat_type.label} seat …"


def may_close(email: str, *, after_a_while: bool) -> str:
    """For a member who waits for a seat: the page may be closed, and a mail comes."""
    reassurance = ". We go on, nothing is bought twice, and" if after_a_while else ":"
    return f"You may close this page{reassurance} an email to {isolated(email)} comes when your seat is there."
