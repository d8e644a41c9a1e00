"""The rows of the notifier that a batch of messages needs. A person who is not loaded gets no mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from chassis.actor import Inputs
from contracts.auto_add_limits import AutoAddLimitNear
from contracts.billing import (
    CycleSwitched,
    EditOverwritten,
    EndNear,
    EndScheduled,
    EndTakenBack,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.billing_payments import (
    PaymentAwaited,
    PaymentFailed,
    PaymentLapsed,
    PaymentReversed,
    Settled,
    StripeTimedOut,
)
from contracts.gateway import CodesLimited, SignedIn
from contracts.members import (
    Activated,
    Blocked,
    DetailsChanged,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRejected,
)
from contracts.members_agencies import AgencyFounded, AgencyRejected, BaaOutdated
from contracts.members_invitations import Invited
from contracts.notifier import Advise
from contracts.payment_vocabulary import Reversal
from contracts.scheduled_reductions import ReductionMade, ReductionMissed, ReductionNear
from contracts.seats_purchases import (
    AutoAddResumed,
    PurchaseDeclined,
    PurchaseDelayed,
    PurchaseStarted,
    SeatsAdjusted,
    SeatsAutoAdded,
)
from contracts.vocabulary import Actor
from services.notifier.mails.payloads import DigestTimer, ExternalChangeTimer, MailResult, MoreAdmins

_FIRST = UUID(int=0)


@dataclass(slots=True)
class Needs:
    """The rows that the inputs of a batch need."""

    members: set[tuple[UUID, UUID]] = field(default_factory=set)
    operations: set[tuple[UUID, UUID]] = field(default_factory=set)
    digests: set[UUID] = field(default_factory=set)
    founders: set[UUID] = field(default_factory=set)
    admins: dict[UUID, UUID] = field(default_factory=dict)
    """The agencies whose Active admins are needed, from which id on."""

    @staticmethod
    def of(inputs: Inputs) -> Needs:
        """The rows that the messages of the batch need."""
        needs = Needs()
        for agency_id, messages in inputs.items():
            for message in messages:
                needs.members.update((agency_id, member_id) for member_id in _members(message))
                match message:
                    case SeatsAutoAdded() | PurchaseDeclined() | CodesLimited() | AutoAddResumed() | Invited():
                        needs.admins[agency_id] = _FIRST
                    case PaymentAwaited() | PaymentLapsed() | SeatsAdjusted(awaited=True) | CycleSwitched(awaited=True):
                        needs.admins[agency_id] = _FIRST
                    case MoreAdmins():
                        needs.admins[agency_id] = message.after
                    case (
                        Settled()
                        | PaymentFailed()
                        | SubscriptionEnded()
                        | EditOverwritten()
                        | EndScheduled()
                        | EndTakenBack()
                        | EndNear()
                        | PaymentReversed(kind=Reversal.DISPUTE_LOST)
                        | SubscriptionChanged(repriced=True)
                        | ExternalChangeTimer()
                        | PurchaseDelayed()
                        | AutoAddLimitNear()
                        | ReductionNear()
                        | ReductionMade()
                        | ReductionMissed()
                        | BaaOutdated()
                    ):
                        needs.admins[agency_id] = _FIRST
                    case AgencyRejected():
                        needs.founders.add(agency_id)
                    case StripeTimedOut(operation_id=operation_id):
                        needs.admins[agency_id] = _FIRST
                        needs.operations.add((agency_id, operation_id))
                    case DigestTimer():
                        needs.admins[agency_id] = _FIRST
                        needs.digests.add(agency_id)
                    case _:
                        pass
        return needs


def _members(message: object) -> Iterator[UUID]:
    """The members whose rows a message needs."""
    match message:
        case Advise() | SignedUp() | SignUpRejected() | Activated() | Blocked():
            yield message.member_id
        case RoleChanged() | Removed() | PlanTypeChanged() | DetailsChanged() | Invited():
            yield message.member_id
        case SignedIn(new_browser=True):
            yield message.member_id
        case (
            Actor(member_id=UUID() as member_id)
            | CodesLimited(member_id=UUID() as member_id)
            | MailResult(member_id=UUID() as member_id, failure=str())
        ):
            yield member_id
        case PurchaseStarted() | PurchaseDeclined() | PurchaseDelayed():
            yield from (waiter.member_id for waiter in message.waiting)
        case AutoAddResumed():
            yield from (waiter.member_id for waiter in message.joined)
        case SeatsAutoAdded():
            yield from (waiter.member_id for waiter in message.served)
        case AgencyFounded():
            yield message.admin_id
        case _:
            pass
