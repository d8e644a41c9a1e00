"""What billing hears, and what it decides when a task of its own is over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from chassis.actor import Handler, Turn
from contracts.billing import (
    AccountOpened,
    AccountRefused,
    BillingOrderRefused,
    OpenPortal,
    PayOwed,
    PortalOpened,
    QuoteCycle,
    QuoteSeats,
    SetQuantities,
    SwitchCycle,
)
from contracts.members import AgencyFounded, BaaSigned
from contracts.message import Message, Seats
from contracts.vocabulary import Quantities, Refusal
from services.billing import tasks
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.handlers_cycle import switch_cycle
from services.billing.handlers_owed import pay_owed
from services.billing.handlers_quantities import begin, set_quantities
from services.billing.handlers_quotes import quote_cycle, quote_seats
from services.billing.tasks import (
    NotOpened,
    OpenAccountTask,
    Opened,
    OpenPortalTask,
    PortalClosed,
    PortalReady,
)
from services.billing.telling import tell_invoices, tell_plan
from services.billing.told import told_invoice


def agency_founded(agency: Agency, fact: AgencyFounded, turn: Turn) -> None:
    """Open the account. The operation is the order that founded the agency."""
    if agency.account is not None or agency.under_way(turn.correlation_id) is not None:
        return
    seats = Seats(base=fact.base, voice=fact.voice)
    begin(
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


def baa_signed(agency: Agency, _fact: BaaSigned, _turn: Turn) -> None:
    """Admins may switch the cycle."""
    agency.sign_baa()


def open_portal(agency: Agency, order: OpenPortal, turn: Turn) -> None:
    """Make a session of the portal for this click."""
    if agency.account is None:
        turn.refuse(Refusal.BILLING_UNAVAILABLE)
        return
    task = OpenPortalTask(customer_id=agency.account.customer_id, flow=order.flow)
    turn.task(tasks.OPEN_PORTAL, task, lane=tasks.PORTAL, id=turn.id)


def settle_opening(agency: Agency, value: Opened | NotOpened, turn: Turn) -> None:
    """The account is open, or there is none."""
    operation = agency.under_way(turn.id)
    if operation is None:
        return
    match value:
        case Opened(seen=seen):
            invoice = seen.latest_invoice
            agency.keep(
                operation.done(turn.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None)
            )
            agency.keep_account(
                Account(
                    customer_id=seen.customer.id,
                    subscription_id=seen.id,
                    purchased=seen.quantities,
                    cycle=seen.cycle,
                    total=seen.total_for(seen.quantities),
                    items=seen.item_ids,
                    card=seen.customer.card,
                )
            )
            if invoice is not None:
                tell_invoices(agency, [invoice], turn, operation.id)
            tell_plan(agency, seen, turn)
            turn.say(
                AccountOpened(
                    customer_id=seen.customer.id,
                    subscription_id=seen.id,
                    purchased=Seats.of(seen.quantities),
                    cycle=seen.cycle,
                    total=seen.total_for(seen.quantities),
                    invoice=told_invoice(invoice) if invoice is not None else None,
                )
            )
        case NotOpened():
            agency.keep(operation.refused(turn.now, value.code))
            turn.say(AccountRefused(code=value.code, decline_code=value.decline_code))
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


HEARD: Mapping[type[Message], Handler] = MappingProxyType(
    {
        AgencyFounded: agency_founded,
        BaaSigned: baa_signed,
        SetQuantities: set_quantities,
        SwitchCycle: switch_cycle,
        OpenPortal: open_portal,
        PayOwed: pay_owed,
        QuoteSeats: quote_seats,
        QuoteCycle: quote_cycle,
    }
)
