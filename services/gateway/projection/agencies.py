"""From events to the agency's own row: its account, its seats, Auto-Add, the BAA, the name and the auto-join domain.

An event that is the outcome of a command also ends the operation that waits for it.
"""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.auto_add_limits import AutoAddLimit, AutoAddLimitsSet
from contracts.billing import AccountOpened
from contracts.gateway import IdleSeatsCounted
from contracts.members_agencies import (
    AgencyFounded,
    AgencyRejected,
    AgencyRenamed,
    BaaOutdated,
    BaaSigned,
    DomainChanged,
)
from contracts.message import AgencyParked, AgencyResumed
from contracts.moving_line import MovingLineSet
from contracts.policy_vocabulary import own_policies
from contracts.seat_policies import SeatPoliciesSet
from contracts.seats import AutoAddSet, CapacityChanged, StepUpSet
from contracts.vocabulary import BaaStage, MemberStatus, Role
from services.gateway.domain.auto_add_limits import Limit, Limits
from services.gateway.domain.large_change import Size
from services.gateway.model.agency import SignAgain
from services.gateway.model.changes import AgencyChanges, Capacity, NewMember


def agency_founded(changes: AgencyChanges, event: AgencyFounded, ctx: ActorContext) -> None:
    """Add the agency and its first admin. The account is not open yet."""
    changes.founded = event
    changes.parts.add("agency")
    admin = changes.member(event.admin_id)
    admin.new = NewMember(event.admin_email, event.admin_name, Role.ADMIN, event.admin_seat_type)
    admin.status = MemberStatus.PENDING_LOGIN
    changes.at = ctx.now


def agency_rejected(changes: AgencyChanges, event: AgencyRejected, ctx: ActorContext) -> None:
    """Delete the agency: members or billing did not accept it."""
    changes.gone = True
    changes.operation_rejected(ctx.correlation_id, event, event.code, event.figures)


def account_opened(changes: AgencyChanges, event: AccountOpened, ctx: ActorContext) -> None:
    """Open the agency, with the seats that it purchased."""
    changes.opened = True
    changes.purchased = event.purchased
    changes.parts.update(("agency", "seats"))
    changes.at = ctx.now


def capacity_changed(changes: AgencyChanges, event: CapacityChanged, ctx: ActorContext) -> None:
    """Keep the seats' figures: purchased, incoming, waiting, unsettled, and why buying is paused or frozen."""
    changes.capacity = Capacity(
        purchased=event.purchased,
        incoming=event.incoming,
        waiting=event.waiting,
        paused=event.paused,
        unsettled=event.unsettled,
        frozen=event.frozen,
        fault=event.fault,
        declined=event.declined,
        decline_code=event.decline_code,
        owed=event.owed,
    )
    changes.parts.add("seats")
    changes.at = ctx.now


def auto_add_set(changes: AgencyChanges, event: AutoAddSet, ctx: ActorContext) -> None:
    """Switch Auto-Add ON or OFF."""
    changes.auto_add = event.enabled
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def auto_add_limits_set(changes: AgencyChanges, event: AutoAddLimitsSet, ctx: ActorContext) -> None:
    """Keep the limits of Auto-Add."""
    changes.limits = Limits(_limit(event.base), _limit(event.voice))
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def seat_policies_set(changes: AgencyChanges, event: SeatPoliciesSet, ctx: ActorContext) -> None:
    """Keep the policies that seat types have beside the switch. Another event switches Auto-Add."""
    changes.policies = own_policies(event.base, event.voice)
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def moving_line_set(changes: AgencyChanges, event: MovingLineSet, ctx: ActorContext) -> None:
    """Keep whether free seats go to Blocked members by themselves."""
    changes.moving_line = event.enabled
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def _limit(limit: AutoAddLimit) -> Limit:
    return Limit(limit.seats, limit.month_seats, limit.month_amount)


def step_up_set(changes: AgencyChanges, event: StepUpSet, ctx: ActorContext) -> None:
    """Keep the size above which a change needs a fresh code."""
    changes.step_up = Size(event.seats, event.amount)
    changes.parts.add("agency")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def baa_signed(changes: AgencyChanges, event: BaaSigned, ctx: ActorContext) -> None:
    """Keep the signature: the actions that need the BAA are open."""
    changes.baa = event
    changes.sign_again = SignAgain()
    changes.parts.update(("agency", "seats"))
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def baa_outdated(changes: AgencyChanges, event: BaaOutdated, ctx: ActorContext) -> None:
    """Keep by when a new version of the BAA is to be signed, and whether that is over."""
    changes.sign_again = SignAgain(event.sign_by, lapsed=event.stage is BaaStage.LAPSED)
    changes.parts.update(("agency", "seats"))
    changes.at = ctx.now


def domain_changed(changes: AgencyChanges, event: DomainChanged, ctx: ActorContext) -> None:
    """Let addresses of the new auto-join domain sign up."""
    changes.domain = event.domain
    changes.parts.add("agency")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def agency_renamed(changes: AgencyChanges, event: AgencyRenamed, ctx: ActorContext) -> None:
    """Show the new name from now on."""
    changes.name = event.name
    changes.parts.add("agency")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def agency_parked(changes: AgencyChanges, event: AgencyParked, ctx: ActorContext) -> None:
    """Record what holds the agency back."""
    changes.parked[_cause(event)] = True
    changes.parts.add("agency")
    changes.at = ctx.now


def agency_resumed(changes: AgencyChanges, event: AgencyResumed, ctx: ActorContext) -> None:
    """Record what holds the agency back no more."""
    changes.parked[_cause(event)] = False
    changes.parts.add("agency")
    changes.at = ctx.now


def _cause(event: AgencyParked | AgencyResumed) -> str:
    """A service that cannot handle a message, or the bus that refuses one of the service: either may end alone."""
    owner = type(event).owner.value
    return f"{owner}/refused" if event.refused else owner


def idle_seats_counted(changes: AgencyChanges, _event: IdleSeatsCounted, ctx: ActorContext) -> None:
    """Record that this month's idle seats are counted."""
    changes.idle_counted_at = ctx.published_at
