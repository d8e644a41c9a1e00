"""The complete table of what billing handles: commands, events, Stripe's events, and the results of its own tasks.

`app.py` gives these tables to the chassis. To add an operation, add its file to `operations/` and its lines here.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from chassis.actor import ExternalTopic, Handler, TaskHandler
from contracts.billing import CancelChange, OpenPortal, PayOwed, QuoteCycle, QuoteSeats, SetQuantities, SwitchCycle
from contracts.members_agencies import AgencyFounded, BaaOutdated, BaaSigned
from contracts.members_erasure import Erased
from contracts.message import Message
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import STRIPE
from hosting.erasure import on_erased
from hosting.sealing import Sealing
from services.billing import awaited_payments
from services.billing.catalogue import Catalogue
from services.billing.catalogue_prices import PriceCache
from services.billing.clients.stripe import StripeApi
from services.billing.domain.operation import OperationKind
from services.billing.operations import (
    closing,
    cycle,
    opening,
    owed,
    portal,
    quantities,
    quote,
    reversals,
    scheduled_end,
    settlement,
    stripe_news,
    undo,
)
from services.billing.store import agencies_of
from services.billing.tasks import (
    CARD_CHANGED,
    CLOSE_OPENING,
    END_DUE,
    MONEY,
    READ_PAYMENT,
    READ_SUBSCRIPTION,
    SETTLEMENT_DUE,
    CardTimer,
    CloseOpening,
    EndDue,
    ReadPayment,
    ReadSubscription,
    SettlementDue,
    timer_elapsed,
)

HANDLERS: Final[Mapping[type[Message], Handler]] = MappingProxyType(
    {
        # events of members
        AgencyFounded: opening.agency_founded,
        BaaSigned: cycle.baa_signed,
        BaaOutdated: cycle.baa_outdated,
        Erased: on_erased,
        # commands
        SetQuantities: quantities.set_quantities,
        SwitchCycle: cycle.switch_cycle,
        PayOwed: owed.pay_owed,
        CancelChange: undo.cancel_change,
        QuoteSeats: quote.quote_seats,
        QuoteCycle: quote.quote_cycle,
        OpenPortal: portal.open_portal,
    }
)

EXTERNAL: Final = ExternalTopic(
    topic=STRIPE_EVENTS,
    payload=StripeEvent,
    subject=lambda event: str(event.customer_id),
    find=agencies_of,
    handle=stripe_news.stripe_event,
    actor=STRIPE,
)
"""Stripe's events, which the gateway publishes after it has checked the webhook's signature."""


def task_handlers(
    stripe: StripeApi, catalogue: Catalogue, sealing: Sealing, portal_return_url: str, rng: Random
) -> Mapping[str, TaskHandler]:
    """The tasks by kind, each with its payload, its calls and the handler of its result.

    Calls of different lanes take turns at Stripe (`clients/stripe_pace.py`). `rng` spreads the retries.
    """
    money, quotes = stripe.on(MONEY), stripe.on(quote.KIND)
    prices = PriceCache(money, catalogue)
    return {
        OperationKind.OPEN_ACCOUNT: TaskHandler(
            opening.OpenAccountTask, opening.OpenAccountCalls(money, catalogue, rng).run, opening.on_result
        ),
        CLOSE_OPENING: TaskHandler(CloseOpening, closing.CloseOpeningCalls(money, rng).run, closing.on_result),
        OperationKind.SET_QUANTITIES: TaskHandler(
            quantities.SetQuantitiesTask,
            quantities.SetQuantitiesCalls(money, prices, sealing, rng).run,
            quantities.on_result,
        ),
        OperationKind.UNDO: TaskHandler(awaited_payments.UndoTask, undo.UndoCalls(money, rng).run, undo.on_result),
        awaited_payments.PAYMENT_DUE: TaskHandler(
            awaited_payments.PaymentDue, timer_elapsed, awaited_payments.payment_due
        ),
        OperationKind.SWITCH_CYCLE: TaskHandler(
            cycle.SwitchCycleTask, cycle.SwitchCycleCalls(money, prices, sealing, rng).run, cycle.on_result
        ),
        OperationKind.SETTLE: TaskHandler(
            settlement.SettleTask, settlement.SettleCalls(money, rng).run, settlement.on_result
        ),
        OperationKind.PAY_OWED: TaskHandler(owed.PayOwedTask, owed.PayOwedCalls(money, rng).run, owed.on_result),
        SETTLEMENT_DUE: TaskHandler(SettlementDue, timer_elapsed, settlement.settlement_due),
        READ_PAYMENT: TaskHandler(
            ReadPayment, reversals.ReadPaymentCalls(stripe.on(READ_PAYMENT), rng).run, reversals.on_result
        ),
        END_DUE: TaskHandler(EndDue, timer_elapsed, scheduled_end.end_due),
        READ_SUBSCRIPTION: TaskHandler(
            ReadSubscription,
            stripe_news.ReadSubscriptionCalls(stripe.on(READ_SUBSCRIPTION), rng).run,
            stripe_news.on_result,
        ),
        CARD_CHANGED: TaskHandler(CardTimer, timer_elapsed, owed.card_changed),
        quote.KIND: TaskHandler(
            quote.QuoteTask, quote.QuoteCalls(quotes, PriceCache(quotes, catalogue)).run, quote.on_result
        ),
        portal.KIND: TaskHandler(
            portal.OpenPortalTask,
            portal.OpenPortalCalls(stripe.on(portal.LANE), sealing, portal_return_url).run,
            portal.on_result,
        ),
    }
