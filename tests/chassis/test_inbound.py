"""A record that cannot be read: what the operator is told of it."""

from datetime import UTC, datetime
from uuid import uuid4

from chassis.inbound import read_message
from chassis.records import StoredRecord
from contracts.envelope import Envelope
from contracts.members import MembersCommandRejected
from contracts.vocabulary import ANYONE


def test_the_reason_names_the_field_and_nothing_that_the_data_says() -> None:
    value = (
        b'{"command_id": "%s", "command_type": "members.invite.v1", "code": "y", "figures": {"ada@harbor.example": []}}'
    )
    one = uuid4()
    value %= str(one).encode()
    envelope = Envelope(one, MembersCommandRejected.type, "members", datetime.now(UTC), one, 1, one, one, ANYONE)
    read = read_message({MembersCommandRejected: lambda *_: None}, envelope, StoredRecord("t", 0, 0, b"", value, ()))
    assert read.fault is not None
    assert read.fault.startswith("data: figures: ")
    assert "ada" not in read.fault
