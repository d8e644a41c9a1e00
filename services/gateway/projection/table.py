"""Every event and reply that the gateway handles, with all of its handlers in the order in which they run.

An event whose handlers include `log_line` makes a line of the activity log. Tests compare those events with the entries
in `activity/table.py`, and every other event with `activity/not_logged.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.actor import ActorContext, Handler
from contracts import (
    auto_add_limits,
    billing,
    billing_payments,
    billing_quotes,
    members_agencies,
    members_erasure,
    members_invitations,
    members_requests,
    moving_line,
    scheduled_reductions,
    seat_policies,
    seats_purchases,
    seats_simulations,
)
from contracts import gateway as own
from contracts import members as of_members
from contracts import notifier as of_notifier
from contracts import seats as of_seats
from contracts.message import Message
from services.gateway.model.changes import AgencyChanges
from services.gateway.projection import agencies, awaited_payments, members, operations, plans, reductions, seat_days
from services.gateway.projection.activity_log import log_line

EVENT_HANDLERS: Mapping[type[Message], tuple[Handler, ...]] = {
    # events of members
    members_agencies.AgencyFounded: (agencies.agency_founded, log_line),
    members_agencies.AgencyRejected: (agencies.agency_rejected,),
    of_members.SignedUp: (members.signed_up, log_line),
    of_members.SignUpClaimed: (members.sign_up_claimed,),
    of_members.DetailsChanged: (members.details_changed, log_line),
    of_members.SignUpRejected: (operations.sign_up_rejected, log_line),
    members_invitations.Invited: (members.invited, log_line),
    members_invitations.Reinvited: (operations.reinvited,),
    of_members.BlockedLetIn: (operations.money_changed,),
    members_invitations.InviteAccepted: (members.invite_accepted, log_line),
    of_members.FirstLogin: (members.first_login,),
    of_members.LoginRecorded: (members.login_recorded,),
    of_members.Activated: (members.activated, seat_days.seat_taken, log_line),
    of_members.Blocked: (members.blocked, log_line),
    members_requests.Approved: (members.approved, log_line),
    moving_line.MovingLineSet: (agencies.moving_line_set, log_line),
    of_members.PlanTypeChanged: (members.plan_type_changed, seat_days.seat_swapped),
    of_members.RoleChanged: (members.role_changed, log_line),
    of_members.Removed: (members.removed, seat_days.seat_left, log_line),
    members_erasure.Erased: (members.erased, log_line),
    members_agencies.DomainChanged: (agencies.domain_changed, log_line),
    members_agencies.AgencyRenamed: (agencies.agency_renamed, log_line),
    members_agencies.BaaSigned: (agencies.baa_signed, log_line),
    members_agencies.BaaOutdated: (agencies.baa_outdated, log_line),
    of_members.MembersCommandRejected: (operations.command_rejected,),
    of_members.MembersAgencyParked: (agencies.agency_parked,),
    of_members.MembersAgencyResumed: (agencies.agency_resumed,),
    # events and replies of seats
    of_seats.CapacityChanged: (agencies.capacity_changed, seat_days.seats_purchased),
    of_seats.AutoAddSet: (agencies.auto_add_set, log_line),
    of_seats.StepUpSet: (agencies.step_up_set, log_line),
    auto_add_limits.AutoAddLimitsSet: (agencies.auto_add_limits_set, log_line),
    auto_add_limits.AutoAddLimitNear: (log_line,),
    scheduled_reductions.ReductionScheduled: (reductions.reduction_scheduled, log_line),
    scheduled_reductions.ReductionTakenBack: (reductions.reduction_taken_back, log_line),
    scheduled_reductions.ReductionNear: (log_line,),
    scheduled_reductions.ReductionMade: (reductions.reduction_over, log_line),
    scheduled_reductions.ReductionMissed: (reductions.reduction_over, log_line),
    seat_policies.SeatPoliciesSet: (agencies.seat_policies_set, log_line),
    seats_purchases.AutoAddResumed: (log_line,),
    of_seats.SeatSwapped: (members.seat_swapped, log_line),
    of_seats.SeatsExchanged: (members.seats_exchanged, log_line),
    seats_purchases.SeatsAutoAdded: (log_line,),
    seats_purchases.SeatsAdjusted: (operations.money_changed, log_line),
    seats_purchases.PurchaseDeclined: (log_line,),
    seats_purchases.PurchaseDelayed: (log_line,),
    seats_purchases.PaymentRetried: (operations.money_changed,),
    of_seats.Frozen: (log_line,),
    of_seats.Thawed: (log_line,),
    of_seats.SeatsCommandRejected: (operations.command_rejected,),
    of_seats.SeatsAgencyParked: (agencies.agency_parked,),
    of_seats.SeatsAgencyResumed: (agencies.agency_resumed,),
    seats_simulations.LoginsSimulated: (operations.logins_simulated,),
    # events and replies of billing
    billing.AccountOpened: (agencies.account_opened, seat_days.seats_purchased, plans.total_changed, log_line),
    billing.PlanChanged: (plans.plan_changed,),
    billing_payments.PaymentAwaited: (awaited_payments.payment_awaited, log_line),
    billing_payments.PaymentLapsed: (awaited_payments.payment_over, log_line),
    billing.QuantitiesSet: (plans.total_changed, awaited_payments.payment_over),
    billing.QuantitiesRejected: (awaited_payments.payment_over,),
    billing.CycleSwitched: (
        operations.money_changed,
        plans.cycle_switched,
        awaited_payments.payment_over,
        log_line,
    ),
    billing.SubscriptionChanged: (plans.total_changed, log_line),
    billing.EditOverwritten: (log_line,),
    billing.SubscriptionEnded: (log_line,),
    billing.EndScheduled: (log_line,),
    billing.EndTakenBack: (log_line,),
    billing_payments.InvoiceChanged: (plans.invoice_changed, log_line),
    billing_payments.PaymentFailed: (log_line,),
    billing_payments.PaymentReversed: (log_line,),
    billing_payments.PaymentRecovered: (log_line,),
    billing_payments.Settled: (log_line,),
    billing_payments.ProrationsLost: (log_line,),
    billing_payments.StripeTimedOut: (log_line,),
    billing_payments.CardChanged: (log_line,),
    billing.PortalOpened: (operations.portal_opened,),
    billing_quotes.Quoted: (operations.quoted,),
    billing_quotes.QuoteRejected: (operations.quote_rejected,),
    billing.BillingCommandRejected: (operations.command_rejected,),
    billing.BillingAgencyParked: (agencies.agency_parked,),
    billing.BillingAgencyResumed: (agencies.agency_resumed,),
    # events of the notifier
    of_notifier.MailSent: (members.mail_sent,),
    of_notifier.MailFailed: (members.mail_failed, log_line),
    of_notifier.NotifierAgencyParked: (agencies.agency_parked,),
    of_notifier.NotifierAgencyResumed: (agencies.agency_resumed,),
    # the gateway's own events
    own.SignedIn: (members.signed_in,),
    own.UseRecorded: (members.use_recorded,),
    own.Reminded: (members.reminded, log_line),
    own.IdleMailSet: (members.idle_mail_set,),
    own.IdleSeatsCounted: (agencies.idle_seats_counted,),
    own.CodesLimited: (log_line,),
    own.ApiKeyCreated: (log_line,),
    own.ApiKeyRevoked: (log_line,),
}


def _in_order(handlers: tuple[Handler, ...]) -> Handler:
    if len(handlers) == 1:
        return handlers[0]

    def handle_all(changes: AgencyChanges, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  any of the table's messages
        for handler in handlers:
            handler(changes, message, ctx)

    return handle_all


HANDLERS: Mapping[type[Message], Handler] = {message: _in_order(all_) for message, all_ in EVENT_HANDLERS.items()}
"""The same table for the chassis, which takes one handler a message."""
