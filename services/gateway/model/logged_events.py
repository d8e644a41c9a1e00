"""The events that the activity log records, by the service that publishes them.

A new event joins a union here. mypy then fails until `texts/activity/of_<owner>.py` has its sentence, and a test fails
until `projection/activity/of_<owner>.py` has its entry.
"""

from __future__ import annotations

from typing import TypeAlias

from contracts import (
    auto_add_limits,
    billing,
    billing_payments,
    gateway,
    members,
    members_agencies,
    members_erasure,
    members_invitations,
    members_requests,
    moving_line,
    notifier,
    scheduled_reductions,
    seat_policies,
    seats,
    seats_purchases,
)

OfMembers: TypeAlias = (
    members_agencies.AgencyFounded
    | members.SignedUp
    | members.DetailsChanged
    | members.SignUpRejected
    | members.Activated
    | members.Blocked
    | members.RoleChanged
    | members.Removed
    | members_erasure.Erased
    | members_invitations.Invited
    | members_invitations.InviteAccepted
    | members_requests.Approved
    | moving_line.MovingLineSet
    | members_agencies.DomainChanged
    | members_agencies.AgencyRenamed
    | members_agencies.BaaSigned
    | members_agencies.BaaOutdated
)
OfSeats: TypeAlias = (
    seats.SeatSwapped
    | seats.SeatsExchanged
    | seats_purchases.SeatsAutoAdded
    | seats_purchases.SeatsAdjusted
    | seats_purchases.PurchaseDeclined
    | seats_purchases.PurchaseDelayed
    | seats.AutoAddSet
    | seats.StepUpSet
    | auto_add_limits.AutoAddLimitsSet
    | auto_add_limits.AutoAddLimitNear
    | scheduled_reductions.ReductionScheduled
    | scheduled_reductions.ReductionTakenBack
    | scheduled_reductions.ReductionNear
    | scheduled_reductions.ReductionMade
    | scheduled_reductions.ReductionMissed
    | seat_policies.SeatPoliciesSet
    | seats_purchases.AutoAddResumed
    | seats.Frozen
    | seats.Thawed
)
OfBilling: TypeAlias = (
    billing.AccountOpened
    | billing.CycleSwitched
    | billing.SubscriptionChanged
    | billing.EditOverwritten
    | billing.SubscriptionEnded
    | billing.EndScheduled
    | billing.EndTakenBack
    | billing_payments.InvoiceChanged
    | billing_payments.PaymentAwaited
    | billing_payments.PaymentLapsed
    | billing_payments.PaymentFailed
    | billing_payments.PaymentReversed
    | billing_payments.PaymentRecovered
    | billing_payments.Settled
    | billing_payments.ProrationsLost
    | billing_payments.StripeTimedOut
    | billing_payments.CardChanged
)
OfGateway: TypeAlias = gateway.CodesLimited | gateway.ApiKeyCreated | gateway.ApiKeyRevoked | gateway.Reminded
OfNotifier: TypeAlias = notifier.MailFailed
LoggedEvent: TypeAlias = OfMembers | OfSeats | OfBilling | OfGateway | OfNotifier
