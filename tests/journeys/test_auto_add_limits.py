"""Auto-Add within limits: over HTTP and on the pages, exact to the seat."""

from tests.journeys.test_let_in import LET_IN, blocked, statuses
from tests.support.journey import Journey, text_of
from tests.support.money import ADA, assert_all_agree, signed_in_admin
from tests.support.visitor import Visitor

DAY = 24 * 3600
SETTINGS = "/admin/agency/settings"
LIMITS = "/settings/auto-add/limits"


async def test_auto_add_stops_at_the_limit_and_an_admin_raises_it_with_the_price_and_lets_them_in(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(f"{SETTINGS}/auto-add"))
    fields = visitor.fields(f"{SETTINGS}/auto-add")
    assert (fields["base_seats"], fields["voice_seats"]) == ("6", "5")
    await journey.during(visitor.send(f"{SETTINGS}/auto-add", limit="yes", voice_seats="1"))
    assert "Auto-Add is ON." in visitor.page
    set_to = await ada.get(LIMITS)
    assert (set_to["base"]["seats"], set_to["voice"]["seats"], set_to["currency"]) == (6, 1, "usd")
    assert (set_to["voice"]["seatAmount"], set_to["voice"]["monthSeats"]) == (5999, None)

    nia = journey.browser()
    assert (await nia.join("nia@harbor.example", "voice")).json()["member"]["status"] == "active"
    late = await blocked(journey, "cem", "dan")
    assert (await late[0].me())["blockedReason"] == "auto_add_limit"
    await journey.pass_time(70, step=5)
    subjects = [str(mail["Subject"]) for mail in journey.letterbox.to(ADA)]
    assert subjects.count("Auto-Add is at its limit: no more Voice seats for Harbor Clinic") == 1
    [digest] = [mail for mail in journey.letterbox.to(ADA) if "blocked" in str(mail["Subject"])]
    assert "no free Voice seat, and Auto-Add is at its limit" in text_of(digest)

    await journey.during(visitor.open("/admin/agency/members"))
    assert "Auto-Add limit" in visitor.page
    await journey.during(visitor.open(LET_IN))
    assert "Raise the limit too" in visitor.page
    assert "Base up to 6 seats in all, Voice up to 5 seats in all." in visitor.page
    await journey.during(visitor.send(LET_IN, **{"raise": "yes"}))
    assert "2 people are in." in visitor.page
    assert await statuses(*late) == ["active"] * 2
    assert (await ada.get(LIMITS))["voice"]["seats"] == 5
    assert (await journey.browser().join("eve@harbor.example", "voice")).json()["member"]["status"] == "active"
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert "Auto-Add reached its limit: 1 of 1 Voice seats in all" in lines
    assert sum("set the limits of Auto-Add" in line for line in lines) == 2
    await assert_all_agree(journey, ada)


async def test_a_limit_of_a_month_and_of_its_price_ends_with_the_month_and_shows_what_it_would_have_done(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0)
    await ada.auto_add(True)
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(SETTINGS))
    wrong = await journey.during(visitor.send(f"{SETTINGS}/limits", voice_month_amount="many", base_seats="-1"))
    assert wrong.status_code == 422
    assert "Write an amount, from $0.00 to $50,000.00." in visitor.page
    assert "Write a whole number" in visitor.page
    await journey.during(visitor.send(f"{SETTINGS}/limits", voice_month_amount="$119.98", base_seats=""))
    assert "The limits of Auto-Add are set." in visitor.page
    for name in ("nia", "cem"):
        await journey.pass_time(3)
        member = (await journey.browser().join(f"{name}@harbor.example", "voice")).json()["member"]
        assert member["status"] == "active"
    await blocked(journey, "dan")
    in_use = (await ada.get(LIMITS))["voice"]
    assert (in_use["boughtThisMonth"], in_use["boughtLastMonth"], in_use["monthAmount"]) == (2, 0, 11998)

    await journey.pass_time(30 * DAY, step=DAY)
    assert (await ada.log_in(ADA)).status_code == 201
    assert (await journey.browser().join("eve@harbor.example", "voice")).json()["member"]["status"] == "active"
    limits = {"voice": {"monthSeats": 1}}
    assert (await ada.put(LIMITS, limits)).json()["voice"] == {"seats": None, "monthSeats": 1, "monthAmount": None}
    in_use = (await ada.get(LIMITS))["voice"]
    assert (in_use["boughtThisMonth"], in_use["boughtLastMonth"], in_use["lastMonthLeftOut"]) == (1, 2, 1)
    await journey.during(visitor.open(SETTINGS))
    assert "last month 2 Voice seats: this limit would have left out 1 of them." in visitor.page
    await blocked(journey, "fay")
    assert (await ada.put(LIMITS, {})).status_code == 200
    await journey.pass_time(12)
    assert (await journey.browser().join("gus@harbor.example", "voice")).json()["member"]["status"] == "active"
