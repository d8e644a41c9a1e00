"""The books, when everything has come to rest: what was said, done, paid, mailed and shown must agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson

from contracts.billing import SetQuantities
from contracts.message import Command, message_class
from contracts.vocabulary import Actor, Service
from services.gateway.projection.activity.lines import line_of
from services.gateway.projection.activity.table import LOG
from tests.simulation.invariants import Violation, differences
from tests.simulation.system import System


class Books:
    """Everything that was said, by all services."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._look = system.look
        self.said: list[dict[str, Any]] = []

    async def balance(self) -> None:
        """Violation when they do not."""
        for service in Service:
            for row in await self._look.fetch(f'SELECT * FROM "{service}".outbox ORDER BY id'):
                headers = orjson.loads(row["headers"])
                self.said.append(
                    {**row, "by": service.value, "headers": headers, "data": orjson.loads(row["data"]),
                     "id": headers["ce_id"], "order": headers["ce_correlationid"]},
                )  # fmt: skip
        checks: tuple[Callable[[], Awaitable[None]], ...] = (
            self.nothing_is_left,
            self.numbers_have_no_gap,
            self.everything_was_heard,
            self.all_agree_on_who_is_active,
            self.orders_ended_once,
            self.operations_are_over,
            self.nobody_waits,
            self.no_refusal_is_spurious,
            self.changes_at_stripe_are_operations,
            self.invoices_are_operations,
            self.what_is_purchased_is_there,
            self.seats_are_paid,
            self.purchases_are_paced,
            self.mails_are_one_a_cause,
            self.purchases_are_mailed,
            self.the_log_is_complete,
        )
        for check in checks:
            await check()

    async def nothing_is_left(self) -> None:
        """Nothing parked or deferred, nothing unsent, and no task that is due."""
        for service in Service:
            for row in await self._look.fetch(f'SELECT kind, type, reason FROM "{service}".deferred_messages'):
                raise Violation("nothing deferred", f"{service}: {row['kind']} {row['type']}: {row['reason']}")
            if count := await self._look.fetchval(f'SELECT count(*) FROM "{service}".unsent'):
                raise Violation("nothing unsent", f"{service}: {count}")

    async def numbers_have_no_gap(self) -> None:
        """Every sender's numbers are 1, 2, 3 for each topic and agency."""
        streams: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for one in self.said:
            if one["seq"]:
                streams[one["by"], one["topic"], str(one["agency_id"])].append(one["seq"])
        for stream, numbers in streams.items():
            if numbers != list(range(1, len(numbers) + 1)):
                raise Violation("numbers without a gap", f"{stream}: {numbers}")

    async def everything_was_heard(self) -> None:
        """Every service has come to the last number of each stream that it listens to."""
        last: dict[tuple[str, str, str], int] = {}
        for one in self.said:
            if one["seq"]:
                last[one["by"], one["topic"], str(one["agency_id"])] = one["seq"]
        for service in Service:
            topics = set(self._system.of(service)[0].runtime.definition.topics)
            rows = await self._look.fetch(f'SELECT agency_id, handled FROM "{service}".actors')
            handled = {
                (*stream.split("/"), str(row["agency_id"])): seq
                for row in rows
                for stream, seq in orjson.loads(row["handled"]).items()
            }
            expected = {stream: seq for stream, seq in last.items() if stream[1] in topics}
            for difference in differences(handled, expected):
                raise Violation("everything heard", f"{service}: {difference}")

    async def all_agree_on_who_is_active(self) -> None:
        """members, seats and the read model have the same people Active, in the same seats, and the same counts."""
        ours = await self._pairs("SELECT member_id, plan_type FROM members.members WHERE status = 'active'")
        held = await self._pairs("SELECT member_id, seat_type FROM seats.holders")
        shown = await self._pairs("SELECT member_id, plan_type FROM gateway.members WHERE status = 'active'")
        for name, other in (("seats", held), ("the gateway", shown)):
            for difference in differences(ours, other):
                raise Violation("holders = Active", f"members / {name}: {difference}")
        for difference in differences(
            await self._pairs(_MEMBERS),
            await self._pairs("SELECT member_id, status FROM gateway.members"),
        ):
            raise Violation("the read model agrees", f"members / the gateway: {difference}")
        ledger = {row["agency_id"]: tuple(row) for row in await self._look.fetch(_LEDGER)}
        for name, query in (("gateway", _SHOWN), ("members", _KNOWN)):
            other = {row["agency_id"]: tuple(row) for row in await self._look.fetch(query)}
            for agency, figures in ledger.items():
                if agency in other and other[agency] != figures:
                    raise Violation("counts agree", f"seats / {name}: {figures} / {other[agency]}")

    async def _pairs(self, query: str) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await self._look.fetch(query)}

    async def orders_ended_once(self) -> None:
        """Each command ends in exactly one of its outcomes."""
        by_order: dict[str, Counter[str]] = defaultdict(Counter)
        by_operation: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self.said:
            model = message_class(one["type"])
            if model is None or issubclass(model, Command):
                continue
            by_order[one["order"]][one["type"]] += 1
            if "operation_id" in one["data"]:
                by_operation[one["data"]["operation_id"]][one["type"]] += 1
        for one in self.said:
            model = message_class(one["type"])
            if model is None or not issubclass(model, Command) or len(model.outcomes) < 2:
                continue  # what is mailed at once tells nobody
            # What a command asked for in its turn, a payment of what is owed, ends where that command does.
            found = by_operation[one["id"]] if model is SetQuantities else by_order[one["order"]]
            ends = {name: found[name] for name in model.outcomes if found[name]}
            if sum(ends.values()) != 1:
                raise Violation("commands end once", f"{one['type']} {one['id']} ended as {ends or 'nothing'}")

    async def operations_are_over(self) -> None:
        """The gateway's operations say the same."""
        for row in await self._look.fetch("SELECT id, kind, outcomes FROM gateway.operations WHERE state = 'running'"):
            raise Violation("operations are over", f"{row['kind']} {row['id']} is still running")

    async def nobody_waits(self) -> None:
        """Nobody waits for an answer: Stripe is not silent any more."""
        for row in await self._look.fetch(f"{_MEMBERS} AND waiting"):
            raise Violation("first logins end", f"{row['member_id']} ({row['status']}) still waits")
        for row in await self._look.fetch("SELECT member_id FROM seats.line"):
            raise Violation("first logins end", f"{row['member_id']} still stands in line")
        for row in await self._look.fetch("SELECT id FROM billing.operations WHERE state = 'under_way'"):
            raise Violation("operations are over", f"billing: {row['id']} is still under way")

    async def changes_at_stripe_are_operations(self) -> None:
        """Every change of the quantities was made by an operation of ours, once and as asked, or by hand."""
        rows = await self._look.fetch(
            "SELECT id, after_base, after_voice FROM billing.operations"
            " WHERE state = 'done' AND kind = 'set_quantities'"
        )
        done = {str(row["id"]): (row["after_base"], row["after_voice"]) for row in rows}
        ours = [change for change in self._system.stripe.made if change.operation is not None]
        for change in ours:
            asked = done.get(str(change.operation))
            if change.after != asked:
                raise Violation("charged once", f"{change}, when {asked} was asked")
        for operation, count in Counter(change.operation for change in ours).items():
            if count > 1:
                raise Violation("charged once", f"{operation} was made {count} times")

    async def invoices_are_operations(self) -> None:
        """Each invoice of a change is one operation's; one that is to be paid may be tried more than once."""
        stripe = self._system.stripe
        rows = await self._look.fetch(
            "SELECT invoice_id FROM billing.operations WHERE invoice_id IS NOT NULL"
            " AND kind <> 'pay_owed' AND (state = 'done' OR kind <> 'settle')"
        )
        invoices = Counter(str(row["invoice_id"]) for row in rows)
        for invoice, count in invoices.items():
            if count > 1:
                raise Violation("each invoice one operation", f"{invoice} is {count} operations'")
        if any(change.operation is None for change in stripe.made):
            return  # what is changed by hand makes invoices too
        for one in stripe.world.table("invoices").values():
            if one["billing_reason"] == "subscription_update" and one["id"] not in invoices:
                raise Violation("each invoice one operation", f"{one['id']} is nobody's")

    async def no_refusal_is_spurious(self) -> None:
        """No command is refused for what its sender knew better, and none because its decision raised."""
        orders = {one["id"]: one for one in self.said}
        told = [one for one in self.said if one["type"] == "seats.capacity_changed.v1"]
        signed = [one for one in self.said if one["type"] == "members.baa_signed.v1"]
        for one in self.said:
            if not one["type"].endswith(".command_rejected.v1"):
                continue
            order, code, figures = orders[one["data"]["command_id"]], one["data"]["code"], one["data"]["figures"]
            seen = orjson.loads(order["headers"]["ce_seen"])
            mine = order["agency_id"]
            if code == "internal_error":
                raise Violation("no fault of ours", f"{order['type']} {order['id']} was refused with {code}")
            if code == "baa_unsigned" and any(
                event["agency_id"] == mine and event["seq"] <= seen.get("members.events", 0) for event in signed
            ):
                raise Violation("no spurious rejection", f"{order['type']} {order['id']}: its sender knew of the BAA")
            if code == "no_seat_available" and one["by"] == Service.MEMBERS:
                known = [event for event in told if event["agency_id"] == mine]
                passed = sum(event["seq"] <= seen.get("seats.events", 0) for event in known)
                kind = figures["seat_type"]
                possible = [(event["data"]["purchased"][kind], event["data"]["waiting"][kind]) for event in known]
                if passed and (figures["purchased"], figures["waiting"]) not in possible[passed - 1 :]:
                    raise Violation(
                        "no spurious rejection", f"{order['type']} {order['id']}: {figures}, and its sender had seen"
                        f" {possible[passed - 1]}",
                    )  # fmt: skip

    async def what_is_purchased_is_there(self) -> None:
        """seats, billing and Stripe have the same quantities, whoever changed them last."""
        for row in await self._look.fetch(_PURCHASED):
            at_stripe = self._system.stripe.quantities(row["subscription_id"])
            found = {(row[f"{whose}base"], row[f"{whose}voice"]) for whose in ("purchased_", "")} | {at_stripe}
            if row["gone"] is None and len(found) > 1:
                raise Violation("purchased = Stripe's", f"{dict(row)} / {at_stripe}")

    async def seats_are_paid(self) -> None:
        """Each purchased seat is paid; or unsettled, and then after the day's 15th invoice."""
        invoices = self._system.stripe.world.table("invoices")
        lines = Counter(
            item
            for invoice in invoices.values()
            for line in invoice["_lines"]
            if (item := (line["parent"].get("subscription_item_details") or {}).get("invoice_item")) is not None
        )
        for item, count in lines.items():
            if count > 1:
                raise Violation("each line once", f"{item} is on {count} invoices")
        for row in await self._look.fetch(_BOUGHT):
            if row["left_items"]:
                day = [one for one in invoices.values() if _of(one) == row["subscription_id"]]
                ended = row["ended_at"].timestamp()
                used = sum(ended - DAY.total_seconds() < one["created"] <= ended for one in day)
                if used < A_DAYS_WORTH:
                    raise Violation("paid or unsettled", f"{row['id']} was left unsettled after {used} invoices")
                if row["is_settled"] and invoices[row["taken_by"]]["status"] != "paid":
                    raise Violation("paid or unsettled", f"{row['id']} is settled, and its invoice is not paid")
            elif row["invoice_id"] is None or invoices[row["invoice_id"]]["status"] != "paid":
                raise Violation("paid or unsettled", f"{row['id']} is done, and its invoice is not paid")
        for row in await self._look.fetch(_UNSETTLED):
            if (row["unsettled_base"] + row["unsettled_voice"] > 0) != row["is_left"]:
                raise Violation("paid or unsettled", f"seats / billing: {dict(row)}")

    async def purchases_are_paced(self) -> None:
        """Auto-Add buys as many seats as people wait for, and not before two seconds after it bought the last ones."""
        ended: dict[str, datetime] = {}
        for one in self.said:
            agency = str(one["agency_id"])
            if one["type"] == "seats.seats_auto_added.v1":
                ended[agency] = one["published_at"]
            elif one["type"] == "seats.purchase_started.v1":
                if agency in ended and one["published_at"] - ended[agency] < PACE:
                    raise Violation(
                        "purchases are paced", f"{agency}: {one['published_at'] - ended[agency]} after the last"
                    )
                waiting = Counter(waiter["seat_type"] for waiter in one["data"]["waiting"])
                before, after = one["data"]["before"], one["data"]["after"]
                for kind in ("base", "voice"):
                    if after[kind] - before[kind] > waiting[kind]:
                        raise Violation("buys what is waited for", f"{agency}: {before} to {after} for {waiting}")

    async def mails_are_one_a_cause(self) -> None:
        """An event that is mailed makes one mail a person, under one Message-ID, however often it was heard."""
        told = [
            (one["data"], str(one["agency_id"]))
            for one in self.said
            if one["type"] in {"notifier.mail_sent.v1", "notifier.mail_failed.v1"}
        ]
        for message_id, count in Counter(one["message_id"] for one, _ in told).items():
            if count > 1:
                raise Violation("one mail a cause", f"{message_id} was told {count} times")
        mailed = {str(mail["Message-ID"]) for mail in self._system.mails.mails}
        for one, _ in told:
            if one["message_id"] not in mailed and "reason" not in one:
                raise Violation("one mail a cause", f"{one['template']} was told and never sent")
        causes: Counter[tuple[str, str | None]] = Counter()
        for one in self.said:
            for template in _MAILS.get(one["type"], ()):
                causes[template, one["data"]["member_id"]] += 1
            if one["type"] in _ADMIN_MAILS:
                causes[_ADMIN_MAILS[one["type"]], str(one["agency_id"])] += 1
        personal = set(_PERSONAL) | set(_ADMIN_MAILS.values())
        sent = Counter(
            (one["template"], one["member_id"], agency) for one, agency in told if one["template"] in personal
        )
        for (template, person, agency), count in sent.items():
            whose = person if template in _PERSONAL else agency
            if count > causes[template, whose]:
                raise Violation("one mail a cause", f"{count} {template} for {causes[template, whose]} causes")

    async def purchases_are_mailed(self) -> None:
        """Of each purchase, and of each that was declined, the admins are told."""
        told = Counter(
            (one["data"]["template"], one["agency_id"])
            for one in self.said
            if one["type"] in {"notifier.mail_sent.v1", "notifier.mail_failed.v1"}
        )
        causes = Counter(
            (_ADMIN_MAILS[one["type"]], one["agency_id"]) for one in self.said if one["type"] in _ADMIN_MAILS
        )
        for cause, count in causes.items():
            if told[cause] < count:
                raise Violation("one mail a cause", f"{told[cause]} {cause[0]} for {count} causes")

    async def the_log_is_complete(self) -> None:
        """Every event that is news has its line in the activity log, once."""
        types = {event.type: event for event in LOG}
        expected: Counter[tuple[str, str, str]] = Counter()
        # There is no agency whose log it could stand in.
        refused = {row[0] for row in await self._look.fetch("SELECT agency_id FROM members.agencies WHERE refused")}
        for one in self.said:
            kind = types.get(one["type"])
            if kind is None:
                continue
            operation = one["data"].get("operation_id") or one["order"]
            line = line_of(
                kind.model_validate(one["data"]),
                one["published_at"],
                Actor.parse(one["headers"]["ce_actor"]),
                operation,
            )
            if line is not None and one["agency_id"] not in refused:
                expected[str(one["agency_id"]), one["type"], operation] += 1
        rows = await self._look.fetch("SELECT agency_id, type, operation_id FROM gateway.activity")
        found = Counter((str(row["agency_id"]), row["type"], str(row["operation_id"])) for row in rows)
        for difference in differences(dict(expected), dict(found)):
            raise Violation("the log is complete", difference)


def _of(invoice: dict[str, Any]) -> str | None:
    """The subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


PACE = timedelta(seconds=2)
DAY = timedelta(hours=24)
A_DAYS_WORTH = 15
"""Invoices in 24 hours, after which Auto-Add's are left for later."""


_MAILS = {
    "members.invited.v1": ("invitation",),
    "members.removed.v1": ("removed",),
    "members.role_changed.v1": ("role_changed",),
    "members.activated.v1": ("you_are_in",),
    "members.sign_up_rejected.v1": ("account_exists",),
}
_PERSONAL = {template for templates in _MAILS.values() for template in templates}
_ADMIN_MAILS = {
    "seats.seats_auto_added.v1": "seats_auto_added",
    "seats.purchase_declined.v1": "payment_declined",
}
_MEMBERS = """
SELECT member_id, status FROM members.members
WHERE agency_id NOT IN (SELECT agency_id FROM members.agencies WHERE refused)
"""
_LEDGER = """
SELECT agency_id, purchased_base, purchased_voice, active_base, active_voice, waiting_base, waiting_voice
FROM seats.ledgers
"""
_SHOWN = """
SELECT agency_id, purchased_base, purchased_voice, active_base, active_voice, waiting_base, waiting_voice
FROM gateway.agencies WHERE open
"""
_KNOWN = """
SELECT agency_id, purchased_base, purchased_voice, active_base, active_voice, waiting_base, waiting_voice
FROM members.capacities
"""
_PURCHASED = """
SELECT l.agency_id, l.purchased_base, l.purchased_voice, l.gone, a.base, a.voice, a.subscription_id
FROM seats.ledgers l JOIN billing.accounts a USING (agency_id)
"""
_BOUGHT = """
SELECT o.id, o.ended_at, o.invoice_id, o.left_items, o.taken_by, o.is_settled, a.subscription_id
FROM billing.operations o JOIN billing.accounts a USING (agency_id)
WHERE o.state = 'done' AND o.kind = 'set_quantities' AND o.code IS NULL
  AND (o.after_base > o.before_base OR o.after_voice > o.before_voice)
"""
_UNSETTLED = """
SELECT l.agency_id, l.unsettled_base, l.unsettled_voice,
       EXISTS (SELECT FROM billing.operations o WHERE o.agency_id = l.agency_id AND o.left_items <> '{}'
               AND NOT o.is_settled) AS is_left
FROM seats.ledgers l WHERE l.gone IS NULL
"""
