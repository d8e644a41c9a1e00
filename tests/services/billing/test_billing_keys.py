"""Under which idempotency key an update goes again: the same one, until Stripe is known to have kept a fault for it."""

from tests.services.billing.conftest import Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"


async def keys_sent(billing: Billing) -> list[str]:
    sent = await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")
    return [request["idempotencyKey"] for request in sent]


async def test_a_fault_that_stripe_did_not_keep_is_tried_again_under_the_same_key(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="503", times=2)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.persist()
    assert await keys_sent(billing) == [str(command_id)] * 3


async def test_after_a_fault_that_stripe_keeps_another_key_is_used(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="500")
    command_id = await billing.command((2, 1), (3, 1))
    await billing.persist()
    first, replayed, fresh = await keys_sent(billing)
    assert first == replayed == str(command_id)
    assert fresh != first
    assert fresh.startswith(str(command_id))
