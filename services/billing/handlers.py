"""What billing hears, and what it decides when a task of its own is over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from chassis.actor import ActorContext, Handler
from contracts import rejections
from contracts.billing import (
    AccountOpened,
    AccountRejected,
    BillingCommandRejected,
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
from contracts.vocabulary import Quantities, RejectionCode
from services.billing import tasks
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.handlers_cycle import switch_cycle
from services.billing.handlers_owed import pay_owed
from services.billing.handlers_quantities import begin, set_quantities
from services.billing.handlers_quotes import quote_cycle, quote_seats
from services.billing.publish_changes import publish_invoices, publish_plan
from services.billing.tasks import (
    NotOpened,
    OpenAccountTask,
    Opened,
    OpenPortalTask,
    PortalClosed,
    PortalReady,
)


def agency_founded(agency: Agency, event: AgencyFounded, ctx: ActorContext) -> None:
    """Open the account. The operation is the command that founded the agency."""
    if agency.account is not None or agency.under_way(ctx.correlation_id) is not None:
        return
    seats = Seats(base=event.base, voice=event.voice)
    begin(
        agency,
        ctx,
        Operation(
            id=ctx.correlation_id,
            agency_id=agency.id,
            kind=OperationKind.OPEN_ACCOUNT,
            before=Quantities(),
            after=seats.quantities(),
            began_at=ctx.now,
        ),
        OpenAccountTask(
            name=event.name,
            email=event.admin_email,
            payment_method=event.payment_method,
            cycle=event.cycle,
            seats=seats,
        ),
    )


def baa_signed(agency: Agency, _fact: BaaSigned, _turn: ActorContext) -> None:
    """Admins may switch the cycle."""
    agency.sign_baa()


def open_portal(agency: Agency, command: OpenPortal, ctx: ActorContext) -> None:
    """Make a session of the portal for this click."""
    if agency.account is None:
        ctx.reject(rejections.BillingUnavailable())
        return
    task = OpenPortalTask(customer_id=agency.account.customer_id, flow=command.flow)
    ctx.task(tasks.OPEN_PORTAL, task, lane=tasks.PORTAL, id=ctx.id)


def settle_opening(agency: Agency, value: Opened | NotOpened, ctx: ActorContext) -> None:
    """The account is open, or there is none."""
    operation = agency.under_way(ctx.id)
    if operation is None:
        return
    match value:
        case Opened(snapshot=snapshot):
            invoice = snapshot.latest_invoice
            agency.keep(operation.done(ctx.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None))
            agency.keep_account(
                Account(
                    customer_id=snapshot.customer.id,
                    subscription_id=snapshot.id,
                    purchased=snapshot.quantities,
                    cycle=snapshot.cycle,
                    total=snapshot.total_for(snapshot.quantities),
                    items=snapshot.item_ids,
                    card=snapshot.customer.card,
                )
            )
            if invoice is not None:
                publish_invoices(agency, [invoice], ctx, operation.id)
            publish_plan(agency, snapshot, ctx)
            ctx.publish(
                AccountOpened(
                    customer_id=snapshot.customer.id,
                    subscription_id=snapshot.id,
                    purchased=Seats.of(snapshot.quantities),
                    cycle=snapshot.cycle,
                    total=snapshot.total_for(snapshot.quantities),
                    invoice=to_invoice(invoice) if invoice is not None else None,
                )
            )
        case NotOpened():
            agency.keep(operation.refused(ctx.now, value.code))
            ctx.publish(AccountRejected(code=value.code, decline_code=value.decline_code))
        case _:
            assert_never(value)


def settle_portal(_agency: Agency, value: PortalReady | PortalClosed, ctx: ActorContext) -> None:
    """The portal is open for whoever clicked, or Stripe would not."""
    match value:
        case PortalReady(sealed=sealed):
            ctx.reply(PortalOpened(sealed=sealed))
        case PortalClosed():
            ctx.publish(
                BillingCommandRejected(
                    command_id=str(ctx.id),
                    command_type=OpenPortal.type,
                    code=RejectionCode.BILLING_UNAVAILABLE,
                )
            )
        case _:
            assert_never(value)


HANDLERS: Mapping[type[Message], Handler] = MappingProxyType(
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
