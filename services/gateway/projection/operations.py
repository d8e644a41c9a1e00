"""From outcomes to operations: a message that changes no row, but ends the operation of a request that waits for it."""

from __future__ import annotations

from uuid import UUID

from chassis.actor import ActorContext
from contracts.billing import CycleSwitched, PortalOpened
from contracts.billing_quotes import Quoted, QuoteRejected
from contracts.members import BlockedLetIn, SignUpRejected
from contracts.members_invitations import Reinvited
from contracts.message import CommandRejected
from contracts.rejection_base import FiguresJson
from contracts.seats_purchases import PaymentRetried, SeatsAdjusted
from contracts.seats_simulations import LoginsSimulated
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.changes import AgencyChanges, OperationEnd


def sign_up_rejected(changes: AgencyChanges, event: SignUpRejected, ctx: ActorContext) -> None:
    """End the operation as a sign-up that succeeded: the response must not reveal that the address is known."""
    changes.operation_done(ctx.correlation_id, event)


def reinvited(changes: AgencyChanges, event: Reinvited, ctx: ActorContext) -> None:
    """End the operation with a result that says what became of each member. Each has an Invited event as well."""
    rejections = [
        {"member_id": str(rejection.member_id), "code": rejection.code, "figures": rejection.figures.as_json()}
        for rejection in event.rejected
    ]
    result = {"done": [str(member_id) for member_id in event.done], "refused": rejections}
    figures: FiguresJson = {"member_id": str(event.done[0])} if len(event.done) == 1 else {}
    changes.ends.append(
        OperationEnd(ctx.correlation_id, event.type, OperationState.DONE, figures=figures, result=result)
    )


def portal_opened(changes: AgencyChanges, reply: PortalOpened, ctx: ActorContext) -> None:
    """Keep the billing portal's address, sealed, until the caller fetches it."""
    changes.ends.append(OperationEnd(ctx.correlation_id, reply.type, OperationState.DONE, sealed=reply.sealed))


def quoted(changes: AgencyChanges, reply: Quoted, ctx: ActorContext) -> None:
    """Keep the preview as the operation's result."""
    changes.operation_done_with(ctx.correlation_id, reply)


def logins_simulated(changes: AgencyChanges, reply: LoginsSimulated, ctx: ActorContext) -> None:
    """Keep the dry run as the operation's result."""
    changes.operation_done_with(ctx.correlation_id, reply)


def quote_rejected(changes: AgencyChanges, reply: QuoteRejected, ctx: ActorContext) -> None:
    """End the operation without a preview."""
    changes.operation_rejected(ctx.correlation_id, reply, reply.code, reply.figures)


def money_changed(
    changes: AgencyChanges, event: SeatsAdjusted | BlockedLetIn | CycleSwitched | PaymentRetried, ctx: ActorContext
) -> None:
    """Keep the event as the operation's result. Other events carry what it changed."""
    changes.operation_done_with(ctx.correlation_id, event)


def command_rejected(changes: AgencyChanges, event: CommandRejected, _ctx: ActorContext) -> None:
    """End the operation of the command that the event names.

    A command that followed from ours has another id: its rejection does not end our operation.
    """
    changes.operation_rejected(UUID(event.command_id), event, event.code, event.figures)
