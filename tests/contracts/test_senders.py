"""Which service may send what to which topic."""

import pytest

from contracts.every_message import every_message
from contracts.members import ChangeRole
from contracts.members_agencies import AddAdmin, FoundAgency
from contracts.message import Command
from contracts.senders import may_send, senders_to
from contracts.topics import TOPICS
from contracts.vocabulary import Service
from tests.contracts.golden import golden, golden_names


@pytest.mark.parametrize(
    ("sender", "type_", "topic"),
    [
        ("gateway", "members.change_role.v1", "members.commands"),
        ("seats", "billing.set_quantities.v1", "billing.commands"),
        ("seats", "billing.pay_owed.v1", "billing.commands"),
        ("seats", "seats.seat_assigned.v1", "seats.events"),
        ("billing", "billing.quoted.v1", "billing.replies"),
        # Types of a newer release.
        ("seats", "seats.newer.v1", "seats.events"),
        ("gateway", "members.newer.v1", "members.commands"),
        ("seats", "billing.newer.v1", "billing.commands"),
    ],
)
def test_a_service_may_send_its_own_events_and_the_commands_that_name_it(sender: str, type_: str, topic: str) -> None:
    assert may_send(sender, type_, topic)


@pytest.mark.parametrize(
    ("sender", "type_", "topic"),
    [
        ("seats", "members.change_role.v1", "members.commands"),
        ("gateway", "billing.set_quantities.v1", "billing.commands"),
        ("gateway", "members.change_role.v1", "members.events"),
        ("gateway", "members.change_role.v1", "seats.commands"),
        ("gateway", "seats.seat_assigned.v1", "seats.events"),
        ("seats", "billing.quoted.v1", "billing.replies"),
        ("nobody", "seats.seat_assigned.v1", "seats.events"),
        ("billing", "seats.newer.v1", "seats.events"),
        ("seats", "members.newer.v1", "members.commands"),
        ("seats", "members.newer.v1", "seats.events"),
    ],
)
def test_nothing_else_is_believed(sender: str, type_: str, topic: str) -> None:
    assert not may_send(sender, type_, topic)


@pytest.mark.parametrize("name", [name for name in sorted(golden_names()) if golden(name).headers is not None])
def test_the_sender_of_every_golden_file_is_believed(name: str) -> None:
    headers = golden(name).headers
    assert headers is not None
    assert may_send(headers["ce_source"].removeprefix("/"), headers["ce_type"], golden(name).topic)


def test_every_topic_has_its_senders() -> None:
    assert {topic.name: set(senders_to(topic.name)) for topic in TOPICS} == {
        "members.commands": {Service.GATEWAY},
        "members.events": {Service.MEMBERS},
        "seats.commands": {Service.GATEWAY, Service.MEMBERS},
        "seats.events": {Service.SEATS},
        "seats.replies": {Service.SEATS},
        "billing.commands": {Service.GATEWAY, Service.SEATS},
        "billing.events": {Service.BILLING},
        "billing.replies": {Service.BILLING},
        "notifier.commands": {Service.GATEWAY},
        "notifier.events": {Service.NOTIFIER},
        "gateway.commands": set(),
        "gateway.events": {Service.GATEWAY},
        "stripe.events": {Service.GATEWAY},
        "headcount.resends": set(Service),
    }


def test_only_the_operator_opens_agencies_and_gives_them_admins() -> None:
    commands = [model for model in every_message().values() if issubclass(model, Command)]
    assert {model for model in commands if model.only_by_operator} == {FoundAgency, AddAdmin}
    assert not ChangeRole.only_by_operator
