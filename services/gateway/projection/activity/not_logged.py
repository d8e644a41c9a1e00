"""The events that make no line of the activity log, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts import (
    billing,
    billing_payments,
    gateway,
    members,
    members_agencies,
    members_invitations,
    moving_line,
    notifier,
    seats,
    seats_purchases,
)
from contracts.message import Event

_REJECTION = "a rejection changes nothing, and the caller has it as the response"
_PARKED = "the admins' pages show it while it lasts; no member, seat, setting or money changes"
NOT_LOGGED: Mapping[type[Event], str] = MappingProxyType(
    {
        members_agencies.AgencyRejected: "no agency exists whose log could have the line",
        members.SignUpClaimed: "the member did not change; what the person proves is logged as details_changed",
        members.FirstLogin: "the outcome is logged: activated or blocked",
        members.LoginRecorded: "a later login changes nothing",
        members_invitations.Reinvited: "each member in it has an invited event; a rejected member has not changed",
        members.BlockedLetIn: "seats_adjusted is logged, with who got in",
        members.SeatRequestedBack: "nothing changed yet: activated is logged, and a rejection is the response",
        moving_line.SeatOffered: "nothing changed yet: activated is logged, and a denied member stays Blocked",
        members.PlanTypeChanged: "a consequence of seat_swapped, which is logged",
        members.MembersCommandRejected: _REJECTION,
        members.MembersAgencyParked: _PARKED,
        members.MembersAgencyResumed: _PARKED,
        seats.SeatAssigned: "activated is logged",
        seats.SeatDenied: "blocked is logged",
        seats.SeatReleased: "removed is logged",
        seats_purchases.PurchaseStarted: "nothing is bought yet; the outcome is logged, and a long silence too",
        seats_purchases.PaymentRetried: "the payment is logged, and so is auto_add_resumed",
        seats.CapacityChanged: "figures for the pages; the event that moved them is logged",
        seats.SeatsCommandRejected: _REJECTION,
        seats.SeatsAgencyParked: _PARKED,
        seats.SeatsAgencyResumed: _PARKED,
        billing.AccountRejected: "no agency exists whose log could have the line",
        billing.QuantitiesSet: "seats_auto_added or seats_adjusted is logged",
        billing.QuantitiesRejected: "nothing changed; a decline is logged as purchase_declined",
        billing_payments.DebtChanged: "figures for the pages; payment_failed and the invoices are logged",
        billing.PlanChanged: "figures for the pages; the event that moved them is logged",
        billing.EndNear: "a reminder by mail; end_scheduled is logged",
        billing.BillingCommandRejected: _REJECTION,
        billing.BillingAgencyParked: _PARKED,
        billing.BillingAgencyResumed: _PARKED,
        notifier.MailSent: "a mail changes no member, seat, setting or money",
        notifier.NotifierCommandRejected: _REJECTION,
        notifier.NotifierAgencyParked: _PARKED,
        notifier.NotifierAgencyResumed: _PARKED,
        gateway.GatewayAgencyParked: _PARKED,
        gateway.IdleMailSet: "an admin's own mail changes nothing of the agency",
        gateway.IdleSeatsCounted: "a mail to the admins who want it",
        gateway.UseRecorded: "use changes nothing; the member list shows when a member was last seen",
        gateway.SignedIn: "a session changes nothing; the member list shows when a member was last seen",
    }
)
