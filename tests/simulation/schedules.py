"""Small schedules written by hand, one per guard, in which only that guard keeps its invariant.

With the source unchanged each schedule is clean; with the guard removed from a copy it ends in the guard's violation.
`SCHEDULES` uses the names of `guards.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from contracts.vocabulary import Service
from tests.simulation.bus import PARTITIONS
from tests.simulation.rates import Outcome
from tests.simulation.schedule import Schedule, Script
from tests.simulation.schedules_of_admins import SCHEDULES_OF_ADMINS
from tests.simulation.system import PORTION, System


async def everything_is_handled_again(story: Schedule) -> None:
    """No consumer's offsets were kept, so whole topics are delivered again."""
    await story.open_agency(1)
    await story.log_in(await story.sign_up("nia"))
    bus = story.system.bus
    bus.committed.clear()
    for replica in story.system.replicas:
        replica.consumer.forget()
    await story.drain()


async def the_response_to_a_new_account_is_lost(story: Schedule) -> None:
    """Stripe makes the customer, and billing does not get the response."""
    story.system.stripe.forced_fates = ["response_lost"]
    await story.open_agency(1)


async def a_login_during_a_purchase(story: Schedule) -> None:
    """The member for whom the seat is bought is removed; the next finds a seat that is commanded and not yet paid."""
    await story.open_agency(1, auto_add=True)
    nia, cem = await story.sign_up("nia"), await story.sign_up("cem")
    billing = ("billing/0 runs a task", "billing/1 runs a task")
    await story.log_in(nia, but=billing)
    assert await story.count_published("seats.purchase_started.v1") == 1
    path = f"/members/{await story.id_of('nia')}"
    await story.request_and_drain(partial(story._people._request, story.ada, "DELETE", path), but=billing)
    assert await story.count_published("members.removed.v1") == 1
    await story.log_in(cem, but=billing)
    assert await story.count_published("billing.quantities_set.v1") == 0


async def two_replicas_handle_the_same_records(story: Schedule) -> None:
    """A partition moves while its old owner has loaded the state; the new owner handles the same records meanwhile."""
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    await story.request_and_drain(partial(story._people.request_code, nia))
    handling = [f"{service}/{index} handles" for service in Service for index in (0, 1)]
    await story.request_and_drain(partial(story._people.enter_code, nia), but=handling)
    bus = story.system.bus
    reader = next(replica for replica in story.system.of(Service.MEMBERS) if replica.consumer.behind())
    old = await story.run_turn(f"{reader.name} handles", rests_at="loaded")
    for number in range(PARTITIONS):
        bus.owner[Service.MEMBERS.value, number] = 1 - reader.index
    for replica in story.system.of(Service.MEMBERS):
        replica.consumer.forget()
    new = await story.run_turn(f"members/{1 - reader.index} handles")
    await story.go_on(old)
    await story.go_on(new)
    await story.drain()


async def a_relay_dies_before_it_sends(story: Schedule) -> None:
    """A gateway whose relay takes over the lead has read a command from the outbox, and is killed."""
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    await story.request_and_drain(partial(story._people.request_code, nia))
    await story.request_and_drain(partial(story._people.enter_code, nia), but=["gateway/0 relays"])
    story._give_lead(Service.GATEWAY, 1)
    await story.run_turn("gateway/1 relays", dies_at="before a send")
    await story.drain()


async def a_send_from_memory_is_lost(story: Schedule) -> None:
    """The relay of members publishes what its process has just committed, while the broker is away.

    Before that another process leads, whose lead ends in the middle of a send.
    """
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    await story.request_and_drain(partial(story._people.request_code, nia))
    await story.request_and_drain(partial(story._people.enter_code, nia), but=["members/"])
    index = next(replica for replica in story.system.of(Service.MEMBERS) if replica.consumer.behind()).index
    story._give_lead(Service.MEMBERS, 1 - index)
    await story.run_turn(f"members/{1 - index} relays")
    await story.run_turn(f"members/{index} handles")
    sending = await story.run_turn(f"members/{1 - index} relays", rests_at="after a send")
    story._give_lead(Service.MEMBERS, index)
    await story.go_on(sending)
    await story.drain(but=["members/"])
    await story.run_turn(f"members/{index} relays")
    await story.run_turn(f"members/{index} handles")
    story.system.bus.away = True
    await story.run_turn(f"members/{index} relays")
    story.system.bus.away = False
    await story._pass(1.0)
    await story.drain()


async def a_command_overtakes_the_event_that_allows_it(story: Schedule) -> None:
    """The page shows a signed BAA; seats has not handled that event when it gets the command to switch Auto-Add on."""
    await story.open_agency(1, baa=False)
    bus = story.system.bus
    bus.slow, bus.slowness = {(Service.SEATS.value, "members.events")}, 1.0
    seats = ("seats/0 handles", "seats/1 handles")
    await story.request_and_drain(partial(story._people.sign_baa, story.ada), but=seats)
    await story.request_and_drain(partial(story._people.switch_on, story.ada), but=seats)
    for name in seats:
        await story.run_turn(name)
    bus.slow.clear()
    await story.drain()


async def a_backlog_waits_for_its_cause(story: Schedule) -> None:
    """An admin switches Auto-Add on more often than is taken up at once, before seats may know of the signed BAA."""
    await story.open_agency(1, baa=False)
    bus = story.system.bus
    bus.slow, bus.slowness = {(Service.SEATS.value, "members.events")}, 1.0
    seats = ("seats/0 handles", "seats/1 handles")
    await story.request_and_drain(partial(story._people.sign_baa, story.ada), but=seats)
    for _ in range(2 * PORTION):
        await story.request_and_drain(partial(story._people.switch_on, story.ada), but=seats)
    for name in seats:
        await story.run_turn(name)
    bus.slow.clear()
    await story.drain()


async def the_broker_refuses_a_first_login(story: Schedule) -> None:
    """The broker takes no record while somebody logs in for the first time; then the operator raises its limit."""
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    story.system.bus.most_bytes = 0
    await story.log_in(nia)
    assert await story.count_published("members.first_login.v1") == 0
    await story._report_refused()
    await story._raise_limit()
    await story.drain()


async def the_response_to_a_purchase_is_lost(story: Schedule) -> None:
    """Stripe adds the seat, and billing does not get the response; billing tries again."""
    await story.open_agency(1, auto_add=True)
    nia = await story.sign_up("nia")
    story.system.stripe.forced_fates = ["response_lost"]
    await story.log_in(nia)
    assert not story.system.stripe.forced_fates


async def a_login_as_a_purchase_ends(story: Schedule) -> None:
    """The next member needs a seat at the moment at which the previous seat is bought."""
    await story.open_agency(1, auto_add=True)
    await two_log_in(story)


async def an_admin_reduces_before_the_debt_is_known(story: Schedule) -> None:
    """An invoice is unpaid, and no event about it has arrived: the price that the admin was shown is still good."""
    await story.open_agency(3)
    stripe = story.system.stripe
    [subscription] = stripe.subscriptions()
    base = next(item["id"] for item in subscription["_items"] if item["quantity"] == 3)
    counts = {"base": 2, "voice": 0}
    quote = await story.response(partial(story._people._request, story.ada, "POST", "/seats/quotes", counts))
    stripe.owe(subscription["id"], then="good")
    back = {"items[0][id]": base, "items[0][quantity]": "3", "proration_behavior": "none"}
    await stripe.write(f"/v1/subscriptions/{subscription['id']}", back)
    body = {**counts, "quoteId": quote.json()["operation"]["id"]}
    await story.request_and_drain(partial(story._people._request, story.ada, "PUT", "/seats", body))


async def a_card_changes_while_an_invoice_is_owed(story: Schedule) -> None:
    """A purchase was declined and then an invoice, and somebody chooses another card."""
    await story.open_agency(1, auto_add=True)
    stripe = story.system.stripe
    [subscription] = stripe.subscriptions()
    stripe.card(subscription["customer"], "declining")
    await story.log_in(await story.sign_up("nia"))
    assert await story.count_published("seats.purchase_declined.v1") == 1
    stripe.owe(subscription["id"], then="declining")
    await story.look_at_stripe()
    # A second one brings the reason, if the bank's answer is read after the invoice.
    assert await story.count_published("billing.debt_changed.v1") in {1, 2}
    stripe.card(subscription["customer"], "good")
    await story.look_at_stripe()
    assert await story.count_published("billing.payment_recovered.v1") == 1
    assert await story.count_published("seats.auto_add_resumed.v1") >= 1


async def two_log_in(story: Schedule) -> None:
    """Two first logins, one after the other."""
    for name in ("nia", "cem"):
        await story.log_in(await story.sign_up(name))


async def stripe_is_silent_for_more_than_a_day(story: Schedule) -> None:
    """Somebody waits for a seat that Stripe does not sell before the bound of a wait; then Stripe is back."""
    await story.open_agency(1, auto_add=True)
    nia = await story.sign_up("nia")
    story.system.stripe.silent = True
    await story.log_in(nia)
    for _ in range(27):
        await story._pass(3600.0)
        await story.drain()
    story.system.stripe.silent = False


async def a_change_on_account_is_read_before_it_is_paid(story: Schedule) -> None:
    """Stripe sends an invoice for an admin's change, and reports the raised quantities before the invoice is paid."""
    await story.open_agency(1)
    (subscription,) = story.system.stripe.subscriptions()
    form = {"collection_method": "send_invoice", "days_until_due": "30"}
    await story.system.stripe.write(f"/v1/subscriptions/{subscription['id']}", form)
    await story.report()
    await story.request_and_drain(partial(story._people.quote_seats, (1, 0)))
    await story.request_and_drain(story._people.use_quote)
    await story.report()
    assert story.system.stripe.quantities(subscription["id"]) == (2, 0)
    assert await story.count_published("seats.seats_adjusted.v1") == 0


async def a_first_login_is_deleted_before_seats_reads_it(story: Schedule) -> None:
    """The bus deletes the last event of members before seats reads it, and no later one shows that it is missing."""
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    await story.log_in(nia, but=("seats/0 handles", "seats/1 handles"))
    bus = story.system.bus
    for number in range(PARTITIONS):
        place = ("members.events", number)
        bus.begins[place] = len(bus.log[place])


async def _quote_and_save(story: Schedule, *between: Callable[[], Awaitable[object]]) -> None:
    """Quote a seat more, let something happen, and save the quote."""
    (subscription,) = story.system.stripe.subscriptions()
    base, voice = story.system.stripe.quantities(subscription["id"])
    counts = {"base": base + 1, "voice": voice}
    quote = await story.response(partial(story._people._request, story.ada, "POST", "/seats/quotes", counts))
    for happen in between:
        await happen()
    body = {**counts, "quoteId": quote.json()["operation"]["id"]}
    await story.request_and_drain(partial(story._people._request, story.ada, "PUT", "/seats", body))


async def a_coupon_is_given_after_the_quote(story: Schedule) -> None:
    """Somebody gives the subscription a coupon of a percentage between the quote and its save."""
    await story.open_agency(1)
    stripe = story.system.stripe
    (subscription,) = stripe.subscriptions()

    async def give() -> None:
        await stripe.write("/v1/coupons", {"id": "quarter", "duration": "forever", "percent_off": "25"})
        await stripe.write(f"/v1/subscriptions/{subscription['id']}", {"discounts[0][coupon]": "quarter"})

    await _quote_and_save(story, give)


async def a_change_on_account_is_voided(story: Schedule) -> None:
    """Stripe sends an invoice for an admin's change, and somebody voids it."""
    await a_change_on_account_is_read_before_it_is_paid(story)
    (subscription,) = story.system.stripe.subscriptions()
    await story.system.stripe.write(f"/v1/invoices/{subscription['latest_invoice']}/void", {})
    await story.report()


async def an_edit_is_overwritten(story: Schedule) -> None:
    """Somebody edits the seats in the moment between billing's reading and its update."""
    await story.open_agency(1)

    def meddle(subscription_id: str) -> None:
        story.system.stripe.edit(subscription_id, 5, 3)
        story.system.stripe.overtaken.add((subscription_id, 5, 3))

    async def wait_for_update() -> None:
        story.system.stripe.before_update = meddle

    await _quote_and_save(story, wait_for_update)
    await story.look_at_stripe()


async def an_end_is_planned(story: Schedule) -> None:
    """Somebody plans the subscription's end, and moves it."""
    await story.open_agency(1)
    await story._dashboard.plan_end_in_a_week()
    await story.look_at_stripe()


SCHEDULES: dict[str, Script] = {
    "cursor check": everything_is_handled_again,
    "idempotency key": the_response_to_a_new_account_is_lost,
    "paid before Active": a_login_during_a_purchase,
    "row lock": two_replicas_handle_the_same_records,
    "outbox": a_relay_dies_before_it_sends,
    "acknowledged before forgotten": a_send_from_memory_is_lost,
    "gap healing": a_first_login_is_deleted_before_seats_reads_it,
    "refused records wait": the_broker_refuses_a_first_login,
    "causal delivery": a_command_overtakes_the_event_that_allows_it,
    "taken up to the last": a_backlog_waits_for_its_cause,
    "absolute figures": the_response_to_a_purchase_is_lost,
    "pacing": a_login_as_a_purchase_ends,
    "bounded waits": stripe_is_silent_for_more_than_a_day,
    "paid before counted": a_change_on_account_is_read_before_it_is_paid,
    "nothing changes while owing": an_admin_reduces_before_the_debt_is_known,
    "paid before over": a_card_changes_while_an_invoice_is_owed,
    "quote basis": a_coupon_is_given_after_the_quote,
    "undone when not paid": a_change_on_account_is_voided,
    "overwritten edits": an_edit_is_overwritten,
    "planned end": an_end_is_planned,
    **SCHEDULES_OF_ADMINS,
}


async def run_schedule(system: System, name: str) -> Outcome:
    """Run a guard's schedule."""
    return await Schedule(system, SCHEDULES[name]).run()
