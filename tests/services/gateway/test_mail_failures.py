"""A mail that could not be delivered is on the member's row and in the log, until one is delivered."""

from uuid import uuid4

import httpx

from contracts.members_agencies import AgencyFounded, AgencyRejected
from contracts.notifier import MailFailed, MailSent
from contracts.vocabulary import RejectionCode
from tests.contracts.golden import golden
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor

REASON = "550 5.1.1 No such user here"


async def row(admin: httpx.AsyncClient, email: str) -> dict[str, object]:
    items = (await admin.get("/api/v1/members", params={"q": email})).json()["items"]
    found: dict[str, object] = items[0]
    return found


async def newest(admin: httpx.AsyncClient) -> dict[str, object]:
    line: dict[str, object] = (await admin.get("/api/v1/activity?limit=1")).json()["items"][0]
    return line


async def test_a_refused_invitation_marks_the_row_and_is_in_the_log_until_one_arrives(front: GatewayHarness) -> None:
    await front.agency()
    admin = Visitor(await front.sign_in())
    ida, _ = await front.invite(admin.browser)
    assert (await row(admin.browser, "ida@"))["mailFailed"] is None
    await front.handle(MailFailed(template="invitation", message_id="<1@x>", member_id=ida, reason=REASON))
    assert (await row(admin.browser, "ida@"))["mailFailed"] == REASON
    sentence = f"The invitation to ida@elsewhere.example could not be delivered: “{REASON}”"
    assert (await newest(admin.browser))["sentence"] == sentence
    await admin.open("/admin/agency/members")
    assert f"Email could not be delivered: “{REASON}”. Check the address, correct it if it is wrong" in admin.page
    await front.handle(MailSent(template="invitation", message_id="<2@x>", member_id=ida))
    assert (await row(admin.browser, "ida@"))["mailFailed"] is None


async def test_every_other_mail_that_fails_is_reported_too(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    await front.handle(MailFailed(template="you_are_in", message_id="<1@x>", member_id=noor, reason=REASON))
    assert (await row(admin, "noor@"))["mailFailed"] == REASON
    sentence = f"The email “you are in” to noor@harbor.example could not be delivered: “{REASON}”"
    assert (await newest(admin))["sentence"] == sentence


async def test_a_mail_to_the_operator_is_no_matter_of_the_agency(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    before = await newest(admin)
    reason = "no address of the operator is set"
    await front.handle(MailFailed(template="subscription_ended", message_id="<2@x>", member_id=None, reason=reason))
    assert await newest(admin) == before


async def test_a_mail_that_fails_after_its_agency_was_rejected_is_in_no_log(front: GatewayHarness) -> None:
    await front.agency()
    other, founder = uuid4(), uuid4()
    founded = golden("members.agency_founded.v1").data | {"admin_id": founder, "domain": "gone.example"}
    await front.handle(AgencyFounded(**founded), agency=other)
    await front.handle(AgencyRejected(code=RejectionCode.PAYMENT_DECLINED), agency=other)
    failed = MailFailed(template="not_opened", message_id="<1@x>", member_id=founder, reason=REASON)
    await front.handle(failed, agency=other)
    assert await front.service.pool.fetchval("SELECT count(*) FROM activity WHERE agency_id = $1", other) == 0


async def test_an_open_page_learns_of_a_failed_mail(front: GatewayHarness) -> None:
    await front.agency()
    noor = await front.signed_up()
    for _ in range(2):
        await front.handle(MailFailed(template="you_are_in", message_id="<1@x>", member_id=noor, reason=REASON))
    await front.handle(MailSent(template="you_are_in", message_id="<2@x>", member_id=noor))
    await front.handle(MailSent(template="you_are_in", message_id="<3@x>", member_id=noor))
    named = await front.service.pool.fetchval("SELECT count(*) FROM feed WHERE $1 = ANY(members)", noor)
    assert named == 3, "the sign-up, the failure and its end; what changes nothing is not in the feed"
