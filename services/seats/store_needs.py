"""Rows of seats that a message needs: the head of the line, the members Blocked for payment, the holders it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeGuard
from uuid import UUID

from chassis.actor import Inputs
from contracts.auto_add_limits import SetAutoAddLimits
from contracts.billing import (
    AccountOpened,
    AccountRejected,
    BillingCommandRejected,
    QuantitiesRejected,
    QuantitiesSet,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.billing_payments import CardChanged, DebtChanged, PaymentRecovered, PaymentReversed, Settled
from contracts.members import Blocked, DetailsChanged, Removed
from contracts.members_agencies import AgencyRejected
from contracts.members_invitations import Invited
from contracts.members_requests import Approved
from contracts.moving_line import SeatOffered
from contracts.seat_policies import SetSeatPolicies
from contracts.seats import Exchange, SetAutoAdd, Swap
from contracts.seats_purchases import Adjust, RetryPayment
from contracts.vocabulary import BlockedReason, MemberStatus
from services.seats.domain.ledger import Ledger
from services.seats.tasks import LineDue, PurchaseDue, WaitDue

_HEAD_OF_LINE = (
    AccountOpened,
    AccountRejected,
    AgencyRejected,
    BillingCommandRejected,
    CardChanged,
    DebtChanged,
    Exchange,
    LineDue,
    PaymentRecovered,
    PaymentReversed,
    PurchaseDue,
    QuantitiesRejected,
    QuantitiesSet,
    Removed,
    RetryPayment,
    SetAutoAdd,
    SetAutoAddLimits,
    SetSeatPolicies,
    Settled,
    SubscriptionChanged,
    SubscriptionEnded,
    Swap,
    WaitDue,
)
"""Messages that need the head of the line. A newcomer only joins its end: a burst of first logins reads no line."""

_MAY_RESUME = (BillingCommandRejected, CardChanged, PaymentRecovered, PaymentReversed, RetryPayment, Settled)
"""Messages that may end a pause, and so need the members Blocked for payment. A paid purchase needs them if paused."""


def named_members(agencies: Collection[UUID], requested: Inputs) -> set[tuple[UUID, UUID]]:
    """The members of these agencies whom messages name."""
    return {
        (agency_id, member_id)
        for agency_id in agencies
        for subject in requested[agency_id]
        for member_id in _named(subject)
    }


def _named(subject: object) -> Iterator[UUID]:
    if isinstance(subject, Removed | DetailsChanged | Invited | Approved | SeatOffered) or _declines(subject):
        yield subject.member_id
    elif isinstance(subject, Adjust):
        yield from (blocked.member_id for blocked in subject.let_in)


def sees_the_line(subject: object) -> bool:
    """Whether a message needs the head of the line."""
    lets_in = isinstance(subject, Adjust) and bool(subject.let_in)
    is_asked = isinstance(subject, Approved | SeatOffered) or _declines(subject)
    return lets_in or is_asked or isinstance(subject, _HEAD_OF_LINE) or _invites_anew(subject) or _retypes(subject)


def _retypes(subject: object) -> bool:
    """Whether a message corrects a seat type. Other corrections change nothing here."""
    return isinstance(subject, DetailsChanged) and subject.before.seat_type is not subject.seat_type


def _declines(subject: object) -> TypeGuard[Blocked]:
    """Whether a message says that a request was declined. Other blocks are decided here."""
    return isinstance(subject, Blocked) and subject.reason is BlockedReason.REQUEST_DECLINED


def _invites_anew(subject: object) -> TypeGuard[Invited]:
    """Whether a message re-invites a Blocked member. Other invites change nothing here."""
    return isinstance(subject, Invited) and subject.before is MemberStatus.BLOCKED


def may_hold(subject: object) -> Iterator[UUID]:
    """The members whose seat a message may take or exchange."""
    if isinstance(subject, Removed | Swap | Approved | SeatOffered) or _declines(subject) or _invites_anew(subject):
        yield subject.member_id
    elif isinstance(subject, Exchange):
        yield from (move.member_id for move in subject.moves)
    elif isinstance(subject, Adjust):
        yield from (blocked.member_id for blocked in subject.let_in)


def may_resume(ledger: Ledger, subjects: Sequence[object]) -> bool:
    """Whether one of these messages may end a pause, and so needs the members Blocked for payment."""
    return any(
        isinstance(subject, _MAY_RESUME) or (isinstance(subject, QuantitiesSet) and ledger.paused is not None)
        for subject in subjects
    )
