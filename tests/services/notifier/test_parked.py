"""The operator is mailed about an agency that a service holds back, also when the notifier itself is the service."""

import pytest

from contracts.billing import BillingAgencyParked
from contracts.gateway import GatewayAgencyParked
from contracts.members import MembersAgencyParked
from contracts.message import Message
from contracts.seats import SeatsAgencyParked
from tests.services.notifier.test_billing_mails import OPERATOR, clinic_with_operator
from tests.services.notifier.world import Clinic, body_of

__all__ = ("clinic_with_operator",)


@pytest.mark.parametrize("kind", [MembersAgencyParked, SeatsAgencyParked, BillingAgencyParked, GatewayAgencyParked])
async def test_the_operator_is_mailed_which_service_waits_and_how_to_go_on(
    clinic_with_operator: Clinic, kind: type[Message]
) -> None:
    clinic = clinic_with_operator
    await clinic.opened()
    await clinic.handle(kind.model_validate({"message_type": "members.removed.v1"}))
    owner = kind.type.partition(".")[0]
    assert await clinic.delivered() == [(OPERATOR, f"Northside waits: {owner} could not handle a message")]
    text = body_of(clinic.mails.handed_over[0])
    assert f"The service {owner} could not handle members.removed.v1 of Northside" in text
    assert f"headcount deferred resume {owner} --agency {clinic.agency_id}" in text


async def test_an_agency_that_is_not_known_yet_is_named_by_its_id(clinic_with_operator: Clinic) -> None:
    clinic = clinic_with_operator
    await clinic.handle(MembersAgencyParked(message_type="members.found_agency.v1"))
    assert await clinic.delivered() == [(OPERATOR, "An agency waits: members could not handle a message")]
    assert f"--agency {clinic.agency_id}" in body_of(clinic.mails.handed_over[0])


async def test_a_message_that_kafka_refuses_is_named_with_the_commands_for_it(clinic_with_operator: Clinic) -> None:
    clinic = clinic_with_operator
    await clinic.opened()
    await clinic.handle(SeatsAgencyParked(message_type="seats.auto_add_set.v1", refused=True))
    assert await clinic.delivered() == [(OPERATOR, "Northside waits: Kafka refuses a message of seats")]
    text = body_of(clinic.mails.handed_over[0])
    assert "Kafka refuses seats.auto_add_set.v1 of Northside, which the service seats publishes" in text
    assert "headcount refused list seats" in text


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        (0, "and no other agency waits."),
        (1, "Kafka refuses messages of 1 other agency too."),
        (9, "of 9 other agencies too. You get no email about further agencies: the list has them all."),
    ],
)
async def test_the_mail_says_how_many_agencies_wait_for_kafka(
    clinic_with_operator: Clinic, others: int, sentence: str
) -> None:
    clinic = clinic_with_operator
    await clinic.opened()
    await clinic.handle(SeatsAgencyParked(message_type="seats.auto_add_set.v1", refused=True, others=others))
    await clinic.delivered()
    assert sentence in " ".join(body_of(clinic.mails.handed_over[0]).split())


async def test_a_cause_of_very_many_agencies_is_mailed_for_the_first_ten(clinic_with_operator: Clinic) -> None:
    clinic = clinic_with_operator
    await clinic.opened()
    await clinic.handle(SeatsAgencyParked(message_type="seats.auto_add_set.v1", refused=True, others=10))
    assert await clinic.delivered() == []
