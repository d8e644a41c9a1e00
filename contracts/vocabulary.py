"""Values that all services share: seat types, statuses, actors, rejection codes.

Standard library only, so that a domain rule may import it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAA_VERSION = "2026-11"
"""The version of the BAA's text that can be signed now. A signature under another version is rejected."""
DEFAULT_LOCALE = "en"
"""The language in which an agency's names are sorted, unless the operator gives another."""
TEXT_MAX = 200
"""The most characters of a name, a title, or another line that people type."""
MOST_SEATS_REQUESTED = 1_000_000
"""The most seats of one type that a person can request. Stripe may hold more, and every service reads any number."""


class Service(StrEnum):
    """The five services, by their name on the bus, in Postgres and in the process list."""

    MEMBERS = "members"
    SEATS = "seats"
    BILLING = "billing"
    NOTIFIER = "notifier"
    GATEWAY = "gateway"


class SeatType(StrEnum):
    """The two types of seat that an agency buys."""

    BASE = "base"
    VOICE = "voice"

    @property
    def label(self) -> str:
        """The name that people read: Base, Voice."""
        return self.value.capitalize()


class Role(StrEnum):
    """A member's rights in the agency."""

    CLINICIAN = "clinician"
    ADMIN = "admin"


class MemberStatus(StrEnum):
    """A member's status. Only ACTIVE members hold a seat and count toward the cap."""

    INVITED = "invited"
    PENDING_LOGIN = "pending_login"
    ACTIVE = "active"
    BLOCKED = "blocked"
    REMOVED = "removed"


class BaaStage(StrEnum):
    """How urgently an agency has to sign a new version of the BAA. LAPSED: admin actions are locked until then."""

    REQUESTED = "requested"
    NEAR = "near"
    LAPSED = "lapsed"


class BillingCycle(StrEnum):
    """How often the agency pays."""

    MONTHLY = "monthly"
    ANNUAL = "annual"


class BlockedReason(StrEnum):
    """Why a first login ended Blocked."""

    NO_SEAT_AVAILABLE = "no_seat_available"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_ACTION_REQUIRED = "payment_action_required"
    PAST_DUE = "past_due"
    BILLING_UNAVAILABLE = "billing_unavailable"
    SEATS_REDUCED_ELSEWHERE = "seats_reduced_elsewhere"
    AUTO_ADD_LIMIT = "auto_add_limit"
    AWAITING_APPROVAL = "awaiting_approval"
    REQUEST_DECLINED = "request_declined"


class AutoAddMeasure(StrEnum):
    """What a limit of Auto-Add counts: the purchased seats, or its seats of a month, or their price a month."""

    SEATS = "seats"
    MONTH_SEATS = "month_seats"
    MONTH_AMOUNT = "month_amount"


class StripeFault(StrEnum):
    """Why Stripe accepts no change of a subscription. Another attempt cannot help until somebody removes the cause.

    ON_ACCOUNT: Stripe charges no card, but sends invoices or none at all, so Auto-Add buys nothing.
    PAUSED: a trial has ended without a card. Stripe makes no invoice until somebody resumes the subscription there.
    """

    TAX_LOCATION = "tax_location"
    SCHEDULE = "schedule"
    CATALOGUE = "catalogue"
    MISSING = "missing"
    NOT_ACCEPTED = "not_accepted"
    ON_ACCOUNT = "on_account"
    PAUSED = "paused"


class FrozenReason(StrEnum):
    """Why an agency's seats are frozen: nothing is bought, and first logins are Blocked."""

    SEATS_REDUCED_ELSEWHERE = "seats_reduced_elsewhere"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    CUSTOMER_DELETED = "customer_deleted"


class SeatShortage(StrEnum):
    """The state of the agency at Stripe when somebody was Blocked with `seats_reduced_elsewhere`.

    OTHER_TYPE_LOWERED: only the other seat type was lowered below Active, and no seat of the person's type was free.
    """

    LOWERED = "lowered"
    OTHER_TYPE_LOWERED = "other_type_lowered"
    NO_SUBSCRIPTION = "no_subscription"


BlockedDetail = SeatShortage | StripeFault
"""More about the reason of a Blocked member: of `seats_reduced_elsewhere`, or of `billing_unavailable`."""


def blocked_detail(value: str | None) -> BlockedDetail | None:
    """The detail of this value, as a database stores it."""
    if value is None:
        return None
    return SeatShortage(value) if value in set(SeatShortage) else StripeFault(value)


class ChangedBy(StrEnum):
    """The author of a change to a subscription. OURS: one of our own operations."""

    OURS = "ours"
    PORTAL = "portal"
    DASHBOARD = "dashboard"
    STRIPE = "stripe"


class KeyScope(StrEnum):
    """The calls that an API key opens; ADMIN opens all of them."""

    READ = "read"
    MEMBERS = "members"
    USAGE = "usage"
    BILLING = "billing"
    ADMIN = "admin"


class Proof(StrEnum):
    """How a person proved the ownership of a mailbox."""

    CODE = "code"
    LINK = "link"


class ActorKind(StrEnum):
    """The kind of actor that caused a change."""

    MEMBER = "member"
    ANYONE = "anyone"
    AUTO_ADD = "auto_add"
    STRIPE = "stripe"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change; `member_id` only for a member. Written as `member:<uuid>` or the bare kind."""

    kind: ActorKind
    member_id: UUID | None = None

    def __str__(self) -> str:
        """The form that travels in the envelope."""
        return self.kind.value if self.member_id is None else f"{self.kind.value}:{self.member_id}"

    @staticmethod
    def parse(text: str, read_id: Callable[[str], UUID] = UUID) -> Actor:
        """Read the form that travels in the envelope, its id with `read_id`. ValueError if the text is no actor."""
        kind, _, member = text.partition(":")
        return Actor(ActorKind(kind), read_id(member) if member else None)


ANYONE = Actor(ActorKind.ANYONE)
AUTO_ADD = Actor(ActorKind.AUTO_ADD)
STRIPE = Actor(ActorKind.STRIPE)
OPERATOR = Actor(ActorKind.OPERATOR)


def member(member_id: UUID) -> Actor:
    """The actor that is this member."""
    return Actor(ActorKind.MEMBER, member_id)


@dataclass(frozen=True, slots=True)
class Quantities:
    """A number of seats, or of members, for each seat type."""

    base: int = 0
    voice: int = 0

    def of(self, seat_type: SeatType) -> int:
        """The count of one seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    def plus(self, seat_type: SeatType, count: int = 1) -> Quantities:
        """These quantities with `count` more of one seat type (negative: fewer)."""
        if seat_type is SeatType.BASE:
            return replace(self, base=self.base + count)
        return replace(self, voice=self.voice + count)

    def __iter__(self) -> Iterator[tuple[SeatType, int]]:
        """Each seat type with its count."""
        yield SeatType.BASE, self.base
        yield SeatType.VOICE, self.voice


class RejectionCode(StrEnum):
    """Every reason for which a request is rejected. `contracts/rejections.py` has a type for each code."""

    NOT_SIGNED_IN = "not_signed_in"
    INVALID_CODE = "invalid_code"
    LINK_EXPIRED = "link_expired"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_ACTION_REQUIRED = "payment_action_required"
    PAST_DUE = "past_due"
    PAYMENT_DISPUTED = "payment_disputed"
    NOT_AN_ADMIN = "not_an_admin"
    NOT_ACTIVE = "not_active"
    BAD_ORIGIN = "bad_origin"
    LINK_REQUIRED = "link_required"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_OPERATION = "unknown_operation"
    BAA_UNSIGNED = "baa_unsigned"
    NO_SEAT_AVAILABLE = "no_seat_available"
    BELOW_ACTIVE = "below_active"
    LAST_ADMIN = "last_admin"
    ALREADY_MEMBER = "already_member"
    WRONG_STATUS = "wrong_status"
    PURCHASE_UNDER_WAY = "purchase_under_way"
    PAYMENT_PENDING = "payment_pending"
    CHANGE_UNDONE = "change_undone"
    NOTHING_AWAITED = "nothing_awaited"
    QUOTE_STALE = "quote_stale"
    QUOTE_EXPIRED = "quote_expired"
    NOTHING_TO_CHANGE = "nothing_to_change"
    NOT_A_REDUCTION = "not_a_reduction"
    BILLING_UNAVAILABLE = "billing_unavailable"
    CUSTOM_PRICE = "custom_price"
    INVOICE_LIMIT = "invoice_limit"
    SEATS_REDUCED_ELSEWHERE = "seats_reduced_elsewhere"
    DOMAIN_TAKEN = "domain_taken"
    CHOOSE_AGENCY = "choose_agency"
    CONFIRM_DETAILS = "confirm_details"
    ALREADY_ANSWERED = "already_answered"
    INVALID_REQUEST = "invalid_request"
    DOMAIN_NOT_AUTO_JOIN = "domain_not_auto_join"
    PUBLIC_DOMAIN = "public_domain"
    DOMAIN_NOT_PROVEN = "domain_not_proven"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    INTERNAL_ERROR = "internal_error"
    BUS_UNAVAILABLE = "bus_unavailable"
    SUPERSEDED = "superseded"
    STALE = "stale"


def mailbox_of(address: str) -> str:
    """The mailbox of an address in its stored form: without a plus-tag, where something is left in front of it."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def domain_of(address: str) -> str:
    """The mail domain of an address in its stored form. A subdomain is another domain."""
    return address.rpartition("@")[2]
