"""The final check of a seed at rest: the messages, tasks, payments, mails and pages must agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

import orjson

from contracts.billing import CancelChange, SetQuantities, SwitchCycle
from contracts.message import Command, message_class
from contracts.vocabulary import Service
from tests.simulation.admins_acts import chosen_members_are_let_in, only_invitations_are_canceled
from tests.simulation.books_of_money import BooksOfMoney
from tests.simulation.books_of_people import MEMBERS_OF_AGENCIES, BooksOfPeople
from tests.simulation.bounds import nobody_waits_past_the_bound
from tests.simulation.invariants import Violation, differences
from tests.simulation.limits import nothing_is_bought_beyond_a_limit
from tests.simulation.moving_line import the_line_has_moved
from tests.simulation.policies import each_is_approved
from tests.simulation.reductions import no_reduction_goes_below_active


class Books(BooksOfMoney, BooksOfPeople):
    """Every message that any service published, and the checks on them."""

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
            self.no_limit_is_passed,
            self.no_reduction_is_below_active,
            self.nobody_goes_around_an_approval,
            self.nothing_is_deferred,
            self.the_line_has_moved,
            self.numbers_have_no_gap,
            self.everything_was_handled,
            self.all_agree_on_who_is_active,
            self.all_agree_on_details,
            self.first_logins_are_their_persons,
            self.commands_ended_once,
            self.admins_acts_are_as_reported,
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
            self.each_opened_agency_has_one_welcome,
            self.purchases_have_mails,
            self.the_log_is_complete,
        )
        for check in checks:
            await check()

    async def no_limit_is_passed(self) -> None:
        """Check that Auto-Add buys within the limits that admins have set."""
        nothing_is_bought_beyond_a_limit(self.messages)

    async def no_reduction_is_below_active(self) -> None:
        """Check that no reduction at a renewal takes a seat that somebody holds."""
        no_reduction_goes_below_active(self.messages)

    async def nobody_goes_around_an_approval(self) -> None:
        """Check that no first login takes a seat of a type that admins approve each."""
        each_is_approved(self.messages)

    async def the_line_has_moved(self) -> None:
        """Check that no free seat is left to a line that moves by itself."""
        await the_line_has_moved(self._db)

    async def nothing_is_deferred(self) -> None:
        """Check that no message is deferred and none is undelivered."""
        for service in Service:
            for row in await self._db.fetch(f'SELECT kind, type, reason FROM "{service}".deferred_messages'):
                raise Violation("nothing deferred", f"{service}: {row['kind']} {row['type']}: {row['reason']}")
            if count := await self._db.fetchval(f'SELECT count(*) FROM "{service}".unsent'):
                raise Violation("nothing unsent", f"{service}: {count}")
            if count := await self._db.fetchval(f'SELECT count(*) FROM "{service}".refused_records'):
                raise Violation("nothing refused", f"{service}: {count}")
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

    async def commands_ended_once(self) -> None:
        """Check that each command ends in exactly one of its outcomes."""
        by_correlation: dict[str, Counter[str]] = defaultdict(Counter)
        by_operation: dict[str, Counter[str]] = defaultdict(Counter)
        for message in self.messages:
            model = message_class(message["type"])
            if model is None or issubclass(model, Command):
                continue
            by_correlation[message["correlation_id"]][message["type"]] += 1
            for operation in {message["data"].get("operation_id"), message["data"].get("command_id")} - {None}:
                by_operation[operation][message["type"]] += 1
        for message in self.messages:
            model = message_class(message["type"])
            if model is None or not issubclass(model, Command) or len(model.outcomes) < 2:
                continue  # a login-code mail has no outcome
            # A payment of owed invoices that a command starts ends where that command ends. A change that waits for its
            # payment ends when Stripe reports the payment, or that there will be none.
            is_change = model in {SetQuantities, SwitchCycle, CancelChange}
            found = by_operation[message["id"]] if is_change else by_correlation[message["correlation_id"]]
            ends = {name: found[name] for name in model.outcomes if found[name]}
            if sum(ends.values()) != 1:
                raise Violation("commands end once", f"{message['type']} {message['id']} ended as {ends or 'nothing'}")

    async def admins_acts_are_as_reported(self) -> None:
        """Check whom admins let in, and which invitations they took back."""
        chosen_members_are_let_in(self.messages)
        only_invitations_are_canceled(self.messages)

    async def operations_are_over(self) -> None:
        """Check that no operation of the gateway is still running."""
        for row in await self._db.fetch("SELECT id, kind, outcomes FROM gateway.operations WHERE state = 'running'"):
            raise Violation("operations are over", f"{row['kind']} {row['id']} is still running")

    async def no_member_waits(self) -> None:
        """Check that no member and no operation still waits."""
        for row in await self._db.fetch(f"{MEMBERS_OF_AGENCIES} AND waiting"):
            raise Violation("first logins end", f"{row['member_id']} ({row['status']}) still waits")
        for row in await self._db.fetch("SELECT member_id FROM seats.line"):
            raise Violation("first logins end", f"{row['member_id']} still stands in line")
        for row in await self._db.fetch("SELECT id FROM billing.operations WHERE state = 'under_way'"):
            raise Violation("operations are over", f"billing: {row['id']} is still under way")

    async def no_wait_was_too_long(self) -> None:
        """Check that each first login ended within 24 hours."""
        nobody_waits_past_the_bound(self.messages)

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
