"""The activity log's table: one entry for each type of event that makes a line.

To log another event, add it to a union in `model/logged_events.py`, its sentence to `texts/activity/of_<owner>.py`, and
an entry here. mypy refuses an entry without a sentence or with a field left out, and a test compares the table with the
unions and with the projection's table. Events that make no line are listed, with the reason, in `not_logged.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from contracts import billing, gateway, members, notifier, seats
from contracts.message import Message
from contracts.vocabulary import InvoiceState, MemberStatus
from services.gateway.model.activity import Change, Kind
from services.gateway.projection.activity.entry import (
    LogEntry,
    always,
    details_values,
    its_invoice,
    its_member,
    no_invoice,
    no_values,
    nobody,
    seat_values,
    status_values,
)
from services.gateway.texts.activity import of_billing, of_gateway, of_members, of_notifier, of_seats


def _invoice_is_recorded(event: billing.InvoiceChanged) -> bool:
    """A draft or an open invoice is not final, and an invoice of our own operation is part of that operation's line."""
    ours = event.operation_id is not None and event.state is InvoiceState.PAID
    return not ours and event.state not in {InvoiceState.DRAFT, InvoiceState.OPEN}


# Without an annotation: with one, mypy would not compare an entry's functions with the type of its event.
_ENTRIES = (
    LogEntry(
        event=members.AgencyFounded,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(None, {"name": event.name, "domain": event.domain}),
        members=lambda event: (event.admin_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.SignedUp,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(None, {"status": MemberStatus.PENDING_LOGIN, "seatType": event.seat_type}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.DetailsChanged,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(details_values(event.before), details_values(event)),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: details_values(event.before) != details_values(event),
    ),
    LogEntry(
        event=members.SignUpRejected,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        # A removed member tries to come back. A sign-up with any other known address changes nothing.
        recorded_if=lambda event: event.status is MemberStatus.REMOVED,
    ),
    LogEntry(
        event=members.Activated,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before), {"status": MemberStatus.ACTIVE, "planType": event.seat_type}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.Blocked,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before), {"status": MemberStatus.BLOCKED, "blockedReason": event.reason}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.RoleChanged,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"role": event.before}, {"role": event.role}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.role,
    ),
    LogEntry(
        event=members.Removed,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            {"status": event.before, "planType": event.plan_type}, {"status": MemberStatus.REMOVED, "planType": None}
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.Invited,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change(
            status_values(event.before),
            {"status": MemberStatus.INVITED, "seatType": event.seat_type, "role": event.role},
        ),
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.InviteAccepted,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_members.sentence,
        change=no_values,
        members=its_member,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=members.DomainChanged,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"domain": event.before}, {"domain": event.domain}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before != event.domain,
    ),
    LogEntry(
        event=members.BaaSigned,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_members.sentence,
        change=lambda event: Change({"baaVersion": None}, {"baaVersion": event.version}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: not event.again,
    ),
    LogEntry(
        event=seats.SeatSwapped,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change({"planType": event.before}, {"planType": event.seat_type}),
        members=its_member,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.seat_type,
    ),
    LogEntry(
        event=seats.SeatsAutoAdded,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=lambda event: tuple(waiter.member_id for waiter in event.served),
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.SeatsAdjusted,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.PurchaseDeclined,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda event: Change({"paused": None}, {"paused": event.code}),
        members=lambda event: tuple(waiter.member_id for waiter in event.waiting),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.PurchaseDelayed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=no_values,
        members=lambda event: tuple(waiter.member_id for waiter in event.waiting),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.AutoAddSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            None if event.before is None else {"autoAdd": event.before}, {"autoAdd": event.enabled}
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: event.before is not event.enabled,
    ),
    LogEntry(
        event=seats.StepUpSet,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change(
            None
            if event.seats_before is None
            else {"stepUpSeats": event.seats_before, "stepUpAmount": event.amount_before},
            {"stepUpSeats": event.seats, "stepUpAmount": event.amount},
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=lambda event: (event.seats_before, event.amount_before) != (event.seats, event.amount),
    ),
    LogEntry(
        event=seats.AutoAddResumed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_seats.sentence,
        change=lambda _event: Change(None, {"paused": None}),
        members=lambda event: tuple(waiter.member_id for waiter in event.joined),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.Frozen,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda event: Change({"frozen": None}, {"frozen": event.reason}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=seats.Thawed,
        kind=Kind.SEAT,
        costs=False,
        sentence=of_seats.sentence,
        change=lambda _event: Change(None, {"frozen": None}),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.AccountOpened,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(None, {**seat_values(event.purchased), "cycle": event.cycle}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.CycleSwitched,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change({"cycle": event.before}, {"cycle": event.cycle}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.SubscriptionChanged,
        kind=Kind.SEAT,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(seat_values(event.before), seat_values(event.after)),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.SubscriptionEnded,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.InvoiceChanged,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=lambda event: Change(None, {"state": event.state}),
        members=nobody,
        invoice=its_invoice,
        recorded_if=_invoice_is_recorded,
    ),
    LogEntry(
        event=billing.PaymentFailed,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.PaymentRecovered,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.Settled,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=its_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.StripeTimedOut,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=billing.CardChanged,
        kind=Kind.MONEY,
        costs=True,
        sentence=of_billing.sentence,
        change=no_values,
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.CodesLimited,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_gateway.sentence,
        change=no_values,
        members=lambda event: () if event.member_id is None else (event.member_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.ApiKeyCreated,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_gateway.sentence,
        change=lambda event: Change(
            None, {"apiKey": event.name} | ({"scopes": ", ".join(event.scopes)} if event.scopes else {})
        ),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=gateway.ApiKeyRevoked,
        kind=Kind.SETTING,
        costs=False,
        sentence=of_gateway.sentence,
        change=lambda event: Change({"apiKey": event.name}, None),
        members=nobody,
        invoice=no_invoice,
        recorded_if=always,
    ),
    LogEntry(
        event=notifier.MailFailed,
        kind=Kind.MEMBER,
        costs=False,
        sentence=of_notifier.sentence,
        change=no_values,
        members=lambda event: () if event.member_id is None else (event.member_id,),
        invoice=no_invoice,
        recorded_if=always,
    ),
)
_TABLE: tuple[LogEntry[Any], ...] = _ENTRIES
LOG: Mapping[type[Message], LogEntry[Any]] = MappingProxyType({entry.event: entry for entry in _TABLE})
