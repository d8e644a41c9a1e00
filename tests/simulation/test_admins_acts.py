"""The invariants about what admins do to members can fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.admins_acts import chosen_members_are_let_in, only_invitations_are_canceled
from tests.simulation.invariants import Violation

AFTER = {"base": 2, "voice": 0}


def message(kind: str, row: int, id_: str, correlation: str, **data: object) -> dict[str, Any]:
    headers = {"ce_causationid": f"cause of row {row}"}
    return {"type": kind, "row": row, "id": id_, "correlation_id": correlation, "data": data, "headers": headers}


CHANGE = message("seats.adjust.v1", 1, "change", "command", let_in=[{"member_id": "nia"}], after=AFTER)
BUY = message("billing.set_quantities.v1", 1, "buy", "command")
SEAT = message("seats.seat_assigned.v1", 2, "seat", "change", member_id="nia")
END = message("seats.seats_adjusted.v1", 3, "end", "command", let_in_count=1, left_out=0, after=AFTER)
REJECTED = message("seats.command_rejected.v1", 3, "end", "command", code="quote_stale")


def test_a_change_that_let_in_whom_it_reports_is_clean_and_so_is_a_rejected_one() -> None:
    chosen_members_are_let_in([CHANGE, BUY, SEAT, END])
    chosen_members_are_let_in([CHANGE, REJECTED])
    freed = {**SEAT, "headers": REJECTED["headers"]}
    chosen_members_are_let_in([CHANGE, freed, REJECTED])
    fewer = {**END["data"], "let_in_count": 0, "left_out": 1, "after": {"base": 1, "voice": 0}}
    chosen_members_are_let_in([CHANGE, BUY, {**END, "data": fewer}])


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("a change buys once", [CHANGE, BUY, BUY, SEAT, END]),
        ("the chosen are let in", [CHANGE, BUY, END]),
        ("the chosen are let in", [CHANGE, SEAT, REJECTED]),
        ("the chosen are let in", [CHANGE, SEAT, {**END, "data": {**END["data"], "left_out": 1}}]),
    ],
)
def test_a_change_that_does_otherwise_is_reported(name: str, messages: list[dict[str, Any]]) -> None:
    with pytest.raises(Violation) as violation:
        chosen_members_are_let_in(messages)
    assert violation.value.name == name


def test_a_cancellation_that_removes_an_active_member_is_reported() -> None:
    command = message("members.cancel_invitation.v1", 1, "cancel", "cancel")
    removed = {**message("members.removed.v1", 2, "gone", "cancel", member_id="nia", before="invited"),
               "headers": {"ce_causationid": "cancel"}}  # fmt: skip
    only_invitations_are_canceled([command, removed])
    with pytest.raises(Violation, match="nia was active"):
        only_invitations_are_canceled([command, {**removed, "data": {"member_id": "nia", "before": "active"}}])
