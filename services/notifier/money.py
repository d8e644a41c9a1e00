"""What the notifier does with money's news: purchases, invoices, and what happens to the subscription."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from chassis.actor import Turn
from contracts.billing import PaymentFailed, Settled, StripeSilent, SubscriptionChanged, SubscriptionEnded
from contracts.message import Invoice
from contracts.seats import AutoAddResumed, Frozen, PurchaseDeclined, SeatsAutoAdded, Thawed
from contracts.vocabulary import ChangedBy, FrozenReason, MemberStatus
from services.notifier.domain import elsewhere
from services.notifier.domain.message_id import mail_id
from services.notifier.mailing import ELSEWHERE, OPERATOR, mail_admins, named, spoken_of
from services.notifier.mails import kinds
from services.notifier.mails.letters import ElsewhereTimer, OperatorLetter
from services.notifier.state import Agency

_OPERATOR = UUID(int=0)
"""Whom the operator's mails are to, among the people that mails are derived from."""


def purchase_declined(agency: Agency, fact: PurchaseDeclined, turn: Turn) -> None:
    """All admins get one mail with everybody whom the declined purchase left without a seat."""
    for waiter in fact.waiting:
        person = agency.people[waiter.member_id]
        waits = person.status is not MemberStatus.BLOCKED
        agency.put(replace(person, digest_id=None, operation_id=fact.operation_id if waits else None))
    waiting = tuple(spoken_of(agency, waiter) for waiter in fact.waiting)
    mail = kinds.PaymentDeclined(agency.called, fact.code, fact.decline_code, waiting)
    mail_admins(agency, mail, fact.operation_id, turn)


def seats_auto_added(agency: Agency, fact: SeatsAutoAdded, turn: Turn) -> None:
    """All admins get one mail a purchase: who got in, what was charged today, what the plan costs now."""
    mail = kinds.SeatsAutoAdded(
        agency=agency.called,
        served=tuple(spoken_of(agency, waiter) for waiter in fact.served),
        before=fact.before.quantities(),
        after=fact.after.quantities(),
        charged=fact.charged,
        new_total=fact.new_total,
        cycle=fact.cycle,
        invoice=_link_to(fact.invoice),
        unsettled=fact.unsettled,
    )
    mail_admins(agency, mail, fact.operation_id, turn)


def settled(agency: Agency, fact: Settled, turn: Turn) -> None:
    """All admins hear what the seats that were left unsettled have cost."""
    mail = kinds.Settled(agency.called, fact.seats.quantities(), fact.charged, _link_to(fact.invoice))
    mail_admins(agency, mail, turn.id, turn)


def payment_failed(agency: Agency, fact: PaymentFailed, turn: Turn) -> None:
    """All admins hear what is unpaid, that nobody is suspended, and where to fix the card."""
    mail = kinds.PaymentFailed(
        agency=agency.called,
        owed=fact.invoice.total - fact.invoice.amount_paid,
        invoice=kinds.InvoiceLink(fact.invoice.number, fact.invoice.url),
        decline_code=fact.decline_code,
        settling=fact.settling,
    )
    mail_admins(agency, mail, turn.id, turn)


def auto_add_resumed(agency: Agency, fact: AutoAddResumed, turn: Turn) -> None:
    """All admins hear that the pause is over, and who is let in."""
    joined = tuple(spoken_of(agency, waiter) for waiter in fact.joined)
    mail_admins(agency, kinds.PaymentRecovered(agency.called, joined), turn.id, turn)


def subscription_changed(agency: Agency, fact: SubscriptionChanged, turn: Turn) -> None:
    """Seats that somebody else changed are told a little later, with what became of it. Our own change is no news."""
    if fact.whose is ChangedBy.OURS:
        return
    before, after = fact.before.quantities(), fact.after.quantities()
    plan = elsewhere.Plan(fact.total, fact.cycle)
    _tell_elsewhere(agency, elsewhere.edited(agency.elsewhere, turn.id, before, after, plan, turn.now), turn)


def frozen(agency: Agency, fact: Frozen, turn: Turn) -> None:
    """Fewer seats than are Active: part of what is told of the change at Stripe. An ended subscription has its own."""
    if fact.reason is not FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return
    purchased, active = fact.purchased.quantities(), fact.active.quantities()
    _tell_elsewhere(agency, elsewhere.frozen(agency.elsewhere, turn.id, purchased, active, turn.now), turn)


def thawed(agency: Agency, _: Thawed, turn: Turn) -> None:
    """Enough seats again: part of what is told of the change at Stripe that did it."""
    change = elsewhere.thawed(agency.elsewhere, turn.now)
    if change is not None:
        _tell_elsewhere(agency, change, turn)


def subscription_ended(agency: Agency, fact: SubscriptionEnded, turn: Turn) -> None:
    """All admins hear that there is no subscription any more, and so does the operator, who can open a new one."""
    mail_admins(agency, kinds.SubscriptionEnded(agency.called, fact.reason), turn.id, turn)
    mail = kinds.SubscriptionEnded(agency.called, fact.reason, to_operator=True)
    own_id = mail_id(mail.template, turn.id, _OPERATOR)
    turn.task(OPERATOR, OperatorLetter(id=own_id, mail=mail), lane=f"mail:{own_id}", key=f"mail:{own_id}")


def stripe_silent(agency: Agency, fact: StripeSilent, turn: Turn) -> None:
    """All admins hear who waits, and that nothing is charged twice."""
    waiting = tuple(named(person) for person in agency.waiting_for(fact.operation_id))
    mail_admins(agency, kinds.StripeSilent(agency.called, fact.since, waiting), fact.operation_id, turn)


def elsewhere_due(agency: Agency, timer: ElsewhereTimer, turn: Turn) -> None:
    """The change at Stripe is told once it is due; a timer that was overtaken is set again."""
    change = agency.elsewhere
    if change is None or change.id != timer.change_id:
        return
    if not change.is_due(turn.now):
        _tell_elsewhere(agency, change, turn)
        return
    agency.changed_elsewhere(None)
    if change.is_news:
        mail = kinds.SeatsChangedElsewhere(
            agency=agency.called,
            before=change.before,
            after=change.after,
            total=change.plan.total if change.plan is not None else None,
            cycle=change.plan.cycle if change.plan is not None else None,
            active=change.active,
            thawed=change.thawed,
        )
        mail_admins(agency, mail, change.id, turn)


def _tell_elsewhere(agency: Agency, change: elsewhere.Elsewhere, turn: Turn) -> None:
    agency.changed_elsewhere(change)
    timer = ElsewhereTimer(change_id=change.id)
    turn.task(ELSEWHERE, timer, lane=ELSEWHERE, run_at=change.due_at, key=f"{ELSEWHERE}:{change.id}")


def _link_to(invoice: Invoice | None) -> kinds.InvoiceLink | None:
    return kinds.InvoiceLink(invoice.number, invoice.url) if invoice is not None else None
