"""The seal of the activity log: each hash covers the one before and what survives an erasure of its line."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from contracts.members import SignedUp
from contracts.personal import ERASED_NAME, erased_address
from contracts.vocabulary import SeatType
from services.gateway.model.activity_seal import Head, StoredLine
from services.gateway.projection.activity.seal import sealed
from tests.support.clock import START

NORA = UUID("019a9f00-0000-7000-8000-00000000b002")
SIGNED_UP = SignedUp(member_id=NORA, email="nora@lakeside.example", name="Nora Nurse", seat_type=SeatType.VOICE)
LINE = StoredLine(
    id=7,
    at=START,
    kind="member",
    costs=False,
    type=SIGNED_UP.type,
    actor="anyone",
    operation_id=UUID(int=1),
    about=(NORA,),
    data=SIGNED_UP.model_dump(mode="json"),
)


def test_a_line_lengthens_the_chain_of_its_events_owner() -> None:
    heads = sealed({}, LINE)
    assert heads.keys() == {"members"}
    again = sealed(heads, replace(LINE, id=8))
    assert (heads["members"].lines, again["members"].lines) == (1, 2)
    assert heads["members"].hash != again["members"].hash, "the hash covers the one before"
    assert sealed({"seats": Head(3, "ab")}, LINE)["seats"] == Head(3, "ab")


def test_a_changed_line_has_another_hash() -> None:
    found = sealed({}, LINE)
    for changed in (
        replace(LINE, at=START + timedelta(seconds=1)),
        replace(LINE, actor="operator"),
        replace(LINE, about=()),
        replace(LINE, data={**LINE.data, "seat_type": "base"}),
    ):
        assert sealed({}, changed) != found


def test_an_erasure_changes_no_hash() -> None:
    erased = {**LINE.data, "email": erased_address(NORA), "name": ERASED_NAME}
    assert sealed({}, replace(LINE, data=erased)) == sealed({}, LINE)
