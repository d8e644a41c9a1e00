"""The auto-join domain over HTTP: which admin may set the domain, and which sign-ups it then allows."""

from tests.journeys.test_invitations import signed_agency
from tests.journeys.test_roles import ADA
from tests.support.journey import Browser, Journey

BAY = "bay.example"


async def admin_on(journey: Journey, ada: Browser, email: str) -> Browser:
    """Return another admin, whose proven address is on another domain."""
    assert (await ada.invite(email, role="admin")).status_code == 201
    browser = journey.browser()
    assert (await browser.accept(journey.letterbox.invitations(email)[-1])).status_code == 201
    return browser


async def test_an_admin_with_a_proven_address_on_a_domain_makes_it_the_auto_join_domain(journey: Journey) -> None:
    ada = await signed_agency(journey, base=4)
    await journey.browser().sign_up("early@harbor.example")
    eve = await admin_on(journey, ada, f"eve@{BAY}")
    changed = await eve.put("/settings/domain", {"domain": "Bay.Example"})
    assert (changed.status_code, changed.json()) == (200, {"domain": BAY})
    joined = await journey.browser().join(f"nia@{BAY}")
    assert joined.json()["member"]["status"] == "active"
    old = await journey.browser().sign_up("late@harbor.example")
    assert (old.status_code, old.json()["code"]) == (422, "domain_not_auto_join")
    early = await journey.browser().log_in("early@harbor.example")
    assert early.json()["member"]["status"] == "active", "a sign-up on the old domain stays valid"


async def test_a_domain_that_the_admins_own_address_does_not_prove_is_rejected(journey: Journey) -> None:
    ada = await signed_agency(journey)
    for domain in (BAY, "sub.harbor.example"):
        rejected = await ada.put("/settings/domain", {"domain": domain})
        assert (rejected.status_code, rejected.json()["code"]) == (422, "domain_not_proven")
        assert rejected.json()["detail"].startswith(f"Only an admin whose own address is on {domain} can set it.")


async def test_only_one_agency_holds_a_domain(journey: Journey) -> None:
    ada = await signed_agency(journey, base=3)
    await journey.open_agency(BAY, base=2)
    eve = await admin_on(journey, ada, f"eve@{BAY}")
    taken = await eve.put("/settings/domain", {"domain": BAY})
    assert (taken.status_code, taken.json()["code"]) == (409, "domain_taken")
    assert taken.json()["detail"].startswith(f"Another agency uses {BAY} for joining.")
    assert (await ada.put("/settings/domain", {"domain": "harbor.example"})).status_code == 200, (
        "the agency has this domain already"
    )


async def test_no_agency_gets_a_public_mail_domain(journey: Journey) -> None:
    ada = await signed_agency(journey, base=3)
    eve = await admin_on(journey, ada, "eve@gmail.com")
    rejected = await eve.put("/settings/domain", {"domain": "gmail.com"})
    assert (rejected.status_code, rejected.json()["code"]) == (422, "public_domain")
    assert "gmail.com" in rejected.json()["detail"]


async def test_no_domain_is_set_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency()
    ada = journey.browser()
    await ada.log_in(ADA)
    rejected = await ada.put("/settings/domain", {"domain": "harbor.example"})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "baa_unsigned")
