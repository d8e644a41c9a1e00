"""The schedules of the guards in `guards_of_admins.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tests.simulation.schedule import Schedule, Script

SEATS = ("seats/0 handles", "seats/1 handles")


async def a_change_for_two_has_one_seat(story: Schedule) -> None:
    """An admin chooses two Blocked members, and saves a quote of one seat more."""
    await story.open_agency(1)
    for name in ("nia", "cem"):
        await story.log_in(await story.sign_up(name))
    counts = {"base": 2, "voice": 0}
    quote = await story.response(partial(story._people._request, story.ada, "POST", "/seats/quotes", counts))
    ids = [await story.id_of("nia"), await story.id_of("cem")]
    body = {**counts, "ids": ids, "quoteId": quote.json()["operation"]["id"], "confirm": True}
    await story.request_and_drain(partial(story._people._request, story.ada, "POST", "/members/let-in", body))


async def a_seat_is_taken_before_an_undo(story: Schedule) -> None:
    """A newcomer takes the seat of a removed member, and the admin undoes the removal before members knows."""
    await story.open_agency(2)
    nia, cem = await story.sign_up("nia"), await story.sign_up("cem")
    await story.log_in(nia)
    path = f"/members/{await story.id_of('nia')}"
    await story.request_and_drain(partial(story._people._request, story.ada, "DELETE", path))
    await story.log_in(cem, but=SEATS)
    undo = partial(story._people._request, story.ada, "POST", f"{path}/undo-removal")
    await story.request_and_drain(undo, but=SEATS)
    assert await story.count_published("members.seat_requested_back.v1") == 1
    await story.drain()


async def an_accepted_invitation_is_canceled(story: Schedule) -> None:
    """An admin cancels the invitation of somebody who is Active."""
    await story.open_agency(2)
    await story.log_in(await story.sign_up("nia"))
    path = f"/members/{await story.id_of('nia')}/invitation"
    await story.request_and_drain(partial(story._people._request, story.ada, "DELETE", path))


async def a_change_on_account_is_canceled(story: Schedule) -> None:
    """Stripe sends an invoice for an admin's change, and the admin cancels the change."""
    await story.open_agency(1)
    (subscription,) = story.system.stripe.subscriptions()
    form = {"collection_method": "send_invoice", "days_until_due": "30"}
    await story.system.stripe.write(f"/v1/subscriptions/{subscription['id']}", form)
    await story.report()
    await story.request_and_drain(partial(story._people.quote_seats, (1, 0)))
    await story.request_and_drain(story._people.use_quote)
    await story.report()
    await story.request_and_drain(story._people.cancel_change)
    assert await story.count_published("billing.payment_lapsed.v1") == 1


async def one_logs_in_while_a_seat_is_free_that_needs_an_approval(story: Schedule) -> None:
    """Base seats are approved each, and somebody logs in while one is free."""
    await story.open_agency(2)
    policies = {"base": "approve_each", "voice": "ask"}
    await story.request_and_drain(
        partial(story._people._request, story.ada, "PUT", "/settings/seat-policies", policies)
    )
    await story.log_in(await story.sign_up("nia"))
    await story.drain()
    assert await story.count_published("seats.seat_policies_set.v1") == 1


async def a_seat_gets_free_while_somebody_is_blocked(story: Schedule) -> None:
    """The line moves by itself, one person is Blocked, and an admin removes the person who holds the other seat."""
    await story.open_agency(2)
    for name in ("nia", "cem"):
        await story.log_in(await story.sign_up(name))
    await story.request_and_drain(
        partial(story._people._request, story.ada, "PUT", "/settings/moving-line", {"enabled": True})
    )
    nia = f"/members/{await story.id_of('nia')}"
    await story.request_and_drain(partial(story._people._request, story.ada, "DELETE", nia))
    assert await story.count_published("members.removed.v1") == 1


async def two_log_in_at_a_limit_of_one_a_month(story: Schedule) -> None:
    """Auto-Add may buy one seat a month, and two people log in, one after the other."""
    await story.open_agency(1, auto_add=True)
    limits = {"base": {"monthSeats": 1}}
    await story.request_and_drain(
        partial(story._people._request, story.ada, "PUT", "/settings/auto-add/limits", limits)
    )
    for name in ("nia", "cem"):
        await story.log_in(await story.sign_up(name))
        await story._pass(60.0)
        await story.drain()
    assert await story.count_published("seats.seats_auto_added.v1") >= 1


async def more_are_active_than_a_reduction_leaves(story: Schedule) -> None:
    """An admin has seats reduced to one at the renewal, and two are Active by then."""
    await story.open_agency(3)
    await story.log_in(await story.sign_up("nia"))
    counts = {"base": 1, "voice": 0}
    await story.request_and_drain(partial(story._people._request, story.ada, "PUT", "/seats/reduction", counts))
    await story._pass_until(min(story.system.stripe.period_ends()) - 600)
    assert await story.count_published("seats.reduction_scheduled.v1") == 1


SCHEDULES_OF_ADMINS: Mapping[str, Script] = {
    "a reduction leaves those Active their seats": more_are_active_than_a_reduction_leaves,
    "approve each before a free seat": one_logs_in_while_a_seat_is_free_that_needs_an_approval,
    "a free seat for the next in line": a_seat_gets_free_while_somebody_is_blocked,
    "what Auto-Add bought is counted": two_log_in_at_a_limit_of_one_a_month,
    "a seat for each of the chosen": a_change_for_two_has_one_seat,
    "a free seat for an undo": a_seat_is_taken_before_an_undo,
    "only invitations are canceled": an_accepted_invitation_is_canceled,
    "void before undoing": a_change_on_account_is_canceled,
}
