"""What lies ahead of an agency at the pace of its last 90 days."""

from tests.journeys.test_invitations import signed_agency
from tests.support.journey import Journey

WEEK = 7 * 24 * 3600


async def test_an_agency_that_grows_by_one_a_week_sees_when_it_is_full_and_what_that_costs(journey: Journey) -> None:
    ada = await signed_agency(journey, base=9, voice=1)
    young = await ada.get("/seats/outlook")
    assert [young["forecasts"][seat]["state"] for seat in ("base", "voice")] == ["not_enough_history"] * 2
    assert young["year"] is None
    for week in range(5):
        await journey.advance(WEEK)
        await journey.browser().join(f"p{week}@harbor.example")
    ada = journey.browser()
    await ada.log_in("ada@harbor.example")
    outlook, billing = await ada.get("/seats/outlook"), await ada.get("/billing")
    base = outlook["forecasts"]["base"]
    assert (base["state"], base["weeks"], base["soonest"], base["latest"]) == ("full_in", 3, 3, 3)
    assert base["sentence"] == "Base seats: full in 3 weeks."
    assert outlook["forecasts"]["voice"]["state"] == "not_in_sight"
    assert outlook["nextInvoice"] == {"at": billing["renewsAt"], "total": billing["total"]}
    assert outlook["year"]["asItIs"]["amount"] == 12 * billing["total"]["amount"]
    assert outlook["year"]["atThisPace"]["amount"] > outlook["year"]["asItIs"]["amount"]
    near = next(tier for tier in outlook["nearTiers"] if tier["seatType"] == "base")
    assert (near["more"], near["seats"]) == (1, billing["prices"]["base"]["nextFrom"])
    assert near["saves"]["amount"] == 10 * (
        billing["prices"]["base"]["unitAmount"]["amount"] - near["unitAmount"]["amount"]
    )
    page = (await ada.client.get("/admin/agency/billing")).text
    assert "Base seats: full in 3 weeks." in page
    assert near["sentence"] in page
