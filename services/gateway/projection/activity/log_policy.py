"""Which events the activity log tells, and under which kind; which it does not tell, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never, cast, get_args
from uuid import UUID

from contracts import billing, gateway, members, notifier, seats
from contracts.message import Event, Message
from contracts.vocabulary import Actor, InvoiceState, MemberStatus
from services.gateway.model.activity import Kind, Line
from services.gateway.model.logged_events import LoggedEvent

LOGGED: tuple[type[LoggedEvent], ...] = get_args(LoggedEvent)
_BY_TYPE: Mapping[str, type[LoggedEvent]] = MappingProxyType({kind.type: kind for kind in LOGGED})

_REFUSAL = "a rejection changes nothing; whoever asked was told"
NOT_LOGGED: Mapping[type[Event], str] = MappingProxyType(
    {
        members.AgencyRejected: "there is no agency whose log it could stand in",
        members.FirstLogin: "what comes of it is told: activated or blocked",
        members.LoginRecorded: "a later login changes nothing",
        members.Reinvited: "everybody in it has an invited of their own, and who was refused has not changed",
        members.PlanTypeChanged: "told by seat_swapped, whose consequence it is",
        members.MembersCommandRejected: _REFUSAL,
        seats.SeatAssigned: "told by activated",
        seats.SeatDenied: "told by blocked",
        seats.SeatReleased: "told by removed",
        seats.PurchaseStarted: "nothing is bought yet; what comes of it is told, and a long silence of Stripe's too",
        seats.PaymentRetried: "told by the payment, and by auto_add_resumed",
        seats.CapacityChanged: "figures for the pages; what moved them is told",
        seats.SeatsCommandRejected: _REFUSAL,
        billing.AccountRejected: "there is no agency whose log it could stand in",
        billing.QuantitiesSet: "told by seats_auto_added or seats_adjusted",
        billing.QuantitiesRejected: "nothing changed; a decline is told by purchase_declined",
        billing.PlanChanged: "figures for the pages; what moved them is told",
        billing.BillingCommandRejected: _REFUSAL,
        notifier.MailSent: "a mail changes no member, seat, setting or money",
        notifier.MailFailed: "a mail changes no member, seat, setting or money",
        notifier.NotifierCommandRejected: _REFUSAL,
        gateway.SignedIn: "a session changes nothing; the list of members shows when somebody was last seen",
    }
)
_PURCHASES = (seats.SeatsAutoAdded, seats.SeatsAdjusted, billing.SubscriptionChanged)
_NOT_KEPT = {"sealed", "payment_method"}
"""Fields that no sentence needs and that are nobody's to read later: secrets, and what a card is called at Stripe."""
_FILLED = MappingProxyType(dict.fromkeys(_NOT_KEPT, "not kept"))


def line_of(event: LoggedEvent, at: datetime, actor: Actor, operation_id: UUID) -> Line | None:
    """The line of an event; None when the event says that nothing has changed."""
    if not is_news(event):
        return None
    kind = kind_of(event)
    costs = kind is Kind.MONEY or isinstance(event, _PURCHASES)
    return Line(at, kind, costs, event.type, actor, operation_id, event.model_dump_json(exclude=_NOT_KEPT))


def logged_event(type_: str, data: Mapping[str, object]) -> LoggedEvent:
    """An event as it was told, from its line."""
    return _BY_TYPE[type_].model_validate({**_FILLED, **data})


def as_logged(message: Message) -> LoggedEvent:
    """The same message, known to be one that is told."""
    return cast("LoggedEvent", message)


def is_news(event: LoggedEvent) -> bool:  # noqa: PLR0911  one answer a event
    """Whether something has changed. Being set to what it was is no news, nor is an invoice that a told change made."""
    match event:
        case members.SignUpRejected():
            # Somebody whom an admin removed tries to come back; any other known address changes nothing.
            return event.status is MemberStatus.REMOVED
        case members.RoleChanged():
            return event.before is not event.role
        case members.DomainChanged():
            return event.before != event.domain
        case members.BaaSigned():
            return not event.again
        case seats.AutoAddSet():
            return event.before is not event.enabled
        case seats.SeatSwapped():
            return event.before is not event.seat_type
        case billing.InvoiceChanged():
            ours = event.operation_id is not None and event.state is InvoiceState.PAID
            return not ours and event.state not in {InvoiceState.DRAFT, InvoiceState.OPEN}
        case _:
            return True


def kind_of(event: LoggedEvent) -> Kind:
    """What an event is about first of all."""
    match event:
        case (
            members.SignedUp()
            | members.SignUpRejected()
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
            | billing.StripeTimedOut()
            | billing.CardChanged()
        ):
            return Kind.MONEY
        case never:
            assert_never(never)
