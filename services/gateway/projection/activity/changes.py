"""What an event changed, from what to what, and the invoice: for programs and spreadsheets. Whom it names, too."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from contracts import billing, gateway, members, seats
from contracts.message import Invoice, Seats
from contracts.vocabulary import MemberStatus
from services.gateway.model.activity import Change, Values
from services.gateway.model.logged_events import LoggedEvent

_NOTHING = Change()


def change(event: LoggedEvent) -> Change:  # noqa: C901, PLR0911, PLR0912  one change a event
    """What was and what is."""
    match event:
        case members.AgencyFounded():
            return Change(None, {"name": event.name, "domain": event.domain})
        case members.SignedUp():
            return Change(None, {"status": MemberStatus.PENDING_LOGIN, "seatType": event.seat_type})
        case members.Activated():
            return Change(_stood(event.before), {"status": MemberStatus.ACTIVE, "planType": event.seat_type})
        case members.Blocked():
            return Change(_stood(event.before), {"status": MemberStatus.BLOCKED, "blockedReason": event.reason})
        case members.RoleChanged():
            return Change({"role": event.before}, {"role": event.role})
        case members.Removed():
            return Change(
                {"status": event.before, "planType": event.plan_type},
                {"status": MemberStatus.REMOVED, "planType": None},
            )
        case members.Invited():
            invited = {"status": MemberStatus.INVITED, "seatType": event.seat_type, "role": event.role}
            return Change(_stood(event.before), invited)
        case members.DomainChanged():
            return Change({"domain": event.before}, {"domain": event.domain})
        case members.BaaSigned():
            return Change({"baaVersion": None}, {"baaVersion": event.version})
        case seats.SeatSwapped():
            return Change({"planType": event.before}, {"planType": event.seat_type})
        case seats.SeatsAutoAdded() | seats.SeatsAdjusted() | billing.SubscriptionChanged():
            return Change(_seats(event.before), _seats(event.after))
        case seats.AutoAddSet():
            return Change(None if event.before is None else {"autoAdd": event.before}, {"autoAdd": event.enabled})
        case seats.PurchaseDeclined():
            return Change({"paused": None}, {"paused": event.code})
        case seats.AutoAddResumed():
            return Change(None, {"paused": None})
        case seats.Frozen():
            return Change({"frozen": None}, {"frozen": event.reason})
        case seats.Thawed():
            return Change(None, {"frozen": None})
        case billing.AccountOpened():
            return Change(None, {**_seats(event.purchased), "cycle": event.cycle})
        case billing.CycleSwitched():
            return Change({"cycle": event.before}, {"cycle": event.cycle})
        case billing.InvoiceChanged():
            return Change(None, {"state": event.state})
        case gateway.ApiKeyCreated():
            return Change(None, {"apiKey": event.name})
        case gateway.ApiKeyRevoked():
            return Change({"apiKey": event.name}, None)
        case (
            members.SignUpRejected()
            | members.InviteAccepted()
            | billing.SubscriptionEnded()
            | billing.PaymentFailed()
            | billing.PaymentRecovered()
            | billing.Settled()
            | billing.StripeTimedOut()
            | billing.CardChanged()
            | gateway.CodesLimited()
        ):
            return _NOTHING
        case never:
            assert_never(never)


def _stood(status: MemberStatus | None) -> Values | None:
    return None if status is None else {"status": status}


def _seats(counts: Seats) -> Values:
    return {"base": counts.base, "voice": counts.voice}


def invoice_of(event: LoggedEvent) -> Invoice | None:
    """The invoice that an event names."""
    match event:
        case (
            seats.SeatsAutoAdded()
            | seats.SeatsAdjusted()
            | billing.AccountOpened()
            | billing.CycleSwitched()
            | billing.InvoiceChanged()
            | billing.PaymentFailed()
            | billing.PaymentRecovered()
            | billing.Settled()
        ):
            return event.invoice
        case _:
            return None


def whom(event: LoggedEvent) -> tuple[UUID, ...]:  # noqa: PLR0911  one answer a kind of event
    """The members that an event happened to, in its order."""
    match event:
        case members.AgencyFounded():
            return (event.admin_id,)
        case seats.SeatsAutoAdded():
            return tuple(waiter.member_id for waiter in event.served)
        case seats.PurchaseDeclined():
            return tuple(waiter.member_id for waiter in event.waiting)
        case seats.AutoAddResumed():
            return tuple(waiter.member_id for waiter in event.joined)
        case gateway.CodesLimited():
            return () if event.member_id is None else (event.member_id,)
        case (
            members.SignedUp()
            | members.SignUpRejected()
            | members.Activated()
            | members.Blocked()
            | members.RoleChanged()
            | members.Removed()
            | members.Invited()
            | members.InviteAccepted()
            | seats.SeatSwapped()
        ):
            return (event.member_id,)
        case _:
            return ()
