"""The state of a write, for the caller that started it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from contracts.auto_add_limits import SetAutoAddLimits
from contracts.billing import CancelChange, OpenPortal, QuoteCycle, QuoteSeats, SwitchCycle
from contracts.members import ChangeRole, CorrectDetails, LetIn, RecordLogin, UndoRemoval
from contracts.members_agencies import AddAdmin, FoundAgency, RenameAgency, SetDomain, SignBaa
from contracts.members_invitations import AcceptInvite, Invite, Reinvite
from contracts.members_requests import Approve, Decline
from contracts.moving_line import SetMovingLine
from contracts.scheduled_reductions import ScheduleReduction, TakeBackReduction
from contracts.seat_policies import SetSeatPolicies
from contracts.seats import Exchange, SeatsExchanged, SetAutoAdd, SetStepUp, Swap
from contracts.seats_purchases import Adjust, RetryPayment
from contracts.vocabulary import RejectionCode
from services.gateway.api.openapi import SESSION, problems
from services.gateway.api.presenters.agencies import admin_added_out, agency_out
from services.gateway.api.presenters.auto_add_limits import limits_out
from services.gateway.api.presenters.awaited_payments import payment_out
from services.gateway.api.presenters.baa import baa_out
from services.gateway.api.presenters.billing import adjusted_out, canceled_out, cycle_out, quote_out, retried_out
from services.gateway.api.presenters.letting_in import let_in_result
from services.gateway.api.presenters.members import exchanged_out, member_row, reinvited_out
from services.gateway.api.presenters.reductions import reduction_out
from services.gateway.api.presenters.seat_policies import policies_out
from services.gateway.api.presenters.seats import auto_add_out
from services.gateway.api.presenters.sign_in import me_out
from services.gateway.api.problems import details
from services.gateway.api.request import App, CallerOf, IsOperator, written
from services.gateway.api.schemas.agencies import AdminAddedOut, AgencyOut
from services.gateway.api.schemas.auto_add_limits import AutoAddLimitsOut
from services.gateway.api.schemas.awaited_payments import AwaitedPaymentOut
from services.gateway.api.schemas.baa import SignatureOut
from services.gateway.api.schemas.billing import AdjustedOut, CanceledOut, CycleOut, PortalOut, QuoteOut, RetriedOut
from services.gateway.api.schemas.letting_in import LetInOut
from services.gateway.api.schemas.members import ExchangedOut, MemberRow, ReinvitedOut
from services.gateway.api.schemas.operations import OperationOut
from services.gateway.api.schemas.reductions import ReductionOut
from services.gateway.api.schemas.seat_policies import MovingLineOut, SeatPoliciesOut
from services.gateway.api.schemas.seats import AutoAddOut, DomainOut, NameOut, StepUpOut
from services.gateway.api.schemas.sign_in import MeOut
from services.gateway.application.gateway import Gateway
from services.gateway.application.invitations import ONE_REINVITED, of_one_member
from services.gateway.application.step_up import has_rights
from services.gateway.domain.idempotency import OperationState
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation

router = APIRouter(tags=["Operations"])


@router.get(
    "/operations/{operation_id}",
    response_model=OperationOut,
    openapi_extra={"security": [*SESSION, {}]},
    responses=problems(RejectionCode.UNKNOWN_OPERATION, RejectionCode.INVALID_REQUEST),
)
async def read_operation(operation_id: UUID, app: App, caller: CallerOf, operator: IsOperator) -> Response:
    """The state of a write: running, done with its result, or refused with its problem. Kept seven days."""
    operation = of_one_member(await app.operation(operation_id, caller, operator=operator))
    result, problem, payment = None, None, None
    match operation.state:
        case OperationState.DONE:
            result = await _result(app, operation, await app.callers.principal(caller))
        case OperationState.REJECTED:
            problem = details(operation.code or RejectionCode.INTERNAL_ERROR, operation.figures)
        case OperationState.RUNNING:
            payment = await _payment(app, operation, await app.callers.principal(caller))
    shown = OperationOut(id=operation.id, state=operation.state.value, result=result, problem=problem, payment=payment)
    return written(shown)


async def _payment(app: Gateway, operation: Operation, principal: Principal | None) -> AwaitedPaymentOut | None:
    """The payment that the change waits for, for a caller who may see money."""
    if not operation.awaits_payment or principal is None or not has_rights(principal, Need.BILLING):
        return None
    return payment_out(await app.stripe_pages.awaited_payment(principal))


async def _result(app: Gateway, operation: Operation, principal: Principal | None) -> dict[str, object]:
    """The body that the write itself would have returned; a secret only while no response has carried it.

    Only an admin sees the result of an admin's write. A caller whose admin rights are gone sees that it is over.
    """
    need, present = _RESULTS.get(operation.kind, (Need.ADMIN, _nothing))
    if need is not None and (principal is None or not has_rights(principal, need)):
        return {}
    shown = await present(app, operation, principal)
    return {} if shown is None else shown.model_dump(mode="json", by_alias=True)


async def _nothing(_app: Gateway, _operation: Operation, _who: Principal | None) -> None:
    return None


async def _portal(app: Gateway, operation: Operation, _who: Principal | None) -> PortalOut | None:
    return None if operation.sealed is None else PortalOut(url=await app.stripe_pages.portal_url(operation))


async def _opened(app: Gateway, operation: Operation, _who: Principal | None) -> AgencyOut | None:
    person = None if operation.member_id is None else await app.directory.person(operation.member_id)
    return None if person is None else agency_out(person)


async def _signed_in(app: Gateway, operation: Operation, _who: Principal | None) -> MeOut | None:
    person = None if operation.member_id is None else await app.directory.person(operation.member_id)
    return None if person is None else me_out(person)


async def _admin_added(app: Gateway, operation: Operation, _who: Principal | None) -> AdminAddedOut | None:
    person = await app.directory.person(UUID(str(operation.figures["member_id"])))
    return None if person is None else admin_added_out(operation, person)


async def _auto_add(app: Gateway, _operation: Operation, principal: Principal | None) -> AutoAddOut | None:
    return None if principal is None else auto_add_out(await app.seats(principal))


async def _signature(app: Gateway, _operation: Operation, principal: Principal | None) -> SignatureOut | None:
    return None if principal is None else baa_out(await app.agreements.of_agency(principal)).signature


async def _domain(_app: Gateway, _operation: Operation, principal: Principal | None) -> DomainOut | None:
    return None if principal is None else DomainOut(domain=principal.agency.domain)


async def _name(_app: Gateway, _operation: Operation, principal: Principal | None) -> NameOut | None:
    return None if principal is None else NameOut(name=principal.agency.name)


async def _step_up(_app: Gateway, _operation: Operation, principal: Principal | None) -> StepUpOut | None:
    return None if principal is None else StepUpOut.model_validate(principal.agency.step_up)


async def _limits(app: Gateway, _operation: Operation, principal: Principal | None) -> AutoAddLimitsOut | None:
    return None if principal is None else limits_out((await app.auto_add_limits.in_use(principal)).limits)


async def _reduction(app: Gateway, _operation: Operation, principal: Principal | None) -> ReductionOut | None:
    return None if principal is None else reduction_out(await app.reductions.scheduled(principal))


async def _policies(app: Gateway, _operation: Operation, principal: Principal | None) -> SeatPoliciesOut | None:
    if principal is None:
        return None
    base, voice = await app.seat_policies.in_use(principal)
    return policies_out(base.policy, voice.policy)


async def _moving_line(_app: Gateway, _operation: Operation, principal: Principal | None) -> MovingLineOut | None:
    return None if principal is None else MovingLineOut(enabled=principal.agency.moving_line)


async def _row(app: Gateway, operation: Operation, principal: Principal | None) -> MemberRow | None:
    changed = None if principal is None else await app.directory.subject(principal, operation)
    return None if changed is None else member_row(changed)


async def _exchanged(app: Gateway, operation: Operation, principal: Principal | None) -> ExchangedOut | None:
    moves = {move.member_id: move.seat_type for move in SeatsExchanged.model_validate(operation.result).moves}
    if principal is None:
        return None
    return exchanged_out(await app.directory.members_shown(principal, list(moves)), moves)


async def _reinvited(_app: Gateway, operation: Operation, _who: Principal | None) -> ReinvitedOut:
    return reinvited_out(operation)


async def _quote(_app: Gateway, operation: Operation, _who: Principal | None) -> QuoteOut:
    return quote_out(operation)


async def _adjusted(app: Gateway, operation: Operation, principal: Principal | None) -> AdjustedOut | None:
    return None if principal is None else adjusted_out(operation, await app.seats(principal))


async def _let_in(_app: Gateway, operation: Operation, _who: Principal | None) -> LetInOut:
    return let_in_result(operation)


async def _switched(_app: Gateway, operation: Operation, _who: Principal | None) -> CycleOut:
    return cycle_out(operation)


async def _canceled(_app: Gateway, operation: Operation, _who: Principal | None) -> CanceledOut:
    return canceled_out(operation)


async def _retried(app: Gateway, operation: Operation, principal: Principal | None) -> RetriedOut | None:
    return None if principal is None else retried_out(operation, await app.seats(principal))


_RESULTS: Mapping[
    str, tuple[Need | None, Callable[[Gateway, Operation, Principal | None], Awaitable[BaseModel | None]]]
] = {
    FoundAgency.type: (None, _opened),
    AddAdmin.type: (None, _admin_added),
    RecordLogin.type: (None, _signed_in),
    AcceptInvite.type: (None, _signed_in),
    SignBaa.type: (Need.ADMIN, _signature),
    SetDomain.type: (Need.ADMIN, _domain),
    RenameAgency.type: (Need.ADMIN, _name),
    SetStepUp.type: (Need.ADMIN, _step_up),
    SetAutoAddLimits.type: (Need.BILLING, _limits),
    SetSeatPolicies.type: (Need.BILLING, _policies),
    SetMovingLine.type: (Need.ADMIN, _moving_line),
    Invite.type: (Need.MEMBERS, _row),
    ONE_REINVITED: (Need.MEMBERS, _row),
    Reinvite.type: (Need.MEMBERS, _reinvited),
    ChangeRole.type: (Need.ADMIN, _row),
    CorrectDetails.type: (Need.MEMBERS, _row),
    UndoRemoval.type: (Need.MEMBERS, _row),
    Approve.type: (Need.MEMBERS, _row),
    Decline.type: (Need.MEMBERS, _row),
    Swap.type: (Need.MEMBERS, _row),
    Exchange.type: (Need.MEMBERS, _exchanged),
    SetAutoAdd.type: (Need.BILLING, _auto_add),
    OpenPortal.type: (Need.BILLING, _portal),
    QuoteSeats.type: (Need.BILLING, _quote),
    QuoteCycle.type: (Need.BILLING, _quote),
    Adjust.type: (Need.BILLING, _adjusted),
    LetIn.type: (Need.BILLING, _let_in),
    SwitchCycle.type: (Need.BILLING, _switched),
    RetryPayment.type: (Need.BILLING, _retried),
    CancelChange.type: (Need.BILLING, _canceled),
    ScheduleReduction.type: (Need.BILLING, _reduction),
    TakeBackReduction.type: (Need.BILLING, _reduction),
}
"""By kind of operation, the need of its call and the body of its answer. None: any caller that started it sees it."""
