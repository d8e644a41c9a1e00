"""What the notifier does with money's news: purchases, invoices, and what happens to the subscription."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from chassis.actor import ActorContext
from contracts.billing import PaymentFailed, Settled, StripeTimedOut, SubscriptionChanged, SubscriptionEnded
from contracts.message import Invoice
from contracts.seats import AutoAddResumed, Frozen, PurchaseDeclined, SeatsAutoAdded, Thawed
from contracts.vocabulary import ChangedBy, FrozenReason, MemberStatus
from services.notifier.domain import external_changes
from services.notifier.domain.message_id import mail_id
from services.notifier.mailing import ELSEWHERE, OPERATOR, mail_admins, named, spoken_of
from services.notifier.mails import kinds
from services.notifier.mails.letters import ExternalChangeTimer, OperatorLetter
from services.notifier.state import Agency

_OPERATOR = UUID(int=0)
"""Whom the operator's mails are to, among the people that mails are derived from."""


def purchase_declined(agency: Agency, event: PurchaseDeclined, ctx: ActorContext) -> None:
    """All admins get one mail with everybody whom the declined purchase left without a seat."""
    for waiter in event.waiting:
        person = agency.people[waiter.member_id]
        waits = person.status is not MemberStatus.BLOCKED
        agency.put(replace(person, digest_id=None, operation_id=event.operation_id if waits else None))
    waiting = tuple(spoken_of(agency, waiter) for waiter in event.waiting)
    mail = kinds.PaymentDeclined(agency.called, event.code, event.decline_code, waiting)
    mail_admins(agency, mail, event.operation_id, ctx)


def seats_auto_added(agency: Agency, event: SeatsAutoAdded, ctx: ActorContext) -> None:
    """All admins get one mail a purchase: who got in, what was charged today, what the plan costs now."""
    mail = kinds.SeatsAutoAdded(
        agency=agency.called,
        served=tuple(spoken_of(agency, waiter) for waiter in event.served),
        before=event.before.quantities(),
        after=event.after.quantities(),
        charged=event.charged,
        new_total=event.new_total,
        cycle=event.cycle,
        invoice=_link_to(event.invoice),
        unsettled=event.unsettled,
    )
    mail_admins(agency, mail, event.operation_id, ctx)


def settled(agency: Agency, event: Settled, ctx: ActorContext) -> None:
    """All admins hear what the seats that were left unsettled have cost."""
    mail = kinds.Settled(agency.called, event.seats.quantities(), event.charged, _link_to(event.invoice))
    mail_admins(agency, mail, ctx.id, ctx)


def payment_failed(agency: Agency, event: PaymentFailed, ctx: ActorContext) -> None:
    """All admins hear what is unpaid, that nobody is suspended, and where to fix the card."""
    mail = kinds.PaymentFailed(
        agency=agency.called,
        owed=event.invoice.total - event.invoice.amount_paid,
        invoice=kinds.InvoiceLink(event.invoice.number, event.invoice.url),
        decline_code=event.decline_code,
        settling=event.settling,
    )
    mail_admins(agency, mail, ctx.id, ctx)


def auto_add_resumed(agency: Agency, event: AutoAddResumed, ctx: ActorContext) -> None:
    """All admins hear that the pause is over, and who is let in."""
    joined = tuple(spoken_of(agency, waiter) for waiter in event.joined)
    mail_admins(agency, kinds.PaymentRecovered(agency.called, joined), ctx.id, ctx)


def subscription_changed(agency: Agency, event: SubscriptionChanged, ctx: ActorContext) -> None:
    """Seats that somebody else changed are told a little later, with what became of it. Our own change is no news."""
    if event.whose is ChangedBy.OURS:
        return
    before, after = event.before.quantities(), event.after.quantities()
    plan = external_changes.Plan(event.total, event.cycle)
    _send_external_change(
        agency, external_changes.edited(agency.external_change, ctx.id, before, after, plan, ctx.now), ctx
    )


def frozen(agency: Agency, event: Frozen, ctx: ActorContext) -> None:
    """Fewer seats than are Active: part of what is told of the change at Stripe. An ended subscription has its own."""
    if event.reason is not FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return
    purchased, active = event.purchased.quantities(), event.active.quantities()
    _send_external_change(
        agency, external_changes.frozen(agency.external_change, ctx.id, purchased, active, ctx.now), ctx
    )


def thawed(agency: Agency, _: Thawed, ctx: ActorContext) -> None:
    """Enough seats again: part of what is told of the change at Stripe that did it."""
    change = external_changes.thawed(agency.external_change, ctx.now)
    if change is not None:
        _send_external_change(agency, change, ctx)


def subscription_ended(agency: Agency, event: SubscriptionEnded, ctx: ActorContext) -> None:
    """All admins hear that there is no subscription any more, and so does the operator, who can open a new one."""
    mail_admins(agency, kinds.SubscriptionEnded(agency.called, event.reason), ctx.id, ctx)
    mail = kinds.SubscriptionEnded(agency.called, event.reason, to_operator=True)
    own_id = mail_id(mail.template, ctx.id, _OPERATOR)
    ctx.task(OPERATOR, OperatorLetter(id=own_id, mail=mail), lane=f"mail:{own_id}", key=f"mail:{own_id}")


def stripe_timed_out(agency: Agency, event: StripeTimedOut, ctx: ActorContext) -> None:
    """All admins hear who waits, and that nothing is charged twice."""
    waiting = tuple(named(person) for person in agency.waiting_for(event.operation_id))
    mail_admins(agency, kinds.StripeTimedOut(agency.called, event.since, waiting), event.operation_id, ctx)


def external_change_due(agency: Agency, timer: ExternalChangeTimer, ctx: ActorContext) -> None:
    """The change at Stripe is told once it is due; a timer that was overtaken is set again."""
    change = agency.external_change
    if change is None or change.id != timer.change_id:
        return
    if not change.is_due(ctx.now):
        _send_external_change(agency, change, ctx)
        return
    agency.changed_externally(None)
    if change.is_news:
        mail = kinds.SeatsChangedExternally(
            agency=agency.called,
            before=change.before,
            after=change.after,
            total=change.plan.total if change.plan is not None else None,
            cycle=change.plan.cycle if change.plan is not None else None,
            active=change.active,
            thawed=change.thawed,
        )
        mail_admins(agency, mail, change.id, ctx)


def _send_external_change(agency: Agency, change: external_changes.ExternalChange, ctx: ActorContext) -> None:
    agency.changed_externally(change)
    timer = ExternalChangeTimer(change_id=change.id)
    ctx.task(ELSEWHERE, timer, lane=ELSEWHERE, run_at=change.due_at, key=f"{ELSEWHERE}:{change.id}")


def _link_to(invoice: Invoice | None) -> kinds.InvoiceLink | None:
    return kinds.InvoiceLink(invoice.number, invoice.url) if invoice is not None else None
