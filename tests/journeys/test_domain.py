"""The auto-join domain over HTTP: who may set it, and who joins by it then."""

from tests.journeys.test_invitations import signed
from tests.journeys.test_roles import ADA
from tests.support.journey import Browser, Journey

BAY = "bay.example"


async def admin_on(journey: Journey, ada: Browser, email: str) -> Browser:
    """Another admin, with a proven address on another domain."""
    assert (await ada.invite(email, role="admin")).status_code == 201
    browser = journey.browser()
    assert (await browser.accept(journey.letterbox.invitations(email)[-1])).status_code == 201
    return browser


async def test_an_admin_with_a_proven_address_on_it_makes_a_domain_the_one_to_join_by(journey: Journey) -> None:
    ada = await signed(journey, base=4)
    await journey.browser().sign_up("early@harbor.example")
    eve = await admin_on(journey, ada, f"eve@{BAY}")
    changed = await eve.put("/settings/domain", {"domain": "Bay.Example"})
    assert (changed.status_code, changed.json()) == (200, {"domain": BAY})
    joined = await journey.browser().join(f"nia@{BAY}")
    assert joined.json()["member"]["status"] == "active"
    old = await journey.browser().sign_up("late@harbor.example")
    assert (old.status_code, old.json()["code"]) == (422, "domain_not_auto_join")
    early = await journey.browser().log_in("early@harbor.example")
    assert early.json()["member"]["status"] == "active", "who signed up on the old one goes on"


async def test_a_domain_that_none_of_the_admins_own_addresses_proves_is_not_set(journey: Journey) -> None:
    ada = await signed(journey)
    for domain in (BAY, "sub.harbor.example"):
        refused = await ada.put("/settings/domain", {"domain": domain})
        assert (refused.status_code, refused.json()["code"]) == (422, "domain_not_proven")
        assert refused.json()["detail"].startswith(f"Only an admin whose own address is on {domain} can set it.")


async def test_one_agency_holds_a_domain_and_the_next_may_have_it_when_it_is_free(journey: Journey) -> None:
    ada = await signed(journey, base=3)
    await journey.open_agency(BAY, base=2)
    eve = await admin_on(journey, ada, f"eve@{BAY}")
    taken = await eve.put("/settings/domain", {"domain": BAY})
    assert (taken.status_code, taken.json()["code"]) == (409, "domain_taken")
    assert taken.json()["detail"].startswith(f"Another agency uses {BAY} for joining.")
    assert (await ada.put("/settings/domain", {"domain": "harbor.example"})).status_code == 200, "it has it already"


async def test_a_public_mail_domain_is_nobodys(journey: Journey) -> None:
    ada = await signed(journey, base=3)
    eve = await admin_on(journey, ada, "eve@gmail.com")
    refused = await eve.put("/settings/domain", {"domain": "gmail.com"})
    assert (refused.status_code, refused.json()["code"]) == (422, "public_domain")
    assert "gmail.com" in refused.json()["detail"]


async def test_no_domain_is_set_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency()
    ada = journey.browser()
    await ada.log_in(ADA)
    refused = await ada.put("/settings/domain", {"domain": "harbor.example"})
    assert (refused.status_code, refused.json()["code"]) == (409, "baa_unsigned")
