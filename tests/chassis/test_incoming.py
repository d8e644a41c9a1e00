"""A record that cannot be read: what the operator is told of it."""

from datetime import UTC, datetime
from uuid import uuid4

from chassis.incoming import incoming
from chassis.records import StoredRecord
from contracts.envelope import Envelope
from contracts.members import MembersOrderRefused
from contracts.vocabulary import ANYONE


def test_the_reason_names_the_field_and_nothing_that_the_data_says() -> None:
    value = b'{"order_id": "%s", "order_type": "members.invite.v1", "code": "y", "figures": {"ada@harbor.example": []}}'
    one = uuid4()
    value %= str(one).encode()
    envelope = Envelope(one, MembersOrderRefused.type, "members", datetime.now(UTC), one, 1, one, one, ANYONE)
    read = incoming({MembersOrderRefused: lambda *_: None}, envelope, StoredRecord("t", 0, 0, b"", value, ()))
    assert read.fault is not None
    assert read.fault.startswith("data: figures: ")
    assert "ada" not in read.fault
