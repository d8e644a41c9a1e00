"""Events: signed as Stripe signs, said for every change, delivered until acknowledged, and spoilt on demand."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, NEW_YEAR, SECRET, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change


async def spoil(standin: StandIn, **order: object) -> None:
    (await standin.control.post("/_control/webhooks", json=order)).raise_for_status()


async def test_a_change_is_said_and_its_signature_holds_in_stripes_own_sdk(standin: StandIn, agency: Agency) -> None:
    """The mailbag verifies each body with `stripe.Webhook.construct_event` before it keeps the event."""
    await change(standin, agency, base=3, voice=1)
    (updated,) = await standin.mailbag.until("customer.subscription.updated")
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


async def test_an_opened_account_says_all_of_it(standin: StandIn, agency: Agency) -> None:
    await standin.mailbag.until("customer.subscription.created")
    await standin.mailbag.until("invoice.paid")
    said = {event.type for event in (await standin.stripe.v1.events.list_async({"limit": 100})).data}
    assert {
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
    } <= said


async def test_an_event_echoes_the_idempotency_key_and_a_hand_in_the_dashboard_has_none(
    standin: StandIn, agency: Agency
) -> None:
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.base, "quantity": 3}]}, {"idempotency_key": "op-7"}
    )
    (ours,) = await standin.mailbag.until("customer.subscription.updated")
    assert ours["request"]["idempotency_key"] == "op-7"
    edited = await standin.control.post(
        f"/_control/dashboard/subscriptions/{agency.subscription}", json={"base": 1, "voice": 4}
    )
    edited.raise_for_status()
    assert await quantities(standin, agency) == [1, 4]
    *_, theirs = await standin.mailbag.until("customer.subscription.updated", 2)
    assert theirs["request"] == {"id": None, "idempotency_key": None}


async def test_the_dashboard_can_cancel(standin: StandIn, agency: Agency) -> None:
    await standin.control.post(f"/_control/dashboard/subscriptions/{agency.subscription}", json={"cancel": True})
    (gone,) = await standin.mailbag.until("customer.subscription.deleted")
    assert gone["data"]["object"]["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await change(standin, agency, base=3, voice=1)


async def test_a_good_card_is_attached_and_said_and_a_card_gone_bad_is_not(standin: StandIn, agency: Agency) -> None:
    await standin.mailbag.until("payment_method.attached")
    await standin.card(agency.customer, "declining")
    await standin.card(agency.customer, "good")
    attached = await standin.mailbag.until("payment_method.attached", 2)
    assert len(attached) == 2
    updated = await standin.mailbag.until("customer.updated")
    assert (
        updated[-1]["data"]["object"]["invoice_settings"]["default_payment_method"]
        == attached[1]["data"]["object"]["id"]
    )
    await change(standin, agency, base=3, voice=1)


async def test_a_declined_renewal_is_said(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + 3600)
    (failed,) = await standin.mailbag.until("invoice.payment_failed")
    assert failed["data"]["object"]["amount_remaining"] == 11997


async def test_what_is_not_acknowledged_is_sent_again(standin: StandIn) -> None:
    standin.mailbag.answers += [500, 500]
    await standin.stripe.v1.customers.create_async({"name": "A"})
    (created,) = await standin.mailbag.until("customer.created")
    assert standin.mailbag.tries == 3
    held = await standin.stripe.v1.events.retrieve_async(created["id"])
    while held.pending_webhooks:
        held = await standin.stripe.v1.events.retrieve_async(created["id"])


async def test_events_come_twice_when_that_is_asked_for(standin: StandIn) -> None:
    await spoil(standin, duplicate=1)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    first, second = await standin.mailbag.until("customer.created", 2)
    assert first["id"] == second["id"]
    await standin.stripe.v1.customers.create_async({"name": "B"})
    await standin.mailbag.until("customer.created", 3)


async def test_dropped_events_stand_in_the_list_and_can_be_sent_again(standin: StandIn) -> None:
    await spoil(standin, drop=1)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    await standin.stripe.v1.customers.create_async({"name": "B"})
    (delivered,) = await standin.mailbag.until("customer.created")
    assert delivered["data"]["object"]["name"] == "B"
    listed = (await standin.stripe.v1.events.list_async({"type": "customer.created"})).data
    assert [event.data.object["name"] for event in listed] == ["B", "A"]
    await spoil(standin, resend=listed[1].id)
    await standin.mailbag.until("customer.created", 2)


async def test_events_come_out_of_order_when_that_is_asked_for(standin: StandIn, agency: Agency) -> None:
    await standin.mailbag.until("customer.subscription.created")
    await spoil(standin, reorder=True)
    await change(standin, agency, base=3, voice=1)
    await standin.mailbag.until("customer.subscription.updated")
    await standin.mailbag.until("invoice.created", 2)
    types = standin.mailbag.types()
    last = len(types) - 1 - types[::-1].index("invoice.created")
    assert types.index("customer.subscription.updated") < last


async def test_events_come_late_when_that_is_asked_for(standin: StandIn) -> None:
    await spoil(standin, delaySeconds=0.2)
    await standin.stripe.v1.customers.create_async({"name": "A"})
    assert standin.mailbag.events == []
    await standin.mailbag.until("customer.created")


async def test_the_event_list_filters_by_kind_and_time(standin: StandIn, agency: Agency) -> None:
    await standin.advance(DAY)
    await change(standin, agency, base=3, voice=1)
    late = await standin.stripe.v1.events.list_async(
        {"types": ["customer.subscription.*"], "created": {"gte": NEW_YEAR + 1}}
    )
    assert [event.type for event in late.data] == ["customer.subscription.updated"]


async def test_the_event_list_is_paged_and_bears_the_keys_of_the_requests(standin: StandIn, agency: Agency) -> None:
    for number in range(3):
        await standin.stripe.v1.customers.update_async(
            agency.customer, {"name": f"Clinic {number}"}, {"idempotency_key": f"op-{number}"}
        )
    kinds = ["customer.updated", "customer.created"]
    first = await standin.stripe.v1.events.list_async({"types": kinds, "limit": 3})
    rest = await standin.stripe.v1.events.list_async({"types": kinds, "starting_after": first.data[-1].id})
    assert (first.has_more, rest.has_more) == (True, False)
    # Not `event.request`, which is a method of the SDK's object.
    assert [event["request"]["idempotency_key"] for event in first.data] == ["op-2", "op-1", "op-0"]
    assert [event.type for event in rest.data] == ["customer.created"]


async def test_the_event_list_goes_back_thirty_days(standin: StandIn) -> None:
    await standin.stripe.v1.customers.create_async({"name": "A"})
    await standin.advance(DAY)
    await standin.stripe.v1.customers.create_async({"name": "B"})
    await standin.advance(29 * DAY)
    listed = (await standin.stripe.v1.events.list_async({"type": "customer.created"})).data
    assert [event.data.object["name"] for event in listed] == ["B"]
