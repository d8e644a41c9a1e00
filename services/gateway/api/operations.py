"""How far a write has come, for who started it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from contracts.billing import OpenPortal
from contracts.members import ChangeRole, FoundAgency, RecordLogin, SignBaa
from contracts.seats import SetAutoAdd
from contracts.vocabulary import Refusal
from services.gateway.api import answers
from services.gateway.api.openapi import SESSION, problems
from services.gateway.api.problems import details
from services.gateway.api.request import App, AskerOf, bearer_of, written
from services.gateway.api.wire import OperationOut, PortalOut
from services.gateway.application.gateway import Gateway
from services.gateway.domain.idempotency import OperationState
from services.gateway.state import Operation
from services.gateway.store_reading import Principal

router = APIRouter(tags=["Operations"])


@router.get(
    "/operations/{operation_id}",
    response_model=OperationOut,
    openapi_extra={"security": [*SESSION, {}]},
    responses=problems(Refusal.UNKNOWN_OPERATION, Refusal.INVALID_REQUEST),
)
async def read_operation(operation_id: UUID, request: Request, app: App, asker: AskerOf) -> Response:
    """The state of a write: running, done with its result, or refused with its problem. Kept seven days."""
    operation = await app.operation(operation_id, asker, operator=app.is_operator(bearer_of(request)))
    result, problem = None, None
    match operation.state:
        case OperationState.DONE:
            result = await _result(app, operation, await app.sign_in.principal(asker.session))
        case OperationState.REFUSED:
            problem = details(operation.code or Refusal.INTERNAL_ERROR, operation.figures)
        case OperationState.RUNNING:
            pass
    return written(OperationOut(id=operation.id, state=operation.state.value, result=result, problem=problem))


async def _result(app: Gateway, operation: Operation, who: Principal | None) -> dict[str, object]:
    """What the write itself would have answered; a secret only as long as nobody has been given it."""
    shown: BaseModel | None = None
    if operation.kind == OpenPortal.type and operation.sealed is not None:
        shown = PortalOut(url=await app.portal_url(operation))
    elif operation.kind in {FoundAgency.type, RecordLogin.type} and operation.member_id is not None:
        person = await app.person(operation.member_id)
        opening = operation.kind == FoundAgency.type
        shown = None if person is None else answers.opened(person) if opening else answers.me(person)
    elif operation.kind == SetAutoAdd.type and who is not None:
        shown = answers.auto_add(await app.seats(who))
    elif operation.kind == SignBaa.type and who is not None:
        shown = answers.baa(await app.baa(who)).signature
    elif operation.kind == ChangeRole.type and who is not None:
        changed = await app.member(who, UUID(str(operation.figures["member_id"])))
        shown = None if changed is None else answers.row(changed)
    return {} if shown is None else shown.model_dump(mode="json", by_alias=True)
