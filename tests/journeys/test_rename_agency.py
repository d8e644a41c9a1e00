"""An admin renames the agency: pages, mails and the log show the new name, and a signed BAA keeps its own."""

import pytest

from services.gateway.domain.typed_words import WORDS_MAX
from tests.support.journey import Journey, text_of

ADA, BO, NIA = "ada@harbor.example", "ada@bay.example", "nia@harbor.example"
NEW = "Clínica Ångström 王 & Söhne"


async def test_the_new_name_is_in_pages_mails_and_the_log_and_the_signed_baa_keeps_the_old_one(
    journey: Journey,
) -> None:
    await journey.open_agency(base=2)
    await journey.open_agency("bay.example")
    ada, bo = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await bo.log_in(BO)
    assert (await ada.put("/settings/name", {"name": NEW})).json()["code"] == "baa_unsigned"
    await ada.sign_baa()
    renamed = await ada.put("/settings/name", {"name": f"  {NEW}\u0007 "})
    assert (renamed.status_code, renamed.json()) == (200, {"name": NEW})
    assert (await ada.get("/me"))["agency"]["name"] == NEW
    assert (await bo.get("/me"))["agency"]["name"] == "Harbor Clinic", "the other agency of that name keeps it"
    [line] = [entry for entry in (await ada.get("/activity"))["items"] if entry["action"] == "agency_renamed"]
    assert line["before"] == {"name": "Harbor Clinic"}
    assert line["after"] == {"name": NEW}
    await ada.put("/settings/name", {"name": NEW})
    lines = [entry for entry in (await ada.get("/activity"))["items"] if entry["action"] == "agency_renamed"]
    assert len(lines) == 1, "the same name again changes nothing"
    await ada.invite(NIA)
    [mail] = journey.letterbox.to(NIA)
    assert NEW in text_of(mail)
    copy = await ada.client.get("/baa/" + (await ada.get("/baa"))["signature"]["version"])
    assert "Harbor Clinic" in copy.text.split('<dl class="events">')[1].split("</dl>")[0]


@pytest.mark.parametrize("name", ["", " \u0000\u200b", "x" * (WORDS_MAX + 1)])
async def test_a_name_that_cannot_be_seen_or_is_too_long_is_rejected_on_the_page_and_in_the_api(
    journey: Journey, name: str
) -> None:
    await journey.open_agency()
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    rejected = await ada.put("/settings/name", {"name": name})
    assert (rejected.status_code, list(rejected.json()["errors"])) == (422, ["name"])
    page = await ada.client.post("/admin/agency/settings/name", data={"agency_name": name, "key": "k"})
    assert page.status_code == 422, page.text
    assert f"Write a name, of at most {WORDS_MAX} characters." in page.text
    assert 'id="agency_name-wrong"' in page.text
    assert (await ada.get("/me"))["agency"]["name"] == "Harbor Clinic"
