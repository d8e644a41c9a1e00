"""What billing hears, and what it decides when a task of its own is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from chassis.actor import Handler, Turn
from chassis.telemetry import DROPPED
from contracts.billing import (
    AccountOpened,
    AccountRefused,
    BillingOrderRefused,
    CardChanged,
    OpenPortal,
    PortalOpened,
    QuantitiesRefused,
    QuantitiesSet,
    QuoteCycle,
    QuoteSeats,
    SetQuantities,
    StripeEvent,
    StripeSilent,
)
from contracts.members import AgencyFounded
from contracts.message import Message, Seats
from contracts.vocabulary import Quantities, Refusal
from services.billing import tasks
from services.billing.domain.account import Account, Agency
from services.billing.domain.card_news import SETTLE, is_about_the_card
from services.billing.domain.hint import hurried
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.quote import Terms, executable
from services.billing.handlers_quotes import quote_cycle, quote_seats
from services.billing.tasks import (
    CardNews,
    NotOpened,
    OpenAccountTask,
    Opened,
    OpenPortalTask,
    PortalClosed,
    PortalReady,
    QuantitiesChanged,
    QuantitiesKept,
    SetQuantitiesTask,
    Silent,
)


def agency_founded(agency: Agency, fact: AgencyFounded, turn: Turn) -> None:
    """Open the account. The operation is the order that founded the agency."""
    if agency.account is not None or agency.under_way(turn.correlation_id) is not None:
        return
    seats = Seats(base=fact.base, voice=fact.voice)
    _begin(
        agency,
        turn,
        Operation(
            id=turn.correlation_id,
            agency_id=agency.id,
            kind=OperationKind.OPEN_ACCOUNT,
            before=Quantities(),
            after=seats.quantities(),
            began_at=turn.now,
        ),
        OpenAccountTask(
            name=fact.name,
            email=fact.admin_email,
            payment_method=fact.payment_method,
            cycle=fact.cycle,
            seats=seats,
        ),
    )


def set_quantities(agency: Agency, order: SetQuantities, turn: Turn) -> None:
    """Change what the subscription holds. The operation is this order, and its id the idempotency key."""
    account = agency.account
    if account is None:
        turn.say(QuantitiesRefused(operation_id=turn.id, code=Refusal.BILLING_UNAVAILABLE))
        return
    if order.before == order.after:
        turn.say(QuantitiesRefused(operation_id=turn.id, code=Refusal.NOTHING_TO_CHANGE))
        return
    terms: Terms | None = None
    if order.quote_id is not None:
        match executable(agency.quotes.get(order.quote_id), order.after.quantities(), None, turn.now):
            case Refusal() as code:
                turn.say(QuantitiesRefused(operation_id=turn.id, code=code))
                return
            case Terms() as terms:
                pass
            case never:
                assert_never(never)
    _begin(
        agency,
        turn,
        Operation(
            id=turn.id,
            agency_id=agency.id,
            kind=OperationKind.SET_QUANTITIES,
            before=order.before.quantities(),
            after=order.after.quantities(),
            began_at=turn.now,
        ),
        SetQuantitiesTask(
            customer_id=account.customer_id,
            subscription_id=account.subscription_id,
            before=order.before,
            after=order.after,
            terms=terms,
        ),
    )


def open_portal(agency: Agency, order: OpenPortal, turn: Turn) -> None:
    """Make a session of the portal for this click."""
    if agency.account is None:
        turn.refuse(Refusal.BILLING_UNAVAILABLE)
        return
    task = OpenPortalTask(customer_id=agency.account.customer_id, flow=order.flow)
    turn.task(tasks.OPEN_PORTAL, task, lane=tasks.PORTAL, id=turn.id)


def stripe_event(agency: Agency, event: StripeEvent, turn: Turn) -> None:
    """Have what is under way look at Stripe at once, and tell of a new card; any other event is ignored and counted."""
    waiting = hurried(agency.operations.values())
    for operation_id in waiting:
        turn.hurry(tasks.task_key(agency.operations[operation_id].kind, operation_id))
    if is_about_the_card(event.type):
        at = turn.now + SETTLE
        turn.task(tasks.CARD_NEWS, CardNews(), lane=tasks.CARD_NEWS, key=tasks.CARD_NEWS, run_at=at)
    elif not waiting:
        DROPPED.labels("stripe_event").inc()


def settle_card_news(_agency: Agency, _value: CardNews, turn: Turn) -> None:
    """Tell that the card has changed."""
    turn.say(CardChanged())


def settle_opening(agency: Agency, value: Opened | NotOpened, turn: Turn) -> None:
    """The account is open, or there is none."""
    operation = agency.under_way(turn.id)
    if operation is None:
        return
    match value:
        case Opened():
            purchased = value.seats.quantities()
            invoice = value.invoice
            agency.keep(
                operation.done(turn.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None)
            )
            agency.keep_account(
                Account(value.customer_id, value.subscription_id, purchased, value.cycle, value.total, value.items),
            )
            turn.say(
                AccountOpened(
                    customer_id=value.customer_id,
                    subscription_id=value.subscription_id,
                    purchased=value.seats,
                    cycle=value.cycle,
                    total=value.total,
                    invoice=invoice,
                )
            )
        case NotOpened():
            agency.keep(operation.refused(turn.now, value.code))
            turn.say(AccountRefused(code=value.code, decline_code=value.decline_code))
        case _:
            assert_never(value)


def settle_quantities(agency: Agency, value: QuantitiesChanged | QuantitiesKept | Silent, turn: Turn) -> None:
    """The seats are paid; or nothing changed, and why; or Stripe has been silent for long."""
    operation, account = agency.under_way(turn.id), agency.account
    if operation is None or account is None:
        return
    match value:
        case QuantitiesChanged():
            agency.keep(operation.done(turn.now, value.charged, value.invoice.id if value.invoice else None))
            agency.keep_account(
                replace(account, purchased=operation.after, cycle=value.cycle, total=value.total, items=value.items)
            )
            turn.say(
                QuantitiesSet(
                    operation_id=operation.id,
                    before=Seats.of(operation.before),
                    after=Seats.of(operation.after),
                    charged=value.charged,
                    total=value.total,
                    cycle=value.cycle,
                    invoice=value.invoice,
                )
            )
        case QuantitiesKept():
            agency.keep(operation.refused(turn.now, value.code))
            if value.actual is not None:
                agency.keep_account(replace(account, purchased=value.actual.quantities()))
            turn.say(
                QuantitiesRefused(
                    operation_id=operation.id,
                    code=value.code,
                    decline_code=value.decline_code,
                    actual=value.actual,
                    figures=value.figures,
                )
            )
        case Silent():
            if not operation.silence_told:
                agency.keep(operation.told_of_silence())
                turn.say(StripeSilent(operation_id=operation.id, since=value.since))
        case _:
            assert_never(value)


def settle_portal(_agency: Agency, value: PortalReady | PortalClosed, turn: Turn) -> None:
    """The portal is open for whoever clicked, or Stripe would not."""
    match value:
        case PortalReady(sealed=sealed):
            turn.say(PortalOpened(sealed=sealed))
        case PortalClosed():
            turn.say(
                BillingOrderRefused(
                    order_id=str(turn.id),
                    order_type=OpenPortal.type,
                    code=Refusal.BILLING_UNAVAILABLE,
                )
            )
        case _:
            assert_never(value)


def _begin(agency: Agency, turn: Turn, operation: Operation, task: OpenAccountTask | SetQuantitiesTask) -> None:
    agency.keep(operation)
    key = tasks.task_key(operation.kind, operation.id)
    turn.task(operation.kind, task, lane=tasks.MONEY, key=key, id=operation.id)


HEARD: Mapping[type[Message], Handler] = MappingProxyType(
    {
        AgencyFounded: agency_founded,
        SetQuantities: set_quantities,
        OpenPortal: open_portal,
        QuoteSeats: quote_seats,
        QuoteCycle: quote_cycle,
    }
)
