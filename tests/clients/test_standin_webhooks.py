"""Webhooks: signed as by Stripe, sent for every change until acknowledged, with faults on demand."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, NEW_YEAR, SECRET, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change


async def spoil(standin: StandIn, **order: object) -> None:
    (await standin.control.post("/_control/webhooks", json=order)).raise_for_status()


async def test_a_change_sends_an_event_whose_signature_stripes_sdk_verifies(standin: StandIn, agency: Agency) -> None:
    """The receiver verifies each body with `stripe.Webhook.construct_event` before it keeps the event."""
    await change(standin, agency, base=3, voice=1)
    (updated,) = await standin.webhooks.until("customer.subscription.updated")
    assert updated["data"]["object"]["id"] == agency.subscription
    assert [item["quantity"] for item in updated["data"]["object"]["items"]["data"]] == [3, 1]
    assert [item["quantity"] for item in updated["data"]["previous_attributes"]["items"]["data"]] == [2, 1]
    assert updated["api_version"] == "2026-08-26.dahlia"


async def test_a_wrong_secret_does_not_verify(standin: StandIn, agency: Agency) -> None:
    from deploy.local.stripe_standin.webhooks import signature

    body = b'{"id": "evt_1", "object": "event"}'
    at = 1_900_000_000
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature("whsec_other", body, at), SECRET)


async def test_an_opened_account_emits_all_its_events(standin: StandIn, agency: Agency) -> None:
    await standin.webhooks.until("customer.subscription.created")
    await standin.webhooks.until("invoice.paid")
    types = {event.type for event in (await standin.stripe.v1.events.list_async({"limit": 100})).data}
    assert {
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
    } <= types


async def test_an_event_has_its_requests_idempotency_key_and_none_for_a_dashboard_edit(
    standin: StandIn, agency: Agency
) -> None:
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.base, "quantity": 3}]}, {"idempotency_key": "op-7"}
    )
    (ours,) = await standin.webhooks.until("customer.subscription.updated")
    assert ours["request"]["idempotency_key"] == "op-7"
    edited = await standin.control.post(
        f"/_control/dashboard/subscriptions/{agency.subscription}", json={"base": 1, "voice": 4}
    )
    edited.raise_for_status()
    assert await quantities(standin, agency) == [1, 4]
    *_, theirs = await standin.webhooks.until("customer.subscription.updated", 2)
    assert theirs["request"] == {"id": None, "idempotency_key": None}


async def test_the_dashboard_can_cancel(standin: StandIn, agency: Agency) -> None:
    await standin.control.post(f"/_control/dashboard/subscriptions/{agency.subscription}", json={"cancel": True})
    (gone,) = await standin.webhooks.until("customer.subscription.deleted")
    assert gone["data"]["object"]["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await change(standin, agency, base=3, voice=1)


async def test_a_good_card_is_attached_with_an_event_and_a_failing_card_makes_none(
    standin: StandIn, agency: Agency
) -> None:
    await standin.webhooks.until("payment_method.attached")
    await standin.card(agency.customer, "declining")
    await standin.card(agency.customer, "good")
    attached = await standin.webhooks.until("payment_method.attached", 2)
    assert len(attached) == 2
    updated = await standin.webhooks.until("customer.updated")
    assert (
        updated[-1]["data"]["object"]["invoice_settings"]["default_payment_method"]
        == attached[1]["data"]["object"]["id"]
    )
    await change(standin, agency, base=3, voice=1)


async def test_a_declined_renewal_emits_its_events(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + 3600)
    (failed,) = await standin.webhooks.until("invoice.payment_failed")
    assert failed["data"]["object"]["amount_remaining"] == 11997


async def test_an_event_that_is_not_acknowledged_is_sent_again(standin: StandIn) -> None:
    standin.webhooks.statuses += [500, 500]
    await standin.stripe.v1.customers.create_async({"name": "A"})
    (created,) = await standin.webhooks.until("customer.created")
    assert standin.webhooks.attempts == 3
    held = await standin.stripe.v1.events.retrieve_async(created["id"])
    while held.pending_webhooks:
        held = await standin.stripe.v1.events.retrieve_async(created["id"])


async def test_events_are_sent_twice_with_the_duplicate_fault(standin: StandIn) -> None:
    await spoil(standin, duplicate=1)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    first, second = await standin.webhooks.until("customer.created", 2)
    assert first["id"] == second["id"]
    await standin.stripe.v1.customers.create_async({"name": "B"})
    await standin.webhooks.until("customer.created", 3)


async def test_dropped_events_are_listed_and_can_be_sent_again(standin: StandIn) -> None:
    await spoil(standin, drop=1)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    await standin.stripe.v1.customers.create_async({"name": "B"})
    (delivered,) = await standin.webhooks.until("customer.created")
    assert delivered["data"]["object"]["name"] == "B"
    listed = (await standin.stripe.v1.events.list_async({"type": "customer.created"})).data
    assert [event.data.object["name"] for event in listed] == ["B", "A"]
    await spoil(standin, resend=listed[1].id)
    await standin.webhooks.until("customer.created", 2)


async def test_events_are_sent_out_of_order_with_the_reorder_fault(standin: StandIn, agency: Agency) -> None:
    await standin.webhooks.until("customer.subscription.created")
    await spoil(standin, reorder=True)
    await change(standin, agency, base=3, voice=1)
    await standin.webhooks.until("customer.subscription.updated")
    await standin.webhooks.until("invoice.created", 2)
    types = standin.webhooks.types()
    last = len(types) - 1 - types[::-1].index("invoice.created")
    assert types.index("customer.subscription.updated") < last


async def test_events_are_sent_late_with_a_delay(standin: StandIn) -> None:
    await spoil(standin, delaySeconds=0.2)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    assert standin.webhooks.events == []
    await standin.webhooks.until("customer.created")


async def test_the_event_list_filters_by_kind_and_time(standin: StandIn, agency: Agency) -> None:
    await standin.advance(DAY)
    await change(standin, agency, base=3, voice=1)
    late = await standin.stripe.v1.events.list_async(
        {"types": ["customer.subscription.*"], "created": {"gte": NEW_YEAR + 1}}
    )
    assert [event.type for event in late.data] == ["customer.subscription.updated"]


async def test_the_event_list_is_paged_and_has_the_keys_of_the_requests(standin: StandIn, agency: Agency) -> None:
    for number in range(3):
        await standin.stripe.v1.customers.update_async(
            agency.customer, {"name": f"Clinic {number}"}, {"idempotency_key": f"op-{number}"}
        )
    kinds = ["customer.updated", "customer.created"]
    first = await standin.stripe.v1.events.list_async({"types": kinds, "limit": 3})
    rest = await standin.stripe.v1.events.list_async({"types": kinds, "starting_after": first.data[-1].id})
    assert (first.has_more, rest.has_more) == (True, False)
    # `event.request` is a method of the SDK's object, so the item is read instead.
    assert [event["request"]["idempotency_key"] for event in first.data] == ["op-2", "op-1", "op-0"]
    assert [event.type for event in rest.data] == ["customer.created"]


async def test_the_event_list_goes_back_thirty_days(standin: StandIn) -> None:
    await standin.stripe.v1.customers.create_async({"name": "A"})
    await standin.advance(DAY)
    await standin.stripe.v1.customers.create_async({"name": "B"})
    await standin.advance(29 * DAY)
    listed = (await standin.stripe.v1.events.list_async({"type": "customer.created"})).data
    assert [event.data.object["name"] for event in listed] == ["B"]
