"""What admins did to members, from the messages alone: whom a change let in, and which invitations were taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.invariants import Violation

Message = Mapping[str, Any]


def chosen_members_are_let_in(messages: Iterable[Message]) -> None:
    """Check that a change lets in exactly those whom it reports, and leaves out nobody where all its seats were bought.

    A rejected change has let nobody in, and no change buys twice. Its rejection frees the seats that were kept for it,
    so that those who wait on for Auto-Add may get them by the same decision.
    """
    messages = list(messages)
    changes = [message for message in messages if message["type"] == "seats.adjust.v1" and message["data"]["let_in"]]
    for change in changes:
        command = change["correlation_id"]
        answers = [message for message in messages if message["correlation_id"] == command]
        bought = Counter(message["type"] for message in answers)["billing.set_quantities.v1"]
        if bought > 1:
            raise Violation("a change buys once", f"{command} bought {bought} times")
        let_in = [
            message
            for message in messages
            if message["type"] == "seats.seat_assigned.v1" and message["correlation_id"] == change["id"]
        ]
        for end in answers:
            if end["type"] not in {"seats.seats_adjusted.v1", "seats.command_rejected.v1"}:
                continue
            before = len(
                {seat["data"]["member_id"] for seat in let_in if seat["row"] < end["row"] and not _ends(end, seat)}
            )
            reported = end["data"].get("let_in_count", 0)
            if before != reported:
                raise Violation("the chosen are let in", f"{command}: {before} have a seat, {reported} are reported")
            left_out = end["data"].get("left_out", 0)
            if left_out and end["data"]["after"] == change["data"]["after"]:
                raise Violation("the chosen are let in", f"{command}: all seats are bought, {left_out} are left out")


def _ends(end: Message, seat: Message) -> bool:
    """Whether a change was rejected by the decision that assigned this seat."""
    causes = {message["headers"]["ce_causationid"] for message in (end, seat)}
    return end["type"] == "seats.command_rejected.v1" and len(causes) == 1


def only_invitations_are_canceled(messages: Iterable[Message]) -> None:
    """Check that the cancellation of an invitation removed nobody who had accepted it."""
    messages = list(messages)
    commands = {message["id"] for message in messages if message["type"] == "members.cancel_invitation.v1"}
    for message in messages:
        if message["type"] != "members.removed.v1" or message["headers"]["ce_causationid"] not in commands:
            continue
        before = message["data"]["before"]
        if before != "invited":
            raise Violation("only invitations are canceled", f"{message['data']['member_id']} was {before}")
