"""What stays of a discarded message is of no known type, and of its owner's name."""

import pytest

from contracts.discarded import discarded_type
from contracts.every_message import every_message


@pytest.mark.parametrize(
    ("topic", "type_"), [("members.events", "members.discarded.v1"), ("seats.commands", "seats.discarded.v1")]
)
def test_a_discarded_message_keeps_its_owner_and_no_contract_knows_its_type(topic: str, type_: str) -> None:
    assert discarded_type(topic) == type_
    assert type_ not in every_message()
