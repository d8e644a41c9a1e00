"""One trace across the bus: from the request to the last service that its command reached."""

from tests.support.journey import Journey

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_every_message_that_a_request_causes_in_any_service_carries_its_trace(journey: Journey) -> None:
    await journey.open_agency(base=2)
    nia = journey.browser()
    nia.client.headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
    await nia.join("nia@harbor.example")
    caused = [
        message
        for type_ in (
            "members.record_login.v1",
            "members.first_login.v1",
            "seats.seat_assigned.v1",
            "members.activated.v1",
        )
        for message in journey.published(type_)
    ]
    mine = [message.type for message in caused if TRACE in (message.envelope.traceparent or "")]
    assert mine == [
        "members.record_login.v1",
        "members.first_login.v1",
        "seats.seat_assigned.v1",
        "members.activated.v1",
    ]
