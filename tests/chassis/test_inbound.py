"""A record that cannot be read is listed with a reason, which never quotes the record's data."""

from datetime import UTC, datetime
from uuid import uuid4

from chassis.inbound import read_message
from contracts.envelope import Envelope
from contracts.members import MembersCommandRejected
from contracts.vocabulary import ANYONE
from transport.records import StoredRecord


def test_the_reason_names_the_field_and_quotes_nothing_of_the_data() -> None:
    value = (
        b'{"command_id": "%s", "command_type": "members.invite.v1", "code": "y", "figures": {"ada@harbor.example": []}}'
    )
    id_ = uuid4()
    value %= str(id_).encode()
    envelope = Envelope(id_, MembersCommandRejected.type, "members", datetime.now(UTC), id_, 1, id_, id_, ANYONE)
    read = read_message({MembersCommandRejected: lambda *_: None}, envelope, StoredRecord("t", 0, 0, b"", value, ()))
    assert read.fault is not None
    assert read.fault.startswith("data: figures: ")
    assert "ada" not in read.fault
