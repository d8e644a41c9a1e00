"""Each invariant can fail: one change after the other spoils a clean story, and the right invariant reports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path

from tests.simulation.books import Books
from tests.simulation.invariants import Violation, Watch
from tests.simulation.schedule import Schedule
from tests.simulation.schedules import two_log_in
from tests.simulation.stripe import StripeSide
from tests.simulation.system import System

ONE = "SELECT min(id) FROM members.outbox"
SPOILT: dict[str, tuple[str, ...]] = {
    "every holder counted": ("UPDATE seats.ledgers SET active_base = active_base - 1",),
    "active <= purchased": ("UPDATE seats.ledgers SET purchased_base = active_base - 1",),
    "purchased <= Stripe's": ("UPDATE seats.ledgers SET purchased_base = purchased_base + 1",),
    "one admin": ("UPDATE members.members SET role = 'clinician'",),
    "over only when nothing is owed": (
        ("UPDATE billing.outbox SET type = CASE WHEN id = (SELECT min(id) FROM billing.outbox)"
        " THEN 'billing.payment_failed.v1' ELSE 'billing.payment_recovered.v1' END"),
        ("UPDATE seats.outbox SET data = jsonb_set(data::jsonb, '{owed}', '{\"invoices\": 1}'),"
        " type = CASE WHEN id = (SELECT max(id) FROM seats.outbox WHERE type = 'seats.capacity_changed.v1')"
        " THEN 'seats.auto_add_resumed.v1' ELSE type END WHERE type = 'seats.capacity_changed.v1'"),
    ),
    "one welcome per agency": (
        ("UPDATE notifier.outbox SET data = jsonb_set(data::jsonb, '{template}', '\"greeting\"')"
        " WHERE data::jsonb ->> 'template' = 'welcome'"),
    ),
    "nothing deferred": (
        ("INSERT INTO notifier.deferred_messages (kind, reason, topic, kafka_partition, kafka_offset, headers, at)"
        " VALUES ('gap', '', '', 0, 0, '', now())"),
    ),
    "no gap is left": (
        ("INSERT INTO seats.gaps (agency_id, sender, topic, upto, noted_at, ask_at)"
        " VALUES (gen_random_uuid(), 'members', 'members.events', 1, now(), now())"),
    ),
    "nothing unsent": (f"INSERT INTO members.unsent {ONE}",),
    "nothing refused": (
        "INSERT INTO seats.refused_records VALUES (gen_random_uuid(), false, 1, 'MessageSizeTooLargeError')",
    ),
    "numbers without a gap": (f"DELETE FROM members.outbox WHERE id = ({ONE})",),
    "everything handled": ("UPDATE seats.actors SET handled = '{}'",),
    "holders = Active": ("UPDATE seats.holders SET member_id = gen_random_uuid()",),
    "the read model agrees": ("UPDATE gateway.members SET status = 'invited' WHERE status = 'pending_login'",),
    "counts agree": (
        "UPDATE gateway.agencies SET purchased_base = purchased_base + 1",
        "UPDATE members.capacities SET waiting_voice = 1",
    ),
    "commands end once": (
        "UPDATE members.outbox SET type = 'members.unknown.v1' WHERE type = 'members.activated.v1'",
        "UPDATE members.outbox SET type = 'members.blocked.v1' WHERE type = 'members.signed_up.v1'",
    ),
    "operations are over": (
        "UPDATE gateway.operations SET state = 'running'",
        "UPDATE billing.operations SET state = 'under_way'",
    ),
    "first logins end": (
        "UPDATE members.members SET waiting = true",
        ("INSERT INTO seats.line"
        " SELECT agency_id, 9, member_id, 'base', member_id, 'anyone', now() FROM seats.holders LIMIT 1"),
    ),
    "no spurious rejection": (
        ("UPDATE gateway.outbox SET headers = jsonb_set(headers::jsonb, '{ce_seen}', '\"{\\\"members.events\\\":99}\"')"
        " WHERE type = 'seats.set_auto_add.v1'"),
        ("UPDATE members.outbox SET data = jsonb_set(data::jsonb, '{figures,purchased}', '77')"
        " WHERE type = 'members.command_rejected.v1'"),
    ),
    "no internal error": (
        ("UPDATE seats.outbox SET data = jsonb_set(data::jsonb, '{code}', '\"internal_error\"')"
        " WHERE type = 'seats.command_rejected.v1'"),
    ),
    "nobody waits past the bound": (
        ("UPDATE members.outbox SET published_at = published_at - interval '27 hours'"
        " WHERE type = 'members.first_login.v1'"),
    ),
    "no seat on an unpaid invoice": (
        "UPDATE billing.operations SET state = 'awaits_payment' WHERE kind = 'set_quantities'",
    ),
    "charged as quoted": (
        ("UPDATE billing.outbox SET data = jsonb_set(data::jsonb, '{charged}', '7')"
        " WHERE type = 'billing.quantities_set.v1'"),
    ),
    "planned ends are known": ("UPDATE billing.accounts SET ends_at = now()",),
    "purchased = Stripe's": ("UPDATE billing.accounts SET base = base + 1",),
    "charged once": ("UPDATE billing.operations SET after_base = 9 WHERE kind = 'set_quantities'",),
    "each invoice one operation": (
        "UPDATE billing.operations SET invoice_id = NULL WHERE kind = 'set_quantities'",
        "UPDATE billing.operations SET invoice_id = 'in_1'",
    ),
    "paid or unsettled": (
        "UPDATE billing.operations SET pending_proration_ids = '{ii_1}' WHERE kind = 'set_quantities'",
        "UPDATE seats.ledgers SET unsettled_base = 1",
    ),
    "purchases are paced": (
        ("UPDATE seats.outbox SET published_at = (SELECT min(published_at) FROM seats.outbox)"
        " WHERE type IN ('seats.purchase_started.v1', 'seats.seats_auto_added.v1')"),
    ),
    "buys what is waited for": (
        ("UPDATE seats.outbox SET data = jsonb_set(data::jsonb, '{waiting}', '[]')"
        " WHERE type = 'seats.purchase_started.v1'"),
    ),
    "one mail per cause": (
        ("UPDATE notifier.outbox SET data = (SELECT max(data) FROM notifier.outbox WHERE type LIKE '%mail_sent%')"
        " WHERE type = 'notifier.mail_sent.v1'"),
        ("UPDATE notifier.outbox SET data = jsonb_set(data::jsonb, '{message_id}', to_jsonb('<' || id || '@nowhere>'))"
        " WHERE type = 'notifier.mail_sent.v1'"),
        "UPDATE seats.outbox SET type = 'seats.unknown.v1' WHERE type = 'seats.seats_auto_added.v1'",
        "UPDATE notifier.outbox SET type = 'notifier.unknown.v1' WHERE data LIKE '%seats_auto_added%'",
    ),
    "each is approved": (
        ("UPDATE seats.outbox SET type = 'seats.seat_policies_set.v1', data ="
        " '{\"base\": \"approve_each\", \"voice\": \"approve_each\"}' WHERE type = 'seats.auto_add_set.v1'"),
    ),
    "the line moves": (
        ("WITH moves AS (UPDATE members.agencies SET moving_line = true),"
        " free AS (UPDATE members.capacities SET purchased_base = 99, purchased_voice = 99)"
        " UPDATE members.members SET status = 'blocked', blocked_reason = 'past_due' WHERE role = 'clinician'"),
    ),
    "never above a limit": (
        ("UPDATE seats.outbox SET type = 'seats.auto_add_limits_set.v1', data ="
        " '{\"base\": {\"seats\": 1}, \"voice\": {}}' WHERE type = 'seats.auto_add_set.v1'"),
        ("UPDATE seats.outbox SET type = 'seats.auto_add_limits_set.v1', data ="
        " '{\"base\": {\"month_seats\": 0}, \"voice\": {}}' WHERE type = 'seats.auto_add_set.v1'"),
        ("UPDATE seats.outbox SET type = 'seats.auto_add_limits_set.v1', data ="
        " '{\"base\": {\"month_amount\": 9}, \"voice\": {}}' WHERE type = 'seats.auto_add_set.v1'"),
    ),
    "no reduction below active": (
        ("UPDATE seats.outbox SET data = jsonb_set(jsonb_set(data::jsonb, '{renewal}', '\"2026-12-01T08:00:00Z\"'),"
        " '{after,base}', '0') WHERE type = 'billing.set_quantities.v1'"),
    ),
    "all agree on details": (
        "UPDATE gateway.members SET name = 'Somebody Else'",
        "UPDATE notifier.people SET seat_type = 'voice' WHERE seat_type = 'base'",
    ),
    "first logins are their person's": (
        ("UPDATE members.outbox SET data = jsonb_set(data::jsonb, '{seat_type}', '\"voice\"')"
        " WHERE type = 'members.first_login.v1'"),
    ),
    "the log is complete": (
        "DELETE FROM gateway.activity WHERE id = (SELECT max(id) FROM gateway.activity)",
        "UPDATE gateway.activity SET operation_id = gen_random_uuid()",
    ),
}  # fmt: skip
"""An invariant, and statements of which each alone violates it."""


def _two_customers(stripe: StripeSide) -> None:
    customers = stripe.world.table("customers")
    customers["cus_2"] = {**next(iter(customers.values())), "id": "cus_2"}


def _two_subscriptions(stripe: StripeSide) -> None:
    subscriptions = stripe.world.table("subscriptions")
    subscriptions["sub_2"] = {**next(iter(subscriptions.values())), "id": "sub_2"}


def _made_twice(stripe: StripeSide) -> None:
    stripe.changes_made.append(next(change for change in stripe.changes_made if change.operation is not None))


def _unpaid(stripe: StripeSide) -> None:
    for invoice in stripe.world.table("invoices").values():
        invoice["status"] = "open"


def _changed_while_owing(stripe: StripeSide) -> None:
    stripe.debts.changed_while_owing.append("sub_1")


def _billed_twice(stripe: StripeSide) -> None:
    for invoice in stripe.world.table("invoices").values():
        for line in invoice["_lines"]:
            line["parent"]["subscription_item_details"] = {"invoice_item": "ii_1"}


def _overwritten(stripe: StripeSide) -> None:
    for change in stripe.changes_made:
        change.before = (7, 7)


AT_STRIPE: tuple[tuple[str, Callable[[StripeSide], None]], ...] = (
    ("charged once", _two_customers),
    ("charged once", _two_subscriptions),
    ("charged once", _made_twice),
    ("paid or unsettled", _unpaid),
    ("each line once", _billed_twice),
    ("no credit for unpaid time", _changed_while_owing),
    ("overwritten edits are reported", _overwritten),
)
"""An invariant, and changes at Stripe of which each alone violates it."""
NOT_SPOILT = {"comes to rest"}
"""A seed that does not end reports this itself, so no check reads it."""


async def story_with_everything(story: Schedule) -> None:
    """Make a story with something of each kind that an invariant reads."""
    await story.open_agency(1, baa=False)
    await story.request_and_drain(partial(story._people.switch_on, story.ada))
    await story.request_and_drain(partial(story._people.sign_baa, story.ada))
    await story.invite("hal")
    await story.request_and_drain(partial(story._people.switch_on, story.ada))
    await two_log_in(story)
    await story._pass(5.0)
    await story.drain()
    await story.request_and_drain(
        partial(story._people._request, story.ada, "DELETE", f"/members/{await story.id_of('cem')}")
    )
    await story.invite("jan")
    await story.sign_up("dee")
    await story.log_in(await story.sign_up("eli"))
    await story.request_and_drain(partial(story._people.quote_seats, (1, 0)))
    await story.request_and_drain(story._people.use_quote)


def _steps() -> Iterator[tuple[str, str]]:
    for name, statements in SPOILT.items():
        for statement in statements:
            yield name, statement


async def test_every_spoilt_story_is_reported_by_the_right_invariant(system: System) -> None:
    clean = await Schedule(system, story_with_everything).run()
    assert clean.violation is None, "\n".join(clean.trace[-40:])
    found = {statement: (name, await _violation_after(system, statement)) for name, statement in _steps()}
    assert {statement: names for statement, names in found.items() if names[0] != names[1]} == {}
    for name, spoil in AT_STRIPE:
        kept = deepcopy(system.stripe.world._tables), deepcopy(system.stripe.changes_made)
        spoil(system.stripe)
        assert await _violation_after(system, "SELECT") == name, spoil.__name__
        system.stripe.world._tables, system.stripe.changes_made = kept
        system.stripe.debts.changed_while_owing.clear()
    assert await _violation_after(system, "SELECT") is None


async def _violation_after(system: System, statement: str) -> str | None:
    """Spoil the story, return the name of the violation, and undo the change."""
    watch = Watch(system)
    spoilt = system.db.transaction()
    await spoilt.start()
    try:
        await watch.check()
        status = await system.db.execute(statement)
        assert not status.endswith(" 0") or statement == "SELECT", f"nothing was spoilt by {statement}"
        await watch.check()
        await Books(system).check_all()
    except Violation as violation:
        return violation.name
    finally:
        await spoilt.rollback()
    return None


BOOKS = ("books.py", "books_of_money.py", "books_of_people.py")


def test_every_invariant_is_spoilt_at_least_once() -> None:
    here = Path(__file__).parent
    named = {
        name
        for path in (
            "invariants.py",
            "bounds.py",
            "limits.py",
            "moving_line.py",
            "policies.py",
            "reductions.py",
            "reported.py",
            "run.py",
            *BOOKS,
        )
        for name in re.findall(r'Violation\(\s*"([^"]+)"', (here / path).read_text())
    }
    assert named == {*SPOILT, *(name for name, _ in AT_STRIPE), *NOT_SPOILT}
