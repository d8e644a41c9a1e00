"""Which facts the activity log tells, and under which kind; which it does not tell, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, assert_never, cast, get_args
from uuid import UUID

from contracts import billing, gateway, members, notifier, seats
from contracts.message import Fact, Message
from contracts.vocabulary import Actor, InvoiceState, MemberStatus

OfMembers: TypeAlias = (
    members.AgencyFounded
    | members.SignedUp
    | members.SignUpRefused
    | members.Activated
    | members.Blocked
    | members.RoleChanged
    | members.Removed
    | members.Invited
    | members.InviteAccepted
    | members.DomainChanged
    | members.BaaSigned
)
OfSeats: TypeAlias = (
    seats.SeatSwapped
    | seats.SeatsAutoAdded
    | seats.SeatsAdjusted
    | seats.PurchaseDeclined
    | seats.AutoAddSet
    | seats.AutoAddResumed
    | seats.Frozen
    | seats.Thawed
)
OfBilling: TypeAlias = (
    billing.AccountOpened
    | billing.CycleSwitched
    | billing.SubscriptionChanged
    | billing.SubscriptionEnded
    | billing.InvoiceChanged
    | billing.PaymentFailed
    | billing.PaymentRecovered
    | billing.Settled
    | billing.StripeSilent
    | billing.CardChanged
)
OfGateway: TypeAlias = gateway.CodesLimited | gateway.ApiKeyCreated | gateway.ApiKeyRevoked
Told: TypeAlias = OfMembers | OfSeats | OfBilling | OfGateway
"""The facts that make a line. Each has its own sentence, and there is none for anything else."""
TOLD: tuple[type[Told], ...] = get_args(Told)
_BY_TYPE: Mapping[str, type[Told]] = MappingProxyType({kind.type: kind for kind in TOLD})

_REFUSAL = "a refusal changes nothing; whoever asked was told"
NOT_TOLD: Mapping[type[Fact], str] = MappingProxyType(
    {
        members.AgencyRefused: "there is no agency whose log it could stand in",
        members.FirstLogin: "what comes of it is told: activated or blocked",
        members.LoginRecorded: "a later login changes nothing",
        members.Reinvited: "everybody in it has an invited of their own, and who was refused has not changed",
        members.PlanTypeChanged: "told by seat_swapped, whose consequence it is",
        members.MembersOrderRefused: _REFUSAL,
        seats.SeatAssigned: "told by activated",
        seats.SeatDenied: "told by blocked",
        seats.SeatReleased: "told by removed",
        seats.PurchaseStarted: "nothing is bought yet; what comes of it is told, and a long silence of Stripe's too",
        seats.PaymentRetried: "told by the payment, and by auto_add_resumed",
        seats.CapacityChanged: "figures for the pages; what moved them is told",
        seats.SeatsOrderRefused: _REFUSAL,
        billing.AccountRefused: "there is no agency whose log it could stand in",
        billing.QuantitiesSet: "told by seats_auto_added or seats_adjusted",
        billing.QuantitiesRefused: "nothing changed; a decline is told by purchase_declined",
        billing.PlanChanged: "figures for the pages; what moved them is told",
        billing.BillingOrderRefused: _REFUSAL,
        notifier.MailSent: "a mail changes no member, seat, setting or money",
        notifier.MailFailed: "a mail changes no member, seat, setting or money",
        notifier.NotifierOrderRefused: _REFUSAL,
        gateway.SignedIn: "a session changes nothing; the list of members shows when somebody was last seen",
    }
)
_PURCHASES = (seats.SeatsAutoAdded, seats.SeatsAdjusted, billing.SubscriptionChanged)
_NOT_KEPT = {"sealed", "payment_method"}
"""Fields that no sentence needs and that are nobody's to read later: secrets, and what a card is called at Stripe."""
_FILLED = MappingProxyType(dict.fromkeys(_NOT_KEPT, "not kept"))


class Kind(StrEnum):
    """What a line is about first of all. A purchase is about seats; that it is about money too, `costs` says."""

    MEMBER = "member"
    SEAT = "seat"
    SETTING = "setting"
    MONEY = "money"


class Line(NamedTuple):
    """A fact as the log keeps it. `data` is its JSON without what is nobody's to read later."""

    at: datetime
    kind: Kind
    costs: bool
    type: str
    actor: Actor
    operation_id: UUID
    data: str


def line_of(fact: Told, at: datetime, actor: Actor, operation_id: UUID) -> Line | None:
    """The line of a fact; None when the fact says that nothing has changed."""
    if not is_news(fact):
        return None
    kind = kind_of(fact)
    costs = kind is Kind.MONEY or isinstance(fact, _PURCHASES)
    return Line(at, kind, costs, fact.type, actor, operation_id, fact.model_dump_json(exclude=_NOT_KEPT))


def told_fact(type_: str, data: Mapping[str, object]) -> Told:
    """A fact as it was told, from its line."""
    return _BY_TYPE[type_].model_validate({**_FILLED, **data})


def as_told(message: Message) -> Told:
    """The same message, known to be one that is told."""
    return cast("Told", message)


def is_news(fact: Told) -> bool:  # noqa: PLR0911  one answer a fact
    """Whether something has changed. Being set to what it was is no news, nor is an invoice that a told change made."""
    match fact:
        case members.SignUpRefused():
            # Somebody whom an admin removed tries to come back; any other known address changes nothing.
            return fact.status is MemberStatus.REMOVED
        case members.RoleChanged():
            return fact.before is not fact.role
        case members.DomainChanged():
            return fact.before != fact.domain
        case members.BaaSigned():
            return not fact.again
        case seats.AutoAddSet():
            return fact.before is not fact.enabled
        case seats.SeatSwapped():
            return fact.before is not fact.seat_type
        case billing.InvoiceChanged():
            ours = fact.operation_id is not None and fact.state is InvoiceState.PAID
            return not ours and fact.state not in {InvoiceState.DRAFT, InvoiceState.OPEN}
        case _:
            return True


def kind_of(fact: Told) -> Kind:
    """What a fact is about first of all."""
    match fact:
        case (
            members.SignedUp()
            | members.SignUpRefused()
            | members.Activated()
            | members.Blocked()
            | members.RoleChanged()
            | members.Removed()
            | members.Invited()
            | members.InviteAccepted()
            | gateway.CodesLimited()
        ):
            return Kind.MEMBER
        case (
            seats.SeatSwapped()
            | seats.SeatsAutoAdded()
            | seats.SeatsAdjusted()
            | seats.Frozen()
            | seats.Thawed()
            | billing.SubscriptionChanged()
        ):
            return Kind.SEAT
        case (
            members.AgencyFounded()
            | members.DomainChanged()
            | members.BaaSigned()
            | seats.AutoAddSet()
            | gateway.ApiKeyCreated()
            | gateway.ApiKeyRevoked()
        ):
            return Kind.SETTING
        case (
            seats.PurchaseDeclined()
            | seats.AutoAddResumed()
            | billing.AccountOpened()
            | billing.CycleSwitched()
            | billing.SubscriptionEnded()
            | billing.InvoiceChanged()
            | billing.PaymentFailed()
            | billing.PaymentRecovered()
            | billing.Settled()
            | billing.StripeSilent()
            | billing.CardChanged()
        ):
            return Kind.MONEY
        case never:
            assert_never(never)
