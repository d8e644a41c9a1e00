"""News of Stripe's: an event is a hint, what is read is compared with what we know, and what is new is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never

from chassis.actor import ActorContext
from chassis.telemetry import DROPPED
from contracts.billing import (
    CardChanged,
    StripeEvent,
)
from contracts.vocabulary import STRIPE
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.card_news import SETTLE, is_about_the_card
from services.billing.domain.hint import is_about_an_invoice, is_about_the_plan, operation_of, run_now_keys
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.publish_changes import publish_invoices, publish_settled, publish_subscription, take
from services.billing.tasks import CardNews, NewsRead, NewsUnread, ReadNews, SettleDue

_BEHIND_OUR_OWN: Final = timedelta(seconds=30)
"""While a change of ours is under way a look would tell nothing; the end of it has the look taken at once."""


def stripe_event(agency: Agency, event: StripeEvent, ctx: ActorContext) -> None:
    """Have what is under way look at Stripe at once; and have the subscription read, unless it was our own change."""
    waiting = run_now_keys(agency.operations.values())
    for operation_id in waiting:
        ctx.run_now(tasks.task_key(agency.operations[operation_id].kind, operation_id))
    if operation_of(event.idempotency_key) in agency.operations:
        DROPPED.labels("own_stripe_event").inc()
        return
    if is_about_the_card(event.type):
        card_news(ctx)
    elif is_about_the_plan(event.type):
        named = {event.object_id} if event.object_id is not None and is_about_an_invoice(event.type) else set()
        want_news(agency, ctx, named)
    elif not waiting:
        DROPPED.labels("stripe_event").inc()


def want_news(agency: Agency, ctx: ActorContext, invoices: Iterable[str] = ()) -> None:
    """Have the subscription read, and these invoices with all that are not at their end."""
    account = agency.account
    if account is None:
        return
    hinted = account.hinted | frozenset(invoices)
    if hinted != account.hinted:
        agency.keep_account(replace(account, hinted=hinted))
    open_ended = {one.id for one in agency.invoices.values() if not one.is_final}
    task = ReadNews(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        version=account.version,
        invoices=tuple(sorted(hinted | open_ended)),
        left=tuple(item for one in agency.unsettled if one.taken_by is None for item in one.left),
    )
    at = ctx.now + _BEHIND_OUR_OWN if agency.is_busy else ctx.now
    ctx.task(tasks.NEWS, task, lane=tasks.NEWS, key=tasks.NEWS, run_at=at)


def settle_news(agency: Agency, value: NewsRead | NewsUnread, ctx: ActorContext) -> None:
    """Tell what is new; what was read before a change of our own was settled is read again."""
    account = agency.account
    match value:
        case NewsRead():
            if account is None:
                return
            if value.version != account.version or agency.is_busy:
                want_news(agency, ctx)
                return
            agency.keep_account(replace(account, hinted=account.hinted - frozenset(value.asked)))
            if value.taken_by is not None:
                take(agency, value.taken_by, value.pending)
            publish_invoices(agency, value.invoices, ctx)
            publish_settled(agency, ctx)
            publish_subscription(agency, value.snapshot, ctx)
            _publish_card(agency, value.snapshot, ctx)
        case NewsUnread():
            pass
        case _:
            assert_never(value)


def card_news(ctx: ActorContext) -> None:
    """Tell of the card once the events about it have all come."""
    ctx.task(tasks.CARD_NEWS, CardNews(), lane=tasks.CARD_NEWS, key=tasks.CARD_NEWS, run_at=ctx.now + SETTLE)


def settle_card_news(agency: Agency, _value: CardNews, ctx: ActorContext) -> None:
    """Tell that the card has changed; what the other one did not pay is charged to it."""
    ctx.publish(CardChanged(), actor=STRIPE)
    if agency.open_settlement is not None:
        ctx.task(tasks.SETTLE_DUE, SettleDue(), lane=tasks.SETTLE_DUE, key=tasks.SETTLE_DUE)


def _publish_card(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Another card than the one we know is charged now; the first one that we get to know is no news."""
    account = agency.account
    if account is None or snapshot.customer.card == account.card:
        return
    agency.keep_account(replace(account, card=snapshot.customer.card))
    if account.card is not None and snapshot.customer.card is not None:
        card_news(ctx)
