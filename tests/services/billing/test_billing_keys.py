"""An update is retried under the same idempotency key until Stripe is known to keep a fault for that key."""

from tests.services.billing.conftest import Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"


async def keys_sent(billing: Billing) -> list[str]:
    sent = await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")
    return [request["idempotencyKey"] for request in sent]


async def test_a_fault_that_stripe_did_not_keep_is_retried_under_the_same_key(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="503", times=2)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.persist()
    assert await keys_sent(billing) == [str(command_id)] * 3


async def test_a_fault_that_stripe_keeps_is_retried_under_another_key(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="500")
    command_id = await billing.command((2, 1), (3, 1))
    await billing.persist()
    first, replayed, fresh = await keys_sent(billing)
    assert first == replayed == str(command_id)
    assert fresh != first
    assert fresh.startswith(str(command_id))
