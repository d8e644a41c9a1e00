"""What a fact changed, from what to what, and the invoice: for programs and spreadsheets. Whom it names, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from contracts import billing, gateway, members, seats
from contracts.message import Invoice, Seats
from contracts.vocabulary import MemberStatus
from services.gateway.activity.told import Told

Values = Mapping[str, int | str | bool | None]
"""Values by the names that they have in the API."""


@dataclass(frozen=True, slots=True)
class Change:
    """Before and after; None where there was nothing, or where the fact does not say it."""

    before: Values | None = None
    after: Values | None = None


_NOTHING = Change()


def change(fact: Told) -> Change:  # noqa: C901, PLR0911, PLR0912  one change a fact
    """What was and what is."""
    match fact:
        case members.AgencyFounded():
            return Change(None, {"name": fact.name, "domain": fact.domain})
        case members.SignedUp():
            return Change(None, {"status": MemberStatus.PENDING_LOGIN, "seatType": fact.seat_type})
        case members.Activated():
            return Change(_stood(fact.before), {"status": MemberStatus.ACTIVE, "planType": fact.seat_type})
        case members.Blocked():
            return Change(_stood(fact.before), {"status": MemberStatus.BLOCKED, "blockedReason": fact.reason})
        case members.RoleChanged():
            return Change({"role": fact.before}, {"role": fact.role})
        case members.Removed():
            return Change(
                {"status": fact.before, "planType": fact.plan_type},
                {"status": MemberStatus.REMOVED, "planType": None},
            )
        case members.Invited():
            invited = {"status": MemberStatus.INVITED, "seatType": fact.seat_type, "role": fact.role}
            return Change(_stood(fact.before), invited)
        case members.DomainChanged():
            return Change({"domain": fact.before}, {"domain": fact.domain})
        case members.BaaSigned():
            return Change({"baaVersion": None}, {"baaVersion": fact.version})
        case seats.SeatSwapped():
            return Change({"planType": fact.before}, {"planType": fact.seat_type})
        case seats.SeatsAutoAdded() | seats.SeatsAdjusted() | billing.SubscriptionChanged():
            return Change(_seats(fact.before), _seats(fact.after))
        case seats.AutoAddSet():
            return Change(None if fact.before is None else {"autoAdd": fact.before}, {"autoAdd": fact.enabled})
        case seats.PurchaseDeclined():
            return Change({"paused": None}, {"paused": fact.code})
        case seats.AutoAddResumed():
            return Change(None, {"paused": None})
        case seats.Frozen():
            return Change({"frozen": None}, {"frozen": fact.reason})
        case seats.Thawed():
            return Change(None, {"frozen": None})
        case billing.AccountOpened():
            return Change(None, {**_seats(fact.purchased), "cycle": fact.cycle})
        case billing.CycleSwitched():
            return Change({"cycle": fact.before}, {"cycle": fact.cycle})
        case billing.InvoiceChanged():
            return Change(None, {"state": fact.state})
        case gateway.ApiKeyCreated():
            return Change(None, {"apiKey": fact.name})
        case gateway.ApiKeyRevoked():
            return Change({"apiKey": fact.name}, None)
        case (
            members.SignUpRefused()
            | members.InviteAccepted()
            | billing.SubscriptionEnded()
            | billing.PaymentFailed()
            | billing.PaymentRecovered()
            | billing.Settled()
            | billing.StripeSilent()
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


def invoice_of(fact: Told) -> Invoice | None:
    """The invoice that a fact names."""
    match fact:
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
            return fact.invoice
        case _:
            return None


def whom(fact: Told) -> tuple[UUID, ...]:  # noqa: PLR0911  one answer a kind of fact
    """The members that a fact happened to, in its order."""
    match fact:
        case members.AgencyFounded():
            return (fact.admin_id,)
        case seats.SeatsAutoAdded():
            return tuple(waiter.member_id for waiter in fact.served)
        case seats.PurchaseDeclined():
            return tuple(waiter.member_id for waiter in fact.waiting)
        case seats.AutoAddResumed():
            return tuple(waiter.member_id for waiter in fact.joined)
        case gateway.CodesLimited():
            return () if fact.member_id is None else (fact.member_id,)
        case (
            members.SignedUp()
            | members.SignUpRefused()
            | members.Activated()
            | members.Blocked()
            | members.RoleChanged()
            | members.Removed()
            | members.Invited()
            | members.InviteAccepted()
            | seats.SeatSwapped()
        ):
            return (fact.member_id,)
        case _:
            return ()
