"""Requests of one moment: they share a transaction and its rows, and no request suffers from another one's fault."""

from uuid import uuid4

from chassis.actor import ActorContext, LocalCommand
from contracts.gateway import ApiKeyCreated
from contracts.vocabulary import ANYONE, KeyScope, member
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.api_keys import NewKey
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.model.requests import ApiKeyRequest
from tests.support.gateway_harness import GatewayHarness


def key_request(front: GatewayHarness, name: str, *, rejects: bool = False) -> tuple[ApiKeyRequest, LocalCommand]:
    """A request that makes an API key, and its local command. Requests of one name have one `Idempotency-Key`."""
    operation = Operation(
        id=front.agency_id if name == "shared" else uuid4(),
        agency_id=front.agency_id,
        caller=str(member(front.admin_id)),
        kind="make",
        fingerprint=b"same",
        secret=True,
        state=OperationState.DONE,
        member_id=front.admin_id,
    )
    request = ApiKeyRequest(operation=operation, member_id=front.admin_id)

    def decide(changes: AgencyChanges, ctx: ActorContext) -> Operation | RejectedError | None:
        if (earlier := request.begin()) is not None:
            return earlier
        if rejects:
            request.withdraw()
            return RejectedError("no")
        row = NewKey(
            id=ctx.new_id(),
            agency_id=front.agency_id,
            member_id=front.admin_id,
            name=name,
            secret_hash=ctx.id.bytes,
            scopes=(KeyScope.READ,),
            created_at=ctx.now,
            expires_at=ctx.now,
        )
        changes.api_keys.make(row)
        ctx.publish(ApiKeyCreated(key_id=row.id, name=name))
        return None

    return request, LocalCommand(front.agency_id, request, decide, ANYONE, uuid4(), operation.id)


async def counts(front: GatewayHarness) -> tuple[int, int]:
    """How many API keys and how many operations are stored."""
    pool = front.service.pool
    return await pool.fetchval("SELECT count(*) FROM api_keys"), await pool.fetchval("SELECT count(*) FROM operations")


async def test_a_request_is_decided_again_on_fresh_rows_when_another_request_of_its_batch_fails(
    front: GatewayHarness,
) -> None:
    await front.agency()
    request, make = key_request(front, "Payroll")

    def fail(_changes: AgencyChanges, _ctx: ActorContext) -> None:
        raise ZeroDivisionError

    _, failing = key_request(front, "Broken")
    broken = LocalCommand(failing.agency_id, failing.input, fail, ANYONE, failing.id, failing.correlation_id)
    result, fault = await front.service.runtime.execute([make, broken])
    assert (result, type(fault)) == (None, ZeroDivisionError)
    assert request.begun
    assert await counts(front) == (1, 1), "one key, and no operation of the request that failed"


async def test_two_requests_of_one_moment_with_one_key_begin_one_operation(front: GatewayHarness) -> None:
    await front.agency()
    (first, make), (second, again) = key_request(front, "shared"), key_request(front, "shared")
    assert await front.service.runtime.execute([make, again]) == [None, first.operation]
    assert (first.begun, second.begun) == (True, False)
    assert await counts(front) == (1, 1)


async def test_a_key_whose_first_request_is_rejected_is_good_for_the_second_of_the_same_moment(
    front: GatewayHarness,
) -> None:
    await front.agency()
    (_, reject), (second, make) = key_request(front, "shared", rejects=True), key_request(front, "shared")
    rejection, result = await front.service.runtime.execute([reject, make])
    assert (type(rejection), result) == (RejectedError, None)
    assert second.begun
    assert await counts(front) == (1, 1), "the operation that began is kept"
