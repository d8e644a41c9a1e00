"""One agency's story, step by step, in which the services handle as many message types as possible.

To cover a further message type, add a method named after what happens, and list the method in `Story.steps`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.actor import ActorContext, LocalCommand
from contracts.billing import AccountOpened, OpenPortal, QuoteSeats
from contracts.message import Command, Seats
from contracts.vocabulary import Service, member
from tests.support import newer_baa
from tests.support.journey import OPERATOR, Browser, Journey, text_of
from tests.support.money import UPDATES

DOMAIN = "harbor.example"
ADA, NIA, CEM, DEE, EVA, FAY, GIL = (f"{name}@{DOMAIN}" for name in ("ada", "nia", "cem", "dee", "eva", "fay", "gil"))
ROY, SUE = (f"{name}@{DOMAIN}" for name in ("roy", "sue"))
HAL, LEO, OLE = (f"{name}@elsewhere.example" for name in ("hal", "leo", "ole"))
IDA, JAN, MAE = f"ida@{DOMAIN}", f"jan@{DOMAIN}", f"mae@{DOMAIN}"
MOST_STEPS = 200
"""Steps within which billing gets its command to change seats."""
MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
MONTH = 31 * DAY + 3700
"""Seconds until an invoice of the next cycle has been tried."""
Step = Callable[[], Awaitable[None]]


class Story:
    """The agency's story. Run the steps in their order; each step leaves the system at rest."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.ada = journey.browser()
        self.people: dict[str, Browser] = {}
        self.quote_id: UUID | None = None
        self.steps: tuple[Step, ...] = (
            self.an_agency_whose_card_is_declined,
            self.an_agency_opens,
            self.its_admin_signs_in,
            self.auto_add_is_rejected_before_the_baa,
            self.the_baa_is_signed,
            self.a_new_version_of_the_baa_asks,
            self.the_agency_is_renamed,
            self.the_domain_is_set_again,
            self.a_clinician_finds_a_free_seat_and_comes_again,
            self.somebody_signs_up_twice,
            self.a_member_signs_up_again,
            self.a_code_is_requested_at_another_spelling,
            self.an_admin_corrects_a_name,
            self.a_clinician_is_blocked,
            self.a_blocked_clinician_is_let_in_with_a_seat_bought_for_them,
            self.roles_change_and_the_last_admin_stays,
            self.somebody_is_invited_anew_and_accepts,
            self.a_seat_is_swapped,
            self.two_exchange_their_seats,
            self.somebody_is_removed_brought_back_and_removed,
            self.admins_approve_each_and_decide,
            self.an_invitation_is_canceled,
            self.an_invitation_cannot_be_delivered,
            self.auto_add_buys_a_seat,
            self.somebody_is_removed_while_a_seat_is_bought,
            self.the_card_is_declined_and_changed,
            self.the_card_is_declined_and_an_admin_tries_again,
            self.stripe_is_silent_for_ten_minutes,
            self.seats_are_quoted_and_adjusted,
            self.stripe_is_silent_during_an_admins_change,
            self.the_days_invoices_are_used_up,
            self.keys_come_and_go,
            self.large_changes_need_a_code,
            self.an_admin_wants_the_mail_about_idle_seats,
            self.the_operator_adds_an_admin,
            self.the_portal_opens_and_does_not,
            self.codes_are_guessed,
            self.seats_are_lowered_and_raised_elsewhere,
            self.a_renewal_is_paid_late,
            self.idle_seats_are_mailed_and_people_reminded,
            self.a_renewal_is_paid_when_an_admin_tries_again,
            self.a_payment_is_refunded,
            self.a_reduction_is_taken_back_comes_near_is_made_and_is_missed,
            self.an_edit_is_made_during_a_change,
            self.a_change_on_account_is_canceled_and_another_not_paid,
            self.an_end_is_scheduled_comes_near_and_is_taken_back,
            self.the_cycle_is_switched,
            self.prorations_wait_when_the_invoices_are_used_up,
            self.the_line_moves_by_itself,
            self.the_subscription_is_cancelled,
        )

    async def run(self, after: Callable[[str], Awaitable[None]]) -> None:
        """Run all steps, and call `after` with the name of each finished step."""
        for step in self.steps:
            await step()
            await self.journey.drain()
            await after(step.__name__)

    async def an_agency_whose_card_is_declined(self) -> None:
        response = await self.journey.open_agency("broke.example", card="pm_card_chargeDeclined")
        assert response.status_code == 402, response.text

    async def an_agency_opens(self) -> None:
        assert (await self.journey.open_agency(DOMAIN, base=2, voice=1)).status_code == 201

    async def its_admin_signs_in(self) -> None:
        _ok(await self.ada.log_in(ADA))

    async def auto_add_is_rejected_before_the_baa(self) -> None:
        assert (await self.ada.auto_add(enabled=True)).json()["code"] == "baa_unsigned"

    async def the_baa_is_signed(self) -> None:
        _ok(await self.ada.sign_baa())

    async def a_new_version_of_the_baa_asks(self) -> None:
        newer_baa.release(self.journey)
        await newer_baa.ask(self.journey)

    async def the_agency_is_renamed(self) -> None:
        _ok(await self.ada.put("/settings/name", {"name": "Harbor Health"}))

    async def the_domain_is_set_again(self) -> None:
        _ok(await self.ada.put("/settings/domain", {"domain": DOMAIN}))

    async def a_clinician_finds_a_free_seat_and_comes_again(self) -> None:
        assert await self.joins(NIA) == "active"
        _ok(await self.journey.browser().log_in(NIA))

    async def somebody_signs_up_twice(self) -> None:
        for _ in range(2):
            _ok(await self.journey.browser().sign_up(CEM))

    async def a_member_signs_up_again(self) -> None:
        _ok(await self.journey.browser().sign_up(NIA))

    async def a_code_is_requested_at_another_spelling(self) -> None:
        spelling = ADA.replace("@", "+work@")
        _ok(await self.journey.browser().post("/login-codes", {"email": spelling}))

    async def an_admin_corrects_a_name(self) -> None:
        _ok(await self.ada.ask("PATCH", f"/members/{await self.id_of(NIA)}", {"name": "Nia Novak-Park"}))

    async def a_clinician_is_blocked(self) -> None:
        assert await self.joins(CEM) == "blocked"
        await self.journey.pass_time(2 * MINUTE, step=10)

    async def a_blocked_clinician_is_let_in_with_a_seat_bought_for_them(self) -> None:
        assert await self.joins(MAE) == "blocked"
        seats = await self.ada.get("/seats")
        after = {"base": seats["base"]["purchased"] + 1, "voice": seats["voice"]["purchased"]}
        quoted = await self.ada.post("/seats/quotes", after)
        body = after | {"quoteId": quoted.json()["id"], "ids": [await self.id_of(MAE)]}
        _ok(await self.ada.post("/members/let-in", body))

    async def roles_change_and_the_last_admin_stays(self) -> None:
        nia = f"/members/{await self.id_of(NIA)}"
        _ok(await self.ada.ask("PATCH", nia, {"role": "admin"}))
        _ok(await self.ada.ask("PATCH", nia, {"role": "clinician"}))
        last = await self.ada.ask("PATCH", f"/members/{await self.id_of(ADA)}", {"role": "clinician"})
        assert last.json()["code"] == "last_admin"

    async def somebody_is_invited_anew_and_accepts(self) -> None:
        body = {"email": HAL, "name": "Hal Ode", "seatType": "voice"}
        _ok(await self.ada.post("/members", body))
        await self.journey.drain()
        _ok(await self.ada.post(f"/members/{await self.id_of(HAL)}/reinvite", {}))
        await self.journey.drain()
        hal = self.journey.browser()
        link = text_of(self.journey.letterbox.to(HAL)[-1]).partition("/invite/")[2].split()[0]
        accepted = await hal.post("/invitations/accept", {"token": link})
        assert accepted.json()["member"]["status"] == "active"

    async def an_invitation_cannot_be_delivered(self) -> None:
        self.journey.letterbox.unknown.add(LEO)
        _ok(await self.ada.post("/members", {"email": LEO, "name": "Leo Lund", "seatType": "voice"}))
        await self.journey.drain()
        _ok(await self.ada.ask("DELETE", f"/members/{await self.id_of(LEO)}"))

    async def an_invitation_is_canceled(self) -> None:
        _ok(await self.ada.post("/members", {"email": OLE, "name": "Ole Ask", "seatType": "voice"}))
        await self.journey.drain()
        _ok(await self.ada.ask("DELETE", f"/members/{await self.id_of(OLE)}/invitation"))

    async def somebody_is_erased(self) -> None:
        """Erase somebody. It is no step, because the records on the bus that later steps look up are gone then."""
        [ole] = [row for row in (await self.ada.get("/members?status=removed"))["items"] if row["email"] == OLE]
        _ok(await self.ada.post(f"/members/{ole['id']}/erase", None))
        await self.journey.pass_time(MINUTE, step=10)

    async def a_seat_is_swapped(self) -> None:
        _ok(await self.ada.ask("DELETE", f"/members/{await self.id_of(HAL)}"))
        _ok(await self.ada.ask("PATCH", f"/members/{await self.id_of(NIA)}", {"seatType": "voice"}))

    async def two_exchange_their_seats(self) -> None:
        ada, nia = str(await self.id_of(ADA)), str(await self.id_of(NIA))
        _ok(await self.ada.exchange({ada: "voice", nia: "base"}))
        _ok(await self.ada.exchange({ada: "base", nia: "voice"}))

    async def somebody_is_removed_brought_back_and_removed(self) -> None:
        nia = f"/members/{await self.id_of(NIA)}"
        _ok(await self.ada.ask("DELETE", nia))
        await self.journey.drain()
        _ok(await self.ada.ask("POST", f"{nia}/undo-removal"))
        await self.journey.drain()
        _ok(await self.ada.ask("DELETE", nia))

    async def admins_approve_each_and_decide(self) -> None:
        _ok(await self.ada.put("/settings/seat-policies", {"base": "ask", "voice": "approve_each"}))
        assert [await self.joins(email, "voice") for email in (ROY, SUE)] == ["blocked", "blocked"]
        for email, body in ((ROY, {"action": "approve"}), (SUE, {"action": "decline", "note": "Ask again in May."})):
            _ok(await self.ada.post("/members/change", body | {"ids": [await self.id_of(email)]}))
            await self.journey.pass_time(2 * MINUTE, step=10)
        assert (await self.people[ROY].me())["status"] == "active"
        _ok(await self.ada.ask("DELETE", f"/members/{await self.id_of(ROY)}"))
        _ok(await self.ada.put("/settings/seat-policies", {"base": "ask", "voice": "ask"}))

    async def the_line_moves_by_itself(self) -> None:
        _ok(await self.ada.auto_add(enabled=False))
        _ok(await self.ada.put("/settings/moving-line", {"enabled": True}))
        for number in range(20):
            if await self.joins(f"line{number}@{DOMAIN}") == "blocked":
                break
        rows = (await self.ada.get("/members?status=active"))["items"]
        leaving = next(row for row in rows if (row["role"], row["planType"]) == ("clinician", "base"))
        _ok(await self.ada.ask("DELETE", f"/members/{leaving['id']}"))
        await self.journey.pass_time(2 * MINUTE, step=10)
        assert self.journey.published("members.seat_offered.v1")

    async def an_admin_wants_the_mail_about_idle_seats(self) -> None:
        _ok(await self.ada.put("/settings/idle-mail", {"enabled": True}))

    async def idle_seats_are_mailed_and_people_reminded(self) -> None:
        assert await self.journey.http.gateway.idle_mails.run_once() == 1
        _ok(await self.ada.log_in(ADA))
        _ok(await self.ada.post("/usage", {"members": [{"email": DEE}]}))
        _ok(await self.ada.post("/members/change", {"action": "remind", "ids": [await self.id_of(EVA)]}))

    async def a_reduction_is_taken_back_comes_near_is_made_and_is_missed(self) -> None:
        _ok(await self.ada.log_in(ADA))
        for kept in (False, True):
            await self.schedules_less_than_is_used()
            if not kept:
                _ok(await self.ada.ask("DELETE", "/seats/reduction"))
        for before in (6 * DAY, HOUR / 2, -5 * MINUTE):
            renewal = datetime.fromisoformat((await self.ada.get("/billing"))["renewsAt"])
            while (left := (renewal - self.journey.clock()).total_seconds() - before) > 0:
                await self.journey.advance(min(DAY, left))
        await self.stripe_event("customer.subscription.updated")
        _ok(await self.ada.log_in(ADA))
        await self.schedules_less_than_is_used()
        await self.journey.advance(MONTH)
        await self.stripe_event("customer.subscription.updated")

    async def schedules_less_than_is_used(self) -> None:
        """Schedule a reduction to no Base seat."""
        _ok(await self.ada.put("/seats/reduction", {"base": 0, "voice": (await self.purchased())["voice"]}))

    async def auto_add_buys_a_seat(self) -> None:
        _ok(await self.ada.auto_add(enabled=True))
        _ok(await self.ada.put("/settings/auto-add/limits", {"base": {"monthSeats": 1}, "voice": {"monthSeats": 1}}))
        foreseen = {"people": [{"email": DEE, "seatType": "base"}]}
        _ok(
            await self.journey.during(self.journey.later(self.ada.client.post("/api/v1/seats/dry-runs", json=foreseen)))
        )
        assert [await self.joins(email) for email in (DEE, EVA)] == ["active", "active"]
        _ok(await self.ada.put("/settings/auto-add/limits", {}))

    async def somebody_is_removed_while_a_seat_is_bought(self) -> None:
        await self.journey.advance(MINUTE)
        await self.logs_in_and_waits(FAY)
        _ok(await self.ada.ask("DELETE", f"/members/{await self.id_of(FAY)}"))
        self.journey.bus.held = set()
        await self.journey.drain()
        # The seat that was bought for Fay is free, so Gil gets it.
        assert await self.joins(GIL) == "active"

    async def the_card_is_declined_and_changed(self) -> None:
        await self.declines(IDA)
        await self.card("good")
        await self.stripe_event("payment_method.attached")

    async def the_card_is_declined_and_an_admin_tries_again(self) -> None:
        await self.declines(JAN)
        await self.card("good")
        _ok(await self.ada.post("/billing/retry", {}))
        await self.journey.pass_time(MINUTE, step=5)

    async def stripe_is_silent_for_ten_minutes(self) -> None:
        await self.journey.stripe.fault("error", method=None, path="/v1/*", times=10_000)
        await self.logs_in_and_waits(f"kim@{DOMAIN}", hold=False)
        await self.journey.pass_time(12 * MINUTE, step=30)
        await self.journey.stripe.heal()
        await self.journey.pass_time(2 * MINUTE, step=10)

    async def seats_are_quoted_and_adjusted(self) -> None:
        seats = await self.ada.get("/seats")
        after = {"base": seats["base"]["purchased"] + 2, "voice": seats["voice"]["purchased"]}
        # The newer of two quotes requested in the same instant supersedes the older.
        await self.command(*(QuoteSeats(after=Seats(base=base), session="story") for base in (20, 21)))
        quoted = await self.ada.post("/seats/quotes", after)
        _ok(await self.ada.put("/seats", after | {"quoteId": quoted.json()["id"]}))

    async def stripe_is_silent_during_an_admins_change(self) -> None:
        seats = await self.ada.get("/seats")
        after = {"base": seats["base"]["purchased"] + 1, "voice": seats["voice"]["purchased"]}
        quoted = await self.ada.post("/seats/quotes", after)
        await self.journey.stripe.fault("error", method=None, path="/v1/*", times=10_000)
        before = len(self.journey.published("billing.set_quantities.v1"))
        saving = self.journey.later(self.ada.client.put("/api/v1/seats", json=after | {"quoteId": quoted.json()["id"]}))
        await self._billing_is_commanded(before)
        saving.cancel()
        await self.journey.pass_time(12 * MINUTE, step=30)
        await self.journey.stripe.heal()
        await self.journey.pass_time(2 * MINUTE, step=10)

    async def the_cycle_is_switched(self) -> None:
        _ok(await self.ada.log_in(ADA))
        quoted = await self.ada.post("/billing/cycle-quotes", {"cycle": "annual"})
        _ok(await self.ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quoted.json()["id"]}))

    async def the_days_invoices_are_used_up(self) -> None:
        await self.invoices_are_used_up("late")
        await self.journey.pass_time(DAY + HOUR, step=HOUR)
        assert self.journey.published("billing.settled.v1")

    async def keys_come_and_go(self) -> None:
        _ok(await self.ada.log_in(ADA))
        made = await self.ada.post("/api-keys", {"name": "Payroll"})
        _ok(made)
        _ok(await self.ada.ask("DELETE", f"/api-keys/{made.json()['id']}"))

    async def large_changes_need_a_code(self) -> None:
        _ok(await self.ada.put("/settings/step-up", {"seats": 5, "amount": 20_000}))

    async def the_operator_adds_an_admin(self) -> None:
        agency = (await self.ada.get("/me"))["agency"]["id"]
        body = {"email": DEE, "name": "Dee Dow", "seatType": "base"}
        operator = {"Authorization": f"Bearer {OPERATOR}"}
        _ok(await self.journey.browser().post(f"/agencies/{agency}/admins", body, headers=operator))

    async def the_portal_opens_and_does_not(self) -> None:
        _ok(await self.ada.post("/billing/portal-sessions", {}))
        await self.journey.stripe.fault("error", path="/v1/billing_portal/*", times=100)
        await self.command(OpenPortal())
        await self.journey.pass_time(10)
        assert self.journey.published("billing.command_rejected.v1")[-1].data.code == "billing_unavailable"
        await self.journey.stripe.heal()

    async def codes_are_guessed(self) -> None:
        for _ in range(2):
            stranger = self.journey.browser()
            await stranger.post("/login-codes", {"email": ADA})
            await self.journey.drain()
            wrong = f"{(int(self.journey.letterbox.code(ADA)) + 1) % 10_000:04}"
            for _ in range(5):
                await stranger.post("/sessions", {"email": ADA, "code": wrong})

    async def seats_are_lowered_and_raised_elsewhere(self) -> None:
        for base in (1, 30):
            await self.journey.stripe.control(f"dashboard/subscriptions/{self.account().subscription_id}", base=base)
            await self.stripe_event("customer.subscription.updated")

    async def a_renewal_is_paid_late(self) -> None:
        invoice = await self.a_renewal_fails()
        await self.card("good")
        await self.journey.stripe.api._stripe.v1.invoices.pay_async(invoice)
        await self.stripe_event("invoice.paid", invoice)

    async def a_renewal_is_paid_when_an_admin_tries_again(self) -> None:
        await self.a_renewal_fails()
        await self.card("good")
        _ok(await self.ada.log_in(ADA))
        _ok(await self.ada.post("/billing/retry", {}))

    async def a_payment_is_refunded(self) -> None:
        last = await self.journey.newest_stripe_event()
        stripe = self.journey.stripe
        invoice = (await stripe.invoices(self.account().subscription_id))[0]
        paid = await stripe.get(f"invoices/{invoice['id']}", **{"expand[]": "payments"})
        intent = await stripe.get(f"payment_intents/{paid['payments']['data'][0]['payment']['payment_intent']}")
        await stripe.post("refunds", charge=intent["latest_charge"], amount=100)
        await self.journey.deliver_stripe_events(last)

    async def an_edit_is_made_during_a_change(self) -> None:
        last, made = await self.journey.newest_stripe_event(), len(await self.journey.updates())
        edited = (await self.purchased())["base"] + 5
        await self.journey.stripe.fault("slow", path=UPDATES, seconds=1.0)
        saving = self.journey.later(self.adds_seats(1))
        while len(await self.journey.updates()) == made:
            await asyncio.sleep(0.01)
        path = f"dashboard/subscriptions/{self.account().subscription_id}"
        await self.journey.stripe.control(path, base=edited)
        _ok(await saving)
        await self.journey.deliver_stripe_events(last)

    async def a_change_on_account_is_canceled_and_another_not_paid(self) -> None:
        path, updated = f"subscriptions/{self.account().subscription_id}", "customer.subscription.updated"
        await self.journey.stripe.post(path, collection_method="send_invoice", days_until_due=30)
        await self.stripe_event(updated)
        _ok(await self.adds_seats(1))
        _ok(await self.ada.post("/billing/cancel-change", {}))
        await self.journey.pass_time(MINUTE, step=5)
        _ok(await self.adds_seats(1))
        invoice = (await self.journey.stripe.invoices(self.account().subscription_id))[0]["id"]
        await self.journey.stripe.post(f"invoices/{invoice}/void")
        await self.stripe_event("invoice.voided", invoice)
        await self.journey.stripe.post(path, collection_method="charge_automatically")
        await self.stripe_event(updated)

    async def an_end_is_scheduled_comes_near_and_is_taken_back(self) -> None:
        for ends in (True, False):
            path = f"dashboard/subscriptions/{self.account().subscription_id}"
            await self.journey.stripe.control(path, cancelAtPeriodEnd=ends)
            await self.stripe_event("customer.subscription.updated")
            if ends:
                await self.journey.pass_time(25 * DAY, step=DAY)

    async def prorations_wait_when_the_invoices_are_used_up(self) -> None:
        _ok(await self.ada.log_in(ADA))
        active = (await self.ada.get("/seats"))["base"]["active"]
        await self.journey.stripe.control(f"dashboard/subscriptions/{self.account().subscription_id}", base=active)
        await self.stripe_event("customer.subscription.updated")
        await self.invoices_are_used_up("last")

    async def the_subscription_is_cancelled(self) -> None:
        await self.journey.stripe.control(f"dashboard/subscriptions/{self.account().subscription_id}", cancel=True)
        await self.stripe_event("customer.subscription.deleted")

    async def invoices_are_used_up(self, name: str) -> None:
        """Let people of this name join one by one, until a seat is bought without an invoice."""
        for number in range(30):
            await self.journey.advance(MINUTE)
            await self.joins(f"{name}{number}@{DOMAIN}")
            if (await self.ada.get("/seats"))["base"]["unsettled"]:
                return
        raise AssertionError("the invoices of the day were not used up")

    async def purchased(self) -> dict[str, int]:
        """Return the purchased seats."""
        seats = await self.ada.get("/seats")
        return {seat_type: seats[seat_type]["purchased"] for seat_type in ("base", "voice")}

    async def adds_seats(self, base: int) -> httpx.Response:
        """Quote and save so many more Base seats."""
        purchased = await self.purchased()
        after = purchased | {"base": purchased["base"] + base}
        quoted = await self.ada.post("/seats/quotes", after)
        _ok(quoted)
        return await self.ada.put("/seats", after | {"quoteId": quoted.json()["id"]})

    async def joins(self, email: str, seat_type: str = "base") -> str:
        """Sign up and log in for the first time; return the member's status."""
        browser = self.people[email] = self.journey.browser()
        joined = await browser.join(email, seat_type)
        assert joined.status_code == 201, joined.text
        return str(joined.json()["member"]["status"])

    async def logs_in_and_waits(self, email: str, *, hold: bool = True) -> None:
        """Log in for the first time and leave while the seat is being bought.

        With `hold`, billing does not receive the command yet.
        """
        browser = self.journey.browser()
        _ok(await browser.sign_up(email))
        await browser.post("/login-codes", {"email": email})
        await self.journey.drain()
        self.journey.bus.held = {Service.BILLING} if hold else set()
        code = self.journey.letterbox.code(email)
        before = len(self.journey.published("billing.set_quantities.v1"))
        request = self.journey.later(browser.client.post("/api/v1/sessions", json={"email": email, "code": code}))
        await self._billing_is_commanded(before)
        request.cancel()

    async def _billing_is_commanded(self, before: int) -> None:
        """Go on until billing is to change seats once more than `before`."""
        for _ in range(MOST_STEPS):
            if len(self.journey.published("billing.set_quantities.v1")) > before:
                return
            await self.journey.step()
        raise AssertionError("nobody commands billing to change seats")

    async def a_renewal_fails(self) -> str:
        """Let the month's invoice fail on a bad card; return the invoice's id at Stripe."""
        await self.card("declining")
        await self.journey.advance(MONTH)
        invoices = await self.journey.stripe.invoices(self.account().subscription_id)
        invoice: str = next(invoice["id"] for invoice in invoices if invoice["status"] == "open")
        await self.stripe_event("invoice.payment_failed", invoice)
        return invoice

    async def declines(self, email: str) -> None:
        """Make the card bad, so that the next member who needs a seat is Blocked."""
        await self.journey.advance(2 * MINUTE)
        await self.card("declining")
        assert await self.joins(email) == "blocked"

    async def command(self, *commands: Command) -> None:
        """Send commands as the gateway would, all in one instant. No request waits for their outcomes."""
        me = await self.ada.get("/me")
        by, agency_id = member(UUID(me["member"]["id"])), UUID(me["agency"]["id"])

        def decide(_: Any, ctx: ActorContext) -> None:  # noqa: ANN401  the gateway's state
            for command in commands:
                ctx.send(command, actor=by)

        runtime = self.journey.services[Service.GATEWAY].runtime
        await runtime.execute([LocalCommand(agency_id, None, decide, by, uuid4(), uuid4())])
        await self.journey.drain()

    async def id_of(self, email: str) -> str:
        """Return a member's id."""
        items = (await self.ada.get(f"/members?q={email}"))["items"]
        return str(items[0]["id"])

    def account(self) -> AccountOpened:
        """Return the agency's account at Stripe."""
        opened: AccountOpened = self.journey.published(AccountOpened.type)[-1].data
        return opened

    async def card(self, kind: str) -> None:
        """Make the agency's card `good` or `declining`."""
        await self.journey.stripe.control(f"customers/{self.account().customer_id}/card", kind=kind)

    async def stripe_event(self, type_: str, object_id: str | None = None) -> None:
        """Publish a Stripe event, and let billing handle it."""
        await self.journey.publish_stripe_events(self.account().customer_id, type_, object_id=object_id)
        await self.journey.pass_time(MINUTE, step=5)


def _ok(response: httpx.Response) -> None:
    assert response.is_success, response.text
