"""A discarded message has a type of its owner's that no contract knows."""

from contracts.discarded import discarded_type
from contracts.every_message import every_message
from contracts.vocabulary import Service


def test_no_contract_knows_a_discarded_message() -> None:
    types = {discarded_type(message.topic) for message in every_message().values()}
    assert types == {f"{service}.discarded.v1" for service in Service}
    assert not types & every_message().keys()
