"""The books of what people have and read: seats, details, mails, the activity log."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from contracts.vocabulary import Actor
from services.gateway.projection.activity.lines import line_of
from services.gateway.projection.activity.table import LOG
from tests.simulation.invariants import Violation, differences
from tests.simulation.records import Records
from tests.simulation.visitors import STRANGERS_NAME


class BooksOfPeople(Records):
    """The checks on seats, details, mails and the log."""

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

    async def each_opened_agency_has_one_welcome(self) -> None:
        """Check that the first admin of each agency that was opened gets one welcome mail, and nobody else gets any."""
        welcomed = Counter(
            (event["data"]["member_id"], str(event["agency_id"]))
            for event in self.messages
            if event["type"] in {"notifier.mail_sent.v1", "notifier.mail_failed.v1"}
            and event["data"]["template"] == "welcome"
        )
        active = {
            (event["data"]["member_id"], str(event["agency_id"]))
            for event in self.messages
            if event["type"] == "members.activated.v1"
        }
        founders = {
            (event["data"]["admin_id"], str(event["agency_id"]))
            for event in self.messages
            if event["type"] == "members.agency_founded.v1"
        }
        if welcomed != Counter(founders & active):
            raise Violation("one welcome per agency", f"{welcomed} for {founders & active}")

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
        # A rejected agency has no log, not even of a mail that failed later.
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

    async def all_agree_on_who_is_active(self) -> None:
        """Check that members, seats and the read model agree on the Active members, their seats, and the counts."""
        ours = await self._pairs("SELECT member_id, plan_type FROM members.members WHERE status = 'active'")
        held = await self._pairs("SELECT member_id, seat_type FROM seats.holders")
        shown = await self._pairs("SELECT member_id, plan_type FROM gateway.members WHERE status = 'active'")
        for name, other in (("seats", held), ("the gateway", shown)):
            for difference in differences(ours, other):
                raise Violation("holders = Active", f"members / {name}: {difference}")
        for difference in differences(
            await self._pairs(MEMBERS_OF_AGENCIES),
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


def _admin_mail_of(event: dict[str, Any]) -> str | None:
    """The mail to the admins that an event makes. Where Stripe accepts no change, the card is not the reason."""
    template = _ADMIN_MAILS.get(event["type"])
    refused = template == "payment_declined" and event["data"].get("fault") is not None
    return "stripe_refuses" if refused else template


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

MEMBERS_OF_AGENCIES = """
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
