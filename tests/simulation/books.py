"""The final check of a seed at rest: the messages, tasks, payments, mails and pages must agree."""

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
from tests.simulation.bounds import nobody_waits_past_the_bound
from tests.simulation.invariants import Violation, differences
from tests.simulation.people import STRANGERS_NAME
from tests.simulation.reported import (
    charges_are_the_quotes,
    overwritten_edits_are_reported,
    planned_ends_are_known,
)
from tests.simulation.system import System


class Books:
    """Every message that any service published, and the checks on them."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._db = system.db
        self.messages: list[dict[str, Any]] = []

    async def check_all(self) -> None:
        """Run every check; raise a Violation if one fails."""
        for service in Service:
            for row in await self._db.fetch(f'SELECT * FROM "{service}".outbox ORDER BY id'):
                headers = orjson.loads(row["headers"])
                self.messages.append(
                    {**row, "by": service.value, "headers": headers, "data": orjson.loads(row["data"]),
                     "row": row["id"], "id": headers["ce_id"], "correlation_id": headers["ce_correlationid"]},
                )  # fmt: skip
        checks: tuple[Callable[[], Awaitable[None]], ...] = (
            self.over_is_said_once_nothing_is_owed,
            self.nothing_is_deferred,
            self.numbers_have_no_gap,
            self.everything_was_handled,
            self.all_agree_on_who_is_active,
            self.all_agree_on_details,
            self.first_logins_are_their_persons,
            self.commands_ended_once,
            self.operations_are_over,
            self.no_member_waits,
            self.no_wait_was_too_long,
            self.no_rejection_is_spurious,
            self.changes_at_stripe_are_operations,
            self.invoices_are_operations,
            self.quantities_agree,
            self.seats_are_paid,
            self.billing_says_what_stripe_did,
            self.purchases_are_paced,
            self.each_cause_has_one_mail,
            self.purchases_have_mails,
            self.the_log_is_complete,
        )
        for check in checks:
            await check()

    async def nothing_is_deferred(self) -> None:
        """Check that no message is deferred and none is undelivered."""
        for service in Service:
            for row in await self._db.fetch(f'SELECT kind, type, reason FROM "{service}".deferred_messages'):
                raise Violation("nothing deferred", f"{service}: {row['kind']} {row['type']}: {row['reason']}")
            if count := await self._db.fetchval(f'SELECT count(*) FROM "{service}".unsent'):
                raise Violation("nothing unsent", f"{service}: {count}")
            if count := await self._db.fetchval(f'SELECT count(*) FROM "{service}".gaps'):
                raise Violation("no gap is left", f"{service}: {count}")

    async def numbers_have_no_gap(self) -> None:
        """Check that every sender's sequence numbers are 1, 2, 3 for each topic and agency."""
        streams: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for message in self.messages:
            if message["seq"]:
                streams[message["by"], message["topic"], str(message["agency_id"])].append(message["seq"])
        for stream, numbers in streams.items():
            if numbers != list(range(1, len(numbers) + 1)):
                raise Violation("numbers without a gap", f"{stream}: {numbers}")

    async def everything_was_handled(self) -> None:
        """Check that every service's cursor is at the last number of each stream that it subscribes to."""
        last: dict[tuple[str, str, str], int] = {}
        for message in self.messages:
            if message["seq"]:
                last[message["by"], message["topic"], str(message["agency_id"])] = message["seq"]
        for service in Service:
            topics = set(self._system.of(service)[0].runtime.definition.topics)
            rows = await self._db.fetch(f'SELECT agency_id, handled FROM "{service}".actors')
            handled = {
                (*stream.split("/"), str(row["agency_id"])): seq
                for row in rows
                for stream, seq in orjson.loads(row["handled"]).items()
            }
            expected = {stream: seq for stream, seq in last.items() if stream[1] in topics}
            for difference in differences(handled, expected):
                raise Violation("everything handled", f"{service}: {difference}")

    async def all_agree_on_who_is_active(self) -> None:
        """Check that members, seats and the read model agree on the Active members, their seats, and the counts."""
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
        ledger = {row["agency_id"]: tuple(row) for row in await self._db.fetch(_LEDGER)}
        for name, query in (("gateway", _SHOWN), ("members", _KNOWN)):
            other = {row["agency_id"]: tuple(row) for row in await self._db.fetch(query)}
            for agency, figures in ledger.items():
                if agency in other and other[agency] != figures:
                    raise Violation("counts agree", f"seats / {name}: {figures} / {other[agency]}")

    async def all_agree_on_details(self) -> None:
        """Check that members, the read model and the notifier agree on addresses, names and seat types."""
        ours = await self._pairs(f"{_DETAILS} members.members {_EXISTING}")
        for name, table in (("the gateway", "gateway.members"), ("the notifier", "notifier.people")):
            for difference in differences(ours, await self._pairs(f"{_DETAILS} {table} {_EXISTING}")):
                raise Violation("all agree on details", f"members / {name}: {difference}")

    async def first_logins_are_their_persons(self) -> None:
        """Check that a first login asks for the seat that its person wants, whoever signed the mailbox up first.

        The person's own sign-up counts if the gateway knew it when it commanded the mail of the code or link.
        """
        by_id = {message["id"]: message for message in self.messages}
        corrected = {
            message["data"]["member_id"]
            for message in self.messages
            if message["type"] == "members.details_changed.v1" and by_id[message["correlation_id"]] is not None
            and by_id[message["correlation_id"]]["type"] == "members.correct_details.v1"
        }  # fmt: skip
        for login in self.messages:
            if login["type"] != "members.first_login.v1" or login["data"]["member_id"] in corrected:
                continue
            pick = by_id[login["correlation_id"]]["data"]["pick"]
            if pick is None or pick["seat_type"] != login["data"]["seat_type"]:
                raise Violation("first logins are their person's", f"{pick} asks for {login['data']['seat_type']}")
            own = self._own_sign_up(login, by_id[login["correlation_id"]])
            if own is not None and (own["name"], own["seat_type"]) != (pick["name"], pick["seat_type"]):
                raise Violation("first logins are their person's", f"{pick} instead of {own}")

    def _own_sign_up(self, login: dict[str, Any], command: dict[str, Any]) -> dict[str, Any] | None:
        """The person's own sign-up for this Pending login; None if the gateway did not know it in time."""
        mails = [
            orjson.loads(mail["headers"]["ce_seen"]).get("members.events", 0)
            for mail in self.messages
            if mail["type"] == "notifier.send.v1" and mail["id"] != command["id"]
            and mail["agency_id"] == login["agency_id"] and mail["data"]["email"] == command["data"]["pick"]["email"]
            and (mail["by"], mail["row"]) < (command["by"], command["row"])
        ]  # fmt: skip
        known = [
            claim["data"]
            for claim in self.messages
            if claim["type"] in _SIGN_UPS and claim["data"]["member_id"] == login["data"]["member_id"]
            and claim["seq"] <= max(mails, default=0) and claim["data"]["name"] != STRANGERS_NAME
        ]  # fmt: skip
        return known[-1] if known else None

    async def _pairs(self, query: str) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await self._db.fetch(query)}

    async def commands_ended_once(self) -> None:
        """Check that each command ends in exactly one of its outcomes."""
        by_correlation: dict[str, Counter[str]] = defaultdict(Counter)
        by_operation: dict[str, Counter[str]] = defaultdict(Counter)
        for message in self.messages:
            model = message_class(message["type"])
            if model is None or issubclass(model, Command):
                continue
            by_correlation[message["correlation_id"]][message["type"]] += 1
            if "operation_id" in message["data"]:
                by_operation[message["data"]["operation_id"]][message["type"]] += 1
        for message in self.messages:
            model = message_class(message["type"])
            if model is None or not issubclass(model, Command) or len(model.outcomes) < 2:
                continue  # a login-code mail has no outcome
            # A payment of owed invoices that a command starts ends where that command ends.
            found = by_operation[message["id"]] if model is SetQuantities else by_correlation[message["correlation_id"]]
            ends = {name: found[name] for name in model.outcomes if found[name]}
            if sum(ends.values()) != 1:
                raise Violation("commands end once", f"{message['type']} {message['id']} ended as {ends or 'nothing'}")

    async def operations_are_over(self) -> None:
        """Check that no operation of the gateway is still running."""
        for row in await self._db.fetch("SELECT id, kind, outcomes FROM gateway.operations WHERE state = 'running'"):
            raise Violation("operations are over", f"{row['kind']} {row['id']} is still running")

    async def no_member_waits(self) -> None:
        """Check that no member and no operation still waits."""
        for row in await self._db.fetch(f"{_MEMBERS} AND waiting"):
            raise Violation("first logins end", f"{row['member_id']} ({row['status']}) still waits")
        for row in await self._db.fetch("SELECT member_id FROM seats.line"):
            raise Violation("first logins end", f"{row['member_id']} still stands in line")
        for row in await self._db.fetch("SELECT id FROM billing.operations WHERE state = 'under_way'"):
            raise Violation("operations are over", f"billing: {row['id']} is still under way")

    async def no_wait_was_too_long(self) -> None:
        """Check that each first login ended within 24 hours."""
        nobody_waits_past_the_bound(self.messages)

    async def billing_says_what_stripe_did(self) -> None:
        """Check the charges of quotes, the reports of overwritten edits, and the planned ends."""
        stripe = self._system.stripe
        charges_are_the_quotes(self.messages, stripe)
        operations = await self._db.fetch("SELECT * FROM billing.operations WHERE kind = 'set_quantities'")
        overwritten_edits_are_reported(self.messages, operations, stripe)
        planned_ends_are_known(await self._db.fetch("SELECT * FROM billing.accounts"), stripe)

    async def changes_at_stripe_are_operations(self) -> None:
        """Check that every change of quantities at Stripe is a dashboard edit, or one operation's and made once.

        An operation whose invoice was not paid is undone: its change is set back, and its invoice must not be paid.
        """
        rows = await self._db.fetch(
            "SELECT id, before_base, before_voice, after_base, after_voice, code, invoice_id FROM billing.operations"
            " WHERE kind = 'set_quantities' AND (state = 'done' OR code = 'change_undone')"
        )
        invoices = self._system.stripe.world.table("invoices")
        for row in rows:
            if row["code"] is not None and row["invoice_id"] and invoices[row["invoice_id"]]["status"] == "paid":
                raise Violation("charged once", f"{row['id']} is undone, and its invoice is paid")
        done = {str(row["id"]): (row["after_base"], row["after_voice"]) for row in rows}
        set_back = {
            ((row["after_base"], row["after_voice"]), (row["before_base"], row["before_voice"]))
            for row in rows
            if row["code"] is not None
        }
        ours = [
            change
            for change in self._system.stripe.changes_made
            if change.operation is not None
            and (str(change.operation) in done or (change.before, change.after) not in set_back)
        ]
        for change in ours:
            expected = done.get(str(change.operation))
            if change.after != expected:
                raise Violation("charged once", f"{change}, but {expected} was commanded")
        for operation, count in Counter(change.operation for change in ours).items():
            if count > 1:
                raise Violation("charged once", f"{operation} was made {count} times")

    async def invoices_are_operations(self) -> None:
        """Check that each invoice of a change belongs to one operation, which may try the invoice repeatedly."""
        stripe = self._system.stripe
        rows = await self._db.fetch(
            "SELECT invoice_id FROM billing.operations WHERE invoice_id IS NOT NULL"
            " AND kind <> 'pay_owed' AND (state = 'done' OR kind <> 'settle')"
        )
        invoices = Counter(str(row["invoice_id"]) for row in rows)
        for invoice_id, count in invoices.items():
            if count > 1:
                raise Violation("each invoice one operation", f"{invoice_id} is {count} operations'")
        if any(change.operation is None for change in stripe.changes_made):
            return  # dashboard edits make invoices too
        for invoice in stripe.world.table("invoices").values():
            if invoice["billing_reason"] == "subscription_update" and invoice["id"] not in invoices:
                raise Violation("each invoice one operation", f"{invoice['id']} is nobody's")

    async def no_rejection_is_spurious(self) -> None:
        """Check that no command is rejected for a reason that its sender knew to be outdated, and none by a fault."""
        by_id = {message["id"]: message for message in self.messages}
        capacities = [event for event in self.messages if event["type"] == "seats.capacity_changed.v1"]
        signed = [event for event in self.messages if event["type"] == "members.baa_signed.v1"]
        for message in self.messages:
            if not message["type"].endswith(".command_rejected.v1"):
                continue
            command, code, figures = (
                by_id[message["data"]["command_id"]],
                message["data"]["code"],
                message["data"]["figures"],
            )
            seen = orjson.loads(command["headers"]["ce_seen"])
            agency_id = command["agency_id"]
            if code == "internal_error":
                raise Violation("no internal error", f"{command['type']} {command['id']} was rejected with {code}")
            if code == "baa_unsigned" and any(
                event["agency_id"] == agency_id and event["seq"] <= seen.get("members.events", 0) for event in signed
            ):
                raise Violation(
                    "no spurious rejection", f"{command['type']} {command['id']}: its sender knew of the BAA"
                )
            if code == "no_seat_available" and message["by"] == Service.MEMBERS:
                known = [event for event in capacities if event["agency_id"] == agency_id]
                passed = sum(event["seq"] <= seen.get("seats.events", 0) for event in known)
                kind = figures["seat_type"]
                possible = [(event["data"]["purchased"][kind], event["data"]["waiting"][kind]) for event in known]
                if passed and (figures["purchased"], figures["waiting"]) not in possible[passed - 1 :]:
                    raise Violation(
                        "no spurious rejection", f"{command['type']} {command['id']}: {figures}, and its sender knew"
                        f" {possible[passed - 1]}",
                    )  # fmt: skip

    async def quantities_agree(self) -> None:
        """Check that seats, billing and Stripe have the same quantities."""
        for row in await self._db.fetch(_PURCHASED):
            at_stripe = self._system.stripe.quantities(row["subscription_id"])
            found = {(row[f"{whose}base"], row[f"{whose}voice"]) for whose in ("purchased_", "")} | {at_stripe}
            if row["gone"] is None and len(found) > 1:
                raise Violation("purchased = Stripe's", f"{dict(row)} / {at_stripe}")

    async def seats_are_paid(self) -> None:
        """Check that each purchased seat is paid, or unsettled because the day's 15 invoices were used."""
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
        for row in await self._db.fetch(_BOUGHT):
            if row["pending_proration_ids"]:
                day = [invoice for invoice in invoices.values() if _of(invoice) == row["subscription_id"]]
                ended = row["ended_at"].timestamp()
                used = sum(ended - DAY.total_seconds() < invoice["created"] <= ended for invoice in day)
                if used < A_DAYS_WORTH:
                    raise Violation("paid or unsettled", f"{row['id']} was left unsettled after {used} invoices")
                billed = row["proration_invoice_id"]
                # Without an invoice the prorations are lost: the subscription was canceled before it.
                if row["is_settled"] and billed is not None and invoices[billed]["status"] not in {"paid", "void"}:
                    raise Violation("paid or unsettled", f"{row['id']} is settled, and its invoice is not paid")
            elif not self._is_billed_by_others(row) and (
                row["invoice_id"] is None or invoices[row["invoice_id"]]["status"] != "paid"
            ):
                raise Violation("paid or unsettled", f"{row['id']} is done, and its invoice is not paid")
        for row in await self._db.fetch(_UNSETTLED):
            if (row["unsettled_base"] + row["unsettled_voice"] > 0) != row["is_left"]:
                raise Violation("paid or unsettled", f"seats / billing: {dict(row)}")

    def _is_billed_by_others(self, row: Any) -> bool:  # noqa: ANN401  asyncpg's record
        """Whether somebody made the same change a moment before ours, which then changed nothing."""
        return (row["subscription_id"], row["after_base"], row["after_voice"]) in self._system.stripe.overtaken

    async def purchases_are_paced(self) -> None:
        """Check that Auto-Add buys no more seats than members wait for, and waits two seconds after a purchase."""
        ended: dict[str, datetime] = {}
        for message in self.messages:
            agency = str(message["agency_id"])
            if message["type"] == "seats.seats_auto_added.v1":
                ended[agency] = message["published_at"]
            elif message["type"] == "seats.purchase_started.v1":
                if agency in ended and message["published_at"] - ended[agency] < PACE:
                    raise Violation(
                        "purchases are paced", f"{agency}: {message['published_at'] - ended[agency]} after the last"
                    )
                waiting = Counter(waiter["seat_type"] for waiter in message["data"]["waiting"])
                before, after = message["data"]["before"], message["data"]["after"]
                for kind in ("base", "voice"):
                    if after[kind] - before[kind] > waiting[kind]:
                        raise Violation("buys what is waited for", f"{agency}: {before} to {after} for {waiting}")

    async def each_cause_has_one_mail(self) -> None:
        """Check that each event with a mail makes one mail per person, under one Message-ID, even if handled again."""
        mails = [
            (event["data"], str(event["agency_id"]))
            for event in self.messages
            if event["type"] in {"notifier.mail_sent.v1", "notifier.mail_failed.v1"}
        ]
        for message_id, count in Counter(mail["message_id"] for mail, _ in mails).items():
            if count > 1:
                raise Violation("one mail per cause", f"{message_id} was published {count} times")
        mailed = {str(mail["Message-ID"]) for mail in self._system.mails.mails}
        for mail, _ in mails:
            if mail["message_id"] not in mailed and "reason" not in mail:
                raise Violation("one mail per cause", f"{mail['template']} was published and never sent")
        causes: Counter[tuple[str, str | None]] = Counter()
        for event in self.messages:
            for template in _MAILS.get(event["type"], ()):
                causes[template, event["data"]["member_id"]] += 1
            if (to_admins := _admin_mail_of(event)) is not None:
                causes[to_admins, str(event["agency_id"])] += 1
        personal = set(_PERSONAL) | set(_ADMIN_MAILS.values())
        sent = Counter(
            (mail["template"], mail["member_id"], agency) for mail, agency in mails if mail["template"] in personal
        )
        for (template, person, agency), count in sent.items():
            whose = person if template in _PERSONAL else agency
            if count > causes[template, whose]:
                raise Violation("one mail per cause", f"{count} {template} for {causes[template, whose]} causes")

    async def purchases_have_mails(self) -> None:
        """Check that the admins get a mail for each purchase and each declined purchase."""
        mailed = Counter(
            (event["data"]["template"], event["agency_id"])
            for event in self.messages
            if event["type"] in {"notifier.mail_sent.v1", "notifier.mail_failed.v1"}
        )
        causes = Counter(
            (template, event["agency_id"]) for event in self.messages if (template := _admin_mail_of(event)) is not None
        )
        for cause, count in causes.items():
            if mailed[cause] < count:
                raise Violation("one mail per cause", f"{mailed[cause]} {cause[0]} for {count} causes")

    async def the_log_is_complete(self) -> None:
        """Check that every logged event has exactly one line in the activity log."""
        types = {kind.type: kind for kind in LOG}
        expected: Counter[tuple[str, str, str]] = Counter()
        # A rejected agency has no activity log.
        rejected_agencies = {
            row[0] for row in await self._db.fetch("SELECT agency_id FROM members.agencies WHERE rejected")
        }
        for event in self.messages:
            kind = types.get(event["type"])
            if kind is None:
                continue
            operation = event["data"].get("operation_id") or event["correlation_id"]
            line = line_of(
                kind.model_validate(event["data"]),
                event["published_at"],
                Actor.parse(event["headers"]["ce_actor"]),
                operation,
            )
            if line is not None and event["agency_id"] not in rejected_agencies:
                expected[str(event["agency_id"]), event["type"], operation] += 1
        rows = await self._db.fetch("SELECT agency_id, type, operation_id FROM gateway.activity")
        found = Counter((str(row["agency_id"]), row["type"], str(row["operation_id"])) for row in rows)
        for difference in differences(dict(expected), dict(found)):
            raise Violation("the log is complete", difference)

    async def over_is_said_once_nothing_is_owed(self) -> None:
        """Check that neither billing nor seats says that the problem is over while an invoice is owed."""
        unpaid: dict[str, set[str]] = defaultdict(set)
        for message in self.messages:
            invoice = str((message["data"].get("invoice") or {}).get("id"))
            if message["type"] == "billing.payment_failed.v1":
                unpaid[str(message["agency_id"])].add(invoice)
            elif message["type"] == "billing.invoice_changed.v1" and message["data"]["state"] in _OVER:
                unpaid[str(message["agency_id"])].discard(invoice)
            elif message["type"] == "billing.payment_recovered.v1" and unpaid[str(message["agency_id"])]:
                raise Violation("over only when nothing is owed", f"{message['id']}: {unpaid}")
        capacities = [message for message in self.messages if message["type"] == "seats.capacity_changed.v1"]
        for message in self.messages:
            if message["type"] != "seats.auto_add_resumed.v1":
                continue
            # The capacity that the same message changed is published after it.
            cause = message["headers"]["ce_causationid"]
            said = [
                capacity["data"].get("owed")
                for capacity in capacities
                if capacity["agency_id"] == message["agency_id"]
                and (capacity["row"] < message["row"] or capacity["headers"]["ce_causationid"] == cause)
            ]
            if said and said[-1] is not None:
                raise Violation("over only when nothing is owed", f"{message['id']}: {said[-1]}")


_OVER = frozenset({"paid", "void", "uncollectible"})
"""The states of an invoice that is owed no more, at the latest once the subscription is active."""


def _admin_mail_of(event: dict[str, Any]) -> str | None:
    """The mail to the admins that an event makes. Where Stripe accepts no change, the card is not the reason."""
    template = _ADMIN_MAILS.get(event["type"])
    refused = template == "payment_declined" and event["data"].get("fault") is not None
    return "stripe_refuses" if refused else template


def _of(invoice: dict[str, Any]) -> str | None:
    """Return the subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


PACE = timedelta(seconds=2)
DAY = timedelta(hours=24)
A_DAYS_WORTH = 15
"""Invoices in 24 hours, after which Auto-Add's seats are left unsettled."""


_MAILS = {
    "members.invited.v1": ("invitation",),
    "members.removed.v1": ("removed",),
    "members.role_changed.v1": ("role_changed",),
    "members.activated.v1": ("you_are_in",),
    "members.sign_up_rejected.v1": ("account_exists", "other_spelling"),
}
_PERSONAL = {template for templates in _MAILS.values() for template in templates}
_ADMIN_MAILS = {
    "seats.seats_auto_added.v1": "seats_auto_added",
    "seats.purchase_declined.v1": "payment_declined",
}
_SIGN_UPS = {"members.signed_up.v1", "members.sign_up_claimed.v1"}
_DETAILS = "SELECT member_id, concat_ws(' ', email, name, seat_type) FROM"
_EXISTING = "WHERE agency_id NOT IN (SELECT agency_id FROM members.agencies WHERE rejected)"
_MEMBERS = """
SELECT member_id, status FROM members.members
WHERE agency_id NOT IN (SELECT agency_id FROM members.agencies WHERE rejected)
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
SELECT o.id, o.ended_at, o.invoice_id, o.pending_proration_ids, o.proration_invoice_id, o.is_settled, a.subscription_id,
       o.after_base, o.after_voice
FROM billing.operations o JOIN billing.accounts a USING (agency_id)
WHERE o.state = 'done' AND o.kind = 'set_quantities' AND o.code IS NULL
  AND (o.after_base > o.before_base OR o.after_voice > o.before_voice)
"""
_UNSETTLED = """
SELECT l.agency_id, l.unsettled_base, l.unsettled_voice,
       EXISTS (SELECT FROM billing.operations o WHERE o.agency_id = l.agency_id AND o.pending_proration_ids <> '{}'
               AND NOT o.is_settled) AS is_left
FROM seats.ledgers l WHERE l.gone IS NULL
"""
