"""The handlers of seats for a reduction that waits for the renewal: scheduled, taken back, and made right before it."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import billing
from contracts import scheduled_reductions as messages
from contracts.message import Event, Seats
from contracts.vocabulary import STRIPE
from services.seats.domain import scheduled_reduction as rule
from services.seats.domain.adjust_seats import Reject
from services.seats.domain.reduction import Reduction, Target
from services.seats.state import Seats as State
from services.seats.tasks import REDUCTION_DUE, ReductionDue


def on_schedule_reduction(state: State, command: messages.ScheduleReduction, ctx: ActorContext) -> None:
    """Keep the reduction for the renewal, in place of the one that was scheduled before."""
    match rule.schedule_reduction(state.ledger, command.after.quantities(), command.renews_at, ctx.id, ctx.actor):
        case rule.Scheduled(ledger, reduction, before):
            state.ledger = ledger
            scheduled = messages.ReductionScheduled(
                at=reduction.at, to=_to(reduction.to), before=None if before is None else _to(before.to)
            )
            ctx.publish(scheduled)
            follow_reduction(state, ctx)
        case Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_take_back_reduction(state: State, command: messages.TakeBackReduction, ctx: ActorContext) -> None:  # noqa: ARG001  the command has no fields
    """Reduce nothing at the renewal."""
    match rule.take_back_reduction(state.ledger):
        case rule.TakenBack(ledger, reduction):
            state.ledger = ledger
            ctx.cancel(REDUCTION_DUE)
            ctx.publish(messages.ReductionTakenBack(at=reduction.at, to=_to(reduction.to)))
        case Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_reduction_due(state: State, due: ReductionDue, ctx: ActorContext) -> None:  # noqa: ARG001  the payload is empty
    """Do what the scheduled reduction needs now."""
    follow_reduction(state, ctx)


def follow_reduction(state: State, ctx: ActorContext) -> None:
    """Take each step that the scheduled reduction needs now, and set its timer for the next one."""
    while _is_stepped(state, ctx):
        pass


def _is_stepped(state: State, ctx: ActorContext) -> bool:
    """Take one step. False if another one is not needed now."""
    match rule.next_step(state.ledger, ctx.now, ctx.new_id()):
        case rule.LookAt(at):
            ctx.task(REDUCTION_DUE, ReductionDue(), lane=REDUCTION_DUE, run_at=at, key=REDUCTION_DUE)
            return False
        case rule.Make(ledger, purchase):
            state.ledger = ledger
            before, after, request = Seats.of(purchase.before), Seats.of(purchase.after), purchase.request
            change = billing.SetQuantities(before=before, after=after, renewal=request.renewal if request else None)
            ctx.send(change, id=purchase.operation_id, actor=request.actor if request else None)
            return False
        case rule.Nothing():
            return False
        case step:
            state.ledger = step.ledger
            _publish(state, step, ctx)
            return isinstance(step, rule.Moved | rule.Short)


def _publish(
    state: State, step: rule.Short | rule.NothingLeft | rule.Missed | rule.Moved | rule.Ended, ctx: ActorContext
) -> None:
    reduction = step.reduction
    at, to = reduction.at, _to(reduction.to)
    purchased, active = Seats.of(state.ledger.purchased), Seats.of(state.ledger.active)
    match step:
        case rule.Short():
            after = Seats.of(rule.reduced(state.ledger, reduction.to))
            near = messages.ReductionNear(at=at, to=to, purchased=purchased, after=after, active=active)
            _publish_for(reduction, near, ctx)
        case rule.NothingLeft():
            made = messages.ReductionMade(at=at, to=to, before=purchased, after=purchased, active=active)
            _publish_for(reduction, made, ctx)
        case rule.Missed():
            _publish_for(reduction, messages.ReductionMissed(at=at, to=to, code=reduction.code), ctx)
        case rule.Moved():
            ctx.publish(messages.ReductionScheduled(at=at, to=to, before=to, moved=True), actor=STRIPE)
        case rule.Ended():
            ctx.cancel(REDUCTION_DUE)
            ctx.publish(messages.ReductionTakenBack(at=at, to=to, ended=True), actor=STRIPE)
        case never:
            assert_never(never)


def reduction_made(state: State, event: billing.QuantitiesSet, ctx: ActorContext) -> None:
    """End the scheduled reduction, which was made by this change at Stripe."""
    reduction = state.ledger.reduction
    if reduction is None:
        return
    state.ledger = rule.ended(state.ledger)
    made = messages.ReductionMade(
        at=reduction.at,
        to=_to(reduction.to),
        before=event.before,
        after=event.after,
        active=Seats.of(state.ledger.active),
        operation_id=event.operation_id,
        new_total=event.total,
        cycle=event.cycle,
        currency=event.currency,
    )
    _publish_for(reduction, made, ctx)


def _publish_for(reduction: Reduction, event: Event, ctx: ActorContext) -> None:
    """Publish an event of the reduction, under the command and in the name of the admin who scheduled it."""
    ctx.publish(event, correlation_id=reduction.command_id, actor=reduction.actor)


def _to(target: Target) -> messages.ReducedTo:
    return messages.ReducedTo(base=target.base, voice=target.voice)
