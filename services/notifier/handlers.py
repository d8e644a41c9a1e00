"""`HANDLERS`, the complete table of messages that the notifier handles. Each has one short handler."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chassis.actor import Handler
from contracts.auto_add_limits import AutoAddLimitNear
from contracts.billing import (
    BillingAgencyParked,
    CycleSwitched,
    EditOverwritten,
    EndNear,
    EndScheduled,
    EndTakenBack,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.billing_payments import (
    PaymentAwaited,
    PaymentFailed,
    PaymentLapsed,
    PaymentReversed,
    ProrationsLost,
    Settled,
    StripeTimedOut,
)
from contracts.gateway import CodesLimited, GatewayAgencyParked, SignedIn
from contracts.members import (
    Activated,
    Blocked,
    DetailsChanged,
    MembersAgencyParked,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpRejected,
)
from contracts.members_agencies import AgencyFounded, AgencyRejected, AgencyRenamed, BaaOutdated
from contracts.members_invitations import Invited
from contracts.message import Message
from contracts.notifier import Advise, Send
from contracts.scheduled_reductions import ReductionMade, ReductionMissed, ReductionNear
from contracts.seats import Frozen, SeatsAgencyParked, Thawed
from contracts.seats_purchases import (
    AutoAddResumed,
    PurchaseDeclined,
    PurchaseDelayed,
    PurchaseStarted,
    SeatsAdjusted,
    SeatsAutoAdded,
)
from services.notifier.billing_mails import (
    auto_add_limit_near,
    auto_add_resumed,
    cycle_switched,
    edit_overwritten,
    end_near,
    end_scheduled,
    end_taken_back,
    payment_awaited,
    payment_failed,
    payment_lapsed,
    payment_reversed,
    prorations_lost,
    purchase_declined,
    purchase_delayed,
    seats_adjusted,
    seats_auto_added,
    settled,
    stripe_timed_out,
    subscription_ended,
)
from services.notifier.external_change_mails import frozen, subscription_changed, thawed
from services.notifier.invitation_mails import invited
from services.notifier.member_mails import (
    activated,
    agency_founded,
    agency_rejected,
    agency_renamed,
    baa_outdated,
    blocked,
    details_changed,
    plan_type_changed,
    purchase_started,
    removed,
    role_changed,
    signed_up,
)
from services.notifier.parked import agency_parked
from services.notifier.reduction_mails import reduction_made, reduction_missed, reduction_near
from services.notifier.sign_in_mails import advise, codes_limited, send, sign_up_rejected, signed_in

HANDLERS: Mapping[type[Message], Handler] = MappingProxyType(
    {
        Send: send,
        Advise: advise,
        AgencyFounded: agency_founded,
        AgencyRenamed: agency_renamed,
        AgencyRejected: agency_rejected,
        BaaOutdated: baa_outdated,
        SignedUp: signed_up,
        SignUpRejected: sign_up_rejected,
        DetailsChanged: details_changed,
        Invited: invited,
        Activated: activated,
        Blocked: blocked,
        RoleChanged: role_changed,
        PlanTypeChanged: plan_type_changed,
        Removed: removed,
        PurchaseStarted: purchase_started,
        PurchaseDeclined: purchase_declined,
        PurchaseDelayed: purchase_delayed,
        SeatsAutoAdded: seats_auto_added,
        AutoAddLimitNear: auto_add_limit_near,
        ReductionNear: reduction_near,
        ReductionMade: reduction_made,
        ReductionMissed: reduction_missed,
        StripeTimedOut: stripe_timed_out,
        Settled: settled,
        ProrationsLost: prorations_lost,
        PaymentAwaited: payment_awaited,
        CycleSwitched: cycle_switched,
        PaymentLapsed: payment_lapsed,
        SeatsAdjusted: seats_adjusted,
        PaymentFailed: payment_failed,
        AutoAddResumed: auto_add_resumed,
        SubscriptionChanged: subscription_changed,
        EditOverwritten: edit_overwritten,
        EndScheduled: end_scheduled,
        EndTakenBack: end_taken_back,
        EndNear: end_near,
        PaymentReversed: payment_reversed,
        SubscriptionEnded: subscription_ended,
        Frozen: frozen,
        Thawed: thawed,
        CodesLimited: codes_limited,
        SignedIn: signed_in,
        MembersAgencyParked: agency_parked,
        SeatsAgencyParked: agency_parked,
        BillingAgencyParked: agency_parked,
        GatewayAgencyParked: agency_parked,
    },
)
