"""The first login over HTTP: free seat, full and OFF, full and ON; Base and Voice alike; exact to the cent."""


from tests.support.journey import Journey

ADA = "ada@harbor.example"
NIA = "nia@harbor.example"


async def test_a_free_seat_makes_the_clinician_active(journey: Journey) -> None:
    opened = await journey.open_agency(base=2)
    assert opened.status_code == 201, opened.text
    nia = journey.browser()
    answer = await nia.join(NIA)
    assert answer.status_code == 201, answer.text
    assert answer.json()["member"]["status"] == "active"
    assert answer.json()["member"]["planType"] == "base"
    assert (await nia.get("/me"))["member"]["status"] == "active"
    assert await journey.updates() == [], "a free seat costs nothing"
