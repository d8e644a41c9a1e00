"""The rights at the broker follow from what the services subscribe to and publish."""

from typer.testing import CliRunner

from contracts.topics import RESENDS
from contracts.vocabulary import Service
from services.cli.access_lists import publications, subscriptions
from services.cli.commands import app
from tests.support.journey import journey_on


async def test_a_service_may_read_exactly_what_it_subscribes_to(migrated: str) -> None:
    async with journey_on(migrated) as journey:
        topics = {name: one.runtime.definition.topics for name, one in journey.services.items()}
    assert {service: set(subscriptions(service)) for service in Service} == {
        service: {*topics[service], RESENDS} for service in Service
    }


def test_only_the_gateway_members_and_seats_write_topics_of_others() -> None:
    foreign = {
        service: {topic for topic in publications(service) if not topic.startswith(f"{service}.")} - {RESENDS}
        for service in Service
    }
    commands = {"members.commands", "seats.commands", "billing.commands", "notifier.commands"}
    assert foreign == {
        Service.MEMBERS: {"seats.commands"},
        Service.SEATS: {"billing.commands"},
        Service.BILLING: set(),
        Service.NOTIFIER: set(),
        Service.GATEWAY: {*commands, "stripe.events"},
    }


def test_the_command_prints_calls_of_kafkas_tool() -> None:
    printed = CliRunner().invoke(app, ["acls", "--principal", "User:CN={service}"]).output.splitlines()
    start = 'kafka-acls.sh --bootstrap-server "$KAFKA" --command-config "$CONFIG" --add --allow-principal'
    assert all(line.startswith(f"{start} 'User:") for line in printed)
    assert (
        f"{start} 'User:CN=seats' --operation Write --operation Describe"
        " --topic seats.events --topic billing.commands --topic seats.replies --topic headcount.resends"
    ) in printed
    assert f"{start} 'User:CN=seats' --operation Read --group seats" in printed
