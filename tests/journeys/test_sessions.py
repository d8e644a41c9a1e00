"""Sessions over HTTP, with all five services: the mail about a new browser, and what an extension sees."""

from tests.support.journey import Browser, Journey, text_of

ADA, NIA = "ada@harbor.example", "nia@harbor.example"
SUBJECT = "New sign-in to Harbor Clinic"


async def signed_in(journey: Journey, email: str) -> Browser:
    browser = journey.browser()
    assert (await browser.log_in(email)).status_code == 201
    await journey.drain()
    return browser


async def test_an_admin_is_mailed_each_sign_in_on_a_new_browser_and_ends_it_from_the_mails_page(
    journey: Journey,
) -> None:
    await journey.open_agency(base=2)
    ada = await signed_in(journey, ADA)
    assert journey.letterbox.subjects(ADA).count(SUBJECT) == 1
    assert (await ada.log_in(ADA)).status_code == 201
    await journey.drain()
    assert journey.letterbox.subjects(ADA).count(SUBJECT) == 1

    stranger = await signed_in(journey, ADA)
    assert journey.letterbox.subjects(ADA).count(SUBJECT) == 2
    mail = next(mail for mail in reversed(journey.letterbox.to(ADA)) if str(mail["Subject"]) == SUBJECT)
    assert "198.51.100.7" in text_of(mail)
    assert f"{journey.public}/sessions" in text_of(mail)
    assert (await ada.client.get("/sessions")).status_code == 200
    assert (await ada.ask("DELETE", "/sessions")).status_code == 204
    assert (await stranger.ask("GET", "/me")).status_code == 401


async def test_a_clinician_is_mailed_nothing_about_a_sign_in(journey: Journey) -> None:
    await journey.open_agency(base=2)
    await journey.browser().join(NIA)
    await signed_in(journey, NIA)
    assert [subject for subject in journey.letterbox.subjects(NIA) if "sign-in to" in subject] == []
