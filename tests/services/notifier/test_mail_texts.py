"""The texts of the emails, word for word and cent for cent, compared with copies written by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from typing import get_args

import pytest

from contracts.address import AddressError
from contracts.vocabulary import (
    AutoAddMeasure,
    BaaStage,
    BillingCycle,
    BlockedReason,
    MemberStatus,
    Quantities,
    Role,
    SeatType,
    StripeFault,
)
from contracts.wording import stripe_fault
from services.notifier.mails import samples as sample
from services.notifier.mails.billing_kinds import PaymentRecovered, StripeNotice, StripeTimedOut
from services.notifier.mails.branding import Links, branding
from services.notifier.mails.gallery import gallery
from services.notifier.mails.kinds import EVERY_KIND, Mail
from services.notifier.mails.member_kinds import CliniciansBlocked, CodesLimited
from services.notifier.mails.news import Repriced
from services.notifier.mails.parts import BlockedPerson, InvoiceLink, Person
from services.notifier.mails.rendering import Renderer
from services.notifier.mails.samples import MIA, NOAH, PUBLIC_URL, samples

BRANDING = branding("Headcount <no-reply@mail.example>", f"{PUBLIC_URL}/", "help@seats.example")
RENDERER = Renderer(BRANDING)
FOOT = f"\nHelp: {PUBLIC_URL}/help\n"
GALLERY = gallery(BRANDING)
SAMPLES = samples(PUBLIC_URL)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def message(mail: Mail, to: str = "ada@clinic.example") -> EmailMessage:
    built = RENDERER.message(mail, to=to, message_id="<1@mail.example>", at=AT)
    read = message_from_bytes(built.as_bytes(policy=SMTP), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def subject_and_text(mail: Mail) -> tuple[str, str]:
    """The subject and the text part without its foot, which is the same in every email."""
    rendered = RENDERER.render(mail)
    assert rendered.text.endswith(FOOT)
    return rendered.subject, rendered.text.removesuffix(FOOT)


def test_a_login_code_stands_on_its_own_line_with_the_link_and_its_validity() -> None:
    assert subject_and_text(sample.LOGIN_CODE) == (
        "0412 is your Headcount sign-in code",
        """Your sign-in code:

0412

Enter it in the window where you asked for it. It is valid for 10 minutes.

Or sign in with one click, within 60 minutes and in any browser:
https://seats.example/login/abc

Not you? Ignore this email. Nobody gets in without it.
""",
    )


def test_both_parts_of_every_mail_end_in_the_links_that_the_settings_give() -> None:
    links = Links("help@seats.example", "https://seats.example/privacy", "https://status.example")
    full = branding("Headcount <no-reply@mail.example>", PUBLIC_URL, links=links)
    for name, words in gallery(full).items():
        assert words.text.endswith(
            "\n\nHelp: https://seats.example/help\nSupport: help@seats.example\n"
            "Privacy: https://seats.example/privacy\nStatus: https://status.example\n"
        ), name
        for link in ("https://seats.example/help", "mailto:help@seats.example", links.privacy, links.status):
            assert f'<a href="{link}">' in words.html.rpartition('class="card"')[2], (name, link)
    for words in GALLERY.values():
        assert words.text.count("Support:") + words.text.count("Privacy:") + words.text.count("Status:") == 0


def test_a_welcome_says_what_to_do_first_with_the_sign_up_link_and_where_members_is() -> None:
    assert subject_and_text(sample.WELCOME) == (
        "Northside is open: sign the BAA, then share your sign-up link",
        """Hello Ada Park,

You are the first admin of Northside, and your Base seat is ready. Do this first:

1. Sign the BAA in Settings. It unlocks invitations, seat changes, and Auto-Add.
https://seats.example/admin/agency/settings#baa

2. Share the sign-up link. Clinicians with an address on your auto-join domain pick a seat type there, and join \
without an invitation. Invite anybody else in Members.
https://seats.example/signup

3. Decide about Auto-Add in Settings. While it is OFF, a clinician who finds no free seat is blocked until you let \
them in. When it is ON, a seat is bought for them.
https://seats.example/admin/agency/settings#auto-add

Open Members, which lists these steps too, until they are done:
https://seats.example/admin/agency/members
""",
    )


def test_an_auto_add_names_the_people_the_seats_the_charge_the_new_total_and_how_to_undo_it() -> None:
    assert subject_and_text(sample.SEATS_AUTO_ADDED) == (
        "2 clinicians are in: 1 Base seat and 1 Voice seat added, $1,234.56 charged today",
        """Northside was full, so Auto-Add bought 1 Base seat and 1 Voice seat.

Who logged in:
- Mia Chen, mia@clinic.example: Voice
- Noah Okafor, noah@clinic.example: Base

Charged today (prorated): $1,234.56
Invoice: R-0042
https://pay.example/R-0042
New total: $189.97/mo
Seats now: 2 Base and 2 Voice

See your seats:
https://seats.example/admin/agency/billing

Not wanted? Remove the clinicians in Members, then reduce the seats in Seats & Billing; Stripe credits the difference.
https://seats.example/admin/agency/members

Auto-Add is switched ON and OFF in Settings.
https://seats.example/admin/agency/settings
""",
    )


def test_an_auto_add_for_one_names_the_clinician_in_the_subject_and_shows_a_yearly_total() -> None:
    subject, text = subject_and_text(sample.SEATS_AUTO_ADDED_FOR_ONE)
    assert subject == "Mia Chen is in: 1 Voice seat added, $31.20 charged today"
    assert "New total: $2,051.67/yr\n" in text


def test_an_unsettled_auto_add_says_when_the_amount_is_charged() -> None:
    subject, text = subject_and_text(sample.SEATS_AUTO_ADDED_UNSETTLED)
    assert subject == "2 clinicians are in: 1 Base seat and 1 Voice seat added, charged with the next invoice"
    assert "Charged today: $0.00. Stripe takes only so many invoices a day" in text
    assert "Charged today (prorated)" not in RENDERER.render(sample.SEATS_AUTO_ADDED_UNSETTLED).html


def test_an_auto_add_that_cost_nothing_says_so_and_promises_no_invoice() -> None:
    subject, text = subject_and_text(sample.SEATS_AUTO_ADDED_FOR_NOTHING)
    assert subject == "2 clinicians are in: 1 Base seat and 1 Voice seat added, $0.00 charged today"
    assert "Charged today (prorated): $0.00\nNew total" in text


def test_a_settlement_states_the_cost_of_the_seats_that_had_no_invoice() -> None:
    assert subject_and_text(sample.SETTLED) == (
        "$218.40 charged today for 7 Voice seats added before",
        """Stripe takes only so many invoices a day for one plan, so 7 Voice seats that Auto-Add bought for Northside \
had no invoice yet. One invoice has taken them together now.

Charged today (prorated): $218.40
Invoice: R-0060
https://pay.example/R-0060

See what each seat was for:
https://seats.example/admin/agency/activity
""",
    )
    without_seats = replace(sample.SETTLED, seats=Quantities())
    assert subject_and_text(without_seats)[0] == "$218.40 charged today for seats added before"


def test_a_failed_renewal_states_the_unpaid_amount_that_nobody_loses_access_and_where_to_fix_the_card() -> None:
    assert subject_and_text(sample.PAYMENT_FAILED) == (
        "Payment failed: $189.97 of Northside is unpaid",
        """Stripe could not charge $189.97 for the plan of Northside.
The card has expired.

Invoice: R-0051
https://pay.example/R-0051

Nobody loses access. Until it is paid, Auto-Add buys no seats, so a clinician who finds none free is blocked.

Fix the card:
https://seats.example/admin/agency/billing?fix=card

Once it is paid, Auto-Add lets in everybody who was blocked by this.
""",
    )


def test_a_failed_settlement_says_which_seats_it_was_for() -> None:
    _, text = subject_and_text(sample.PAYMENT_FAILED_SETTLING)
    assert "for seats that Auto-Add bought after the day's invoices were used up.\n" in text


def test_a_recovered_payment_names_the_people_who_are_let_in() -> None:
    subject, text = subject_and_text(sample.PAYMENT_RECOVERED)
    assert subject == "Auto-Add buys again: 2 clinicians of Northside are being let in"
    assert "- Mia Chen, mia@clinic.example: Voice\n- Noah Okafor, noah@clinic.example: Base\n" in text
    subject, _ = subject_and_text(replace(sample.PAYMENT_RECOVERED, joined=(MIA,)))
    assert subject == "Auto-Add buys again: 1 clinician of Northside is being let in"
    assert subject_and_text(sample.PAYMENT_RECOVERED_FOR_NOBODY) == (
        "The payment problem of Northside is over: Auto-Add can buy seats again",
        """The payment problem of Northside held Auto-Add back. That is over: whenever Auto-Add is ON it buys seats \
again.

Anybody who is still blocked gets in with Re-invite:
https://seats.example/admin/agency/members?status=blocked
""",
    )


def test_seats_lowered_at_stripe_below_active_are_shown_before_and_after_with_our_response() -> None:
    assert subject_and_text(sample.SEATS_LOWERED_EXTERNALLY) == (
        "Northside has fewer seats than Active members: changed at Stripe",
        """The number of seats of Northside was changed at Stripe, not on our pages.

Before: 2 Base and 5 Voice
Now: 2 Base and 3 Voice
Active members: 2 Base and 4 Voice
New total: $189.97/mo

What we did: nobody loses access, and nothing is bought back. A clinician who logs in for the first time is blocked, \
and Auto-Add buys nothing, until there are enough seats again: add seats in Seats & Billing, or remove members.

See your seats:
https://seats.example/admin/agency/billing
""",
    )


def test_other_changes_at_stripe_say_that_we_use_the_new_numbers_or_that_there_are_enough_seats_again() -> None:
    subject, text = subject_and_text(sample.SEATS_CHANGED_EXTERNALLY)
    assert subject == "The seats of Northside were changed at Stripe: 2 Base and 3 Voice now"
    assert "What we did: we use the new numbers. Nobody loses access, and we changed nothing at Stripe." in text
    _, text = subject_and_text(replace(sample.SEATS_CHANGED_EXTERNALLY, thawed=True))
    assert "What we did: there are enough seats for everybody Active again" in text
    without_figures = replace(sample.SEATS_CHANGED_EXTERNALLY, before=None, total=None, cycle=None)
    subject, text = subject_and_text(without_figures)
    assert subject == "The seats of Northside at Stripe: 2 Base and 3 Voice now"
    assert "Before" not in text
    assert "New total" not in text


def test_an_ended_subscription_says_what_still_works_and_whom_to_ask() -> None:
    subject, text = subject_and_text(sample.SUBSCRIPTION_ENDED)
    assert subject == "The subscription of Northside was canceled at Stripe: no seat can be bought"
    assert "What we did: Active members keep their access, and nothing is charged anymore." in text
    assert "ask us for a new one, with a reply to this email.\n" in text
    deleted_subject, _ = subject_and_text(sample.CUSTOMER_DELETED)
    assert deleted_subject == "Northside was deleted at Stripe: no seat can be bought"
    words = RENDERER.render(sample.SUBSCRIPTION_ENDED_TO_OPERATOR)
    assert "Only you can give the agency a subscription again; its admins were told to ask you.\n" in words.text
    assert "because you run Headcount" in words.html


def test_a_blocked_clinician_is_named_with_the_reason_and_two_ways_with_their_links() -> None:
    assert subject_and_text(sample.CLINICIAN_BLOCKED) == (
        "Mia Chen is blocked: no free Voice seat",
        """A clinician of Northside signed in and could not be given a seat. Nothing was charged.

- Mia Chen, mia@clinic.example: no free Voice seat

To let them in:

1. Open Members. One button there shows the price, adds the seats that are missing, and lets them in.
https://seats.example/admin/agency/members#blocked

2. Or add a seat in Seats & Billing (or remove somebody who no longer needs theirs), and click Re-invite beside the \
blocked row in Members. They get a link that lets them in with one click.
https://seats.example/admin/agency/billing
""",
    )


def test_several_blocked_clinicians_are_counted_in_the_subject() -> None:
    both = tuple(BlockedPerson(person, BlockedReason.NO_SEAT_AVAILABLE) for person in (MIA, NOAH))
    subject, _ = subject_and_text(CliniciansBlocked(sample.AGENCY, both))
    assert subject == "2 clinicians of Northside are blocked: no seat for them"


def test_the_digest_of_clinicians_blocked_by_the_pause_leads_to_the_card() -> None:
    subject, text = subject_and_text(sample.CLINICIANS_BLOCKED_BY_PAUSE)
    assert subject == "2 clinicians of Northside are blocked: fix the card to let them in"
    assert "- Noah Okafor, noah@clinic.example: Auto-Add is paused: the card was declined\n" in text
    assert "https://seats.example/admin/agency/billing?fix=card\n" in text


def test_a_declined_payment_states_the_reason_the_blocked_people_and_where_to_fix_the_card() -> None:
    assert subject_and_text(sample.PAYMENT_DECLINED) == (
        "Payment declined: 2 clinicians of Northside could not get in",
        """Auto-Add tried to buy seats for Northside. There is not enough money or credit left on the card.

Nothing was bought and nothing was charged.

Blocked until the card works:
- Mia Chen, mia@clinic.example: Voice
- Noah Okafor, noah@clinic.example: Base

Fix the card:
https://seats.example/admin/agency/billing?fix=card

Until then Auto-Add buys nothing. Afterwards it buys their seats and lets them in.
""",
    )


def test_a_payment_that_needs_the_bank_requests_the_confirmation() -> None:
    subject, text = subject_and_text(sample.PAYMENT_ACTION_REQUIRED)
    assert subject == "Confirm a payment: 2 clinicians of Northside could not get in"
    assert "The bank wants you to confirm the payment yourself.\n\nNothing was bought" in text
    assert "Blocked until the payment is confirmed:\n" in text


def test_a_declined_payment_for_one_clinician_is_written_in_the_singular() -> None:
    _, text = subject_and_text(replace(sample.PAYMENT_DECLINED, waiting=(MIA,)))
    assert text.startswith("Auto-Add tried to buy a seat for Northside.")
    assert "Afterwards it buys a seat for them and lets them in.\n" in text


def test_a_stripe_timeout_names_the_people_who_wait_and_says_that_nothing_is_charged_twice() -> None:
    assert subject_and_text(sample.STRIPE_TIMED_OUT) == (
        "Stripe does not answer: 1 clinician of Northside waits for a seat",
        """Stripe, which charges your card, has not completed the change since 14:05 UTC on 2 March.

Nothing is charged twice: we go on asking for the very same change until Stripe answers. \
There is nothing you need to do.

Waiting:
- Mia Chen, mia@clinic.example: Voice

They get in by themselves, and an email, as soon as Stripe answers. After 24 hours we stop and block them.

See where it stands:
https://seats.example/admin/agency/billing
""",
    )


def test_a_limit_of_auto_add_says_what_is_used_and_what_comes_next() -> None:
    assert subject_and_text(sample.AUTO_ADD_LIMIT_NEAR) == (
        "Auto-Add is near its limit for Voice seats of Northside",
        """Auto-Add of Northside has used 4 of 5 Voice seats bought this month.

At the limit, the next clinician who needs one more Voice seat is blocked. You can raise the limit, or add seats \
yourself: what you buy is not limited.

Set a new limit:
https://seats.example/admin/agency/settings
""",
    )
    reached = replace(sample.AUTO_ADD_LIMIT_NEAR, used=5, reached=True)
    subject, text = subject_and_text(reached)
    assert subject == "Auto-Add is at its limit: no more Voice seats for Northside"
    assert "has used 5 of 5 Voice seats bought this month." in text
    assert "one more Voice seat is blocked, until the next month begins. You" in text
    _, in_all = subject_and_text(replace(reached, measure=AutoAddMeasure.SEATS, limit=10, used=10))
    assert "has used 10 of 10 Voice seats in all." in in_all
    assert "one more Voice seat is blocked. You" in in_all


def test_a_refused_purchase_says_what_is_wrong_and_how_people_get_in() -> None:
    assert subject_and_text(sample.STRIPE_REFUSES) == (
        "Stripe refuses changes: the customer's address is missing for tax: 2 clinicians of Northside could not get in",
        """Auto-Add tried to buy seats for Northside. Stripe refuses changes: the customer's address is missing for tax.

Nothing was bought and nothing was charged.

Blocked until it is put right at Stripe:
- Mia Chen, mia@clinic.example: Voice
- Noah Okafor, noah@clinic.example: Base

We know of it too. Once it is put right, press Try again: Auto-Add then buys their seats and lets them in.
https://seats.example/admin/agency/billing
""",
    )


def test_a_refused_undoing_says_what_is_wrong_and_that_it_goes_on() -> None:
    assert subject_and_text(replace(sample.STRIPE_REFUSES, waiting=(), undo=True)) == (
        "Stripe refuses changes: the customer's address is missing for tax: a change of Northside could not be undone",
        """A change of Northside was not paid, so it has to be undone at Stripe. Stripe refuses changes: the customer's address is missing for tax.

Nothing was charged for it. Until it is undone, no other change can be made.

We know of it too, and try again every hour for a day. If it is put right at Stripe after that, press Cancel the change.
https://seats.example/admin/agency/billing
""",  # noqa: E501  a line of the mail
    )


@pytest.mark.parametrize("fault", StripeFault)
def test_every_fault_has_its_own_words_in_subject_and_text(fault: StripeFault) -> None:
    subject, text = subject_and_text(replace(sample.STRIPE_REFUSES, fault=fault, to_operator=True))
    assert subject.startswith(f"{stripe_fault(fault)}: ")
    assert f"{stripe_fault(fault)}." in text
    assert text.endswith("Put it right in Stripe's dashboard; then an admin's Try again lets them in.\n")


def test_a_total_that_includes_other_items_names_them() -> None:
    _, text = subject_and_text(replace(sample.SEATS_AUTO_ADDED, new_total=23997, other_total=5000))
    assert "New total: $239.97/mo\nOther items on this subscription, in that total: $50.00/mo\n" in text


def test_a_stripe_timeout_with_nobody_waiting_mentions_the_change_alone() -> None:
    subject, text = subject_and_text(replace(sample.STRIPE_TIMED_OUT, waiting=()))
    assert subject == "Stripe does not answer: a change of seats at Northside is delayed"
    assert "Waiting" not in text


def test_an_invitation_names_the_inviter_the_agency_the_seat_and_the_expiry_of_its_link() -> None:
    assert subject_and_text(sample.INVITATION) == (
        "Ada Admin invites you to Northside: accept with one click",
        """Hello Mia Chen,

Ada Admin invites you to Northside, as a clinician with a Voice seat.

Accept with one click:
https://seats.example/invite/abc

The link is good until 16 March 2026, 09:00 UTC and works once. The seat is yours when you accept; until then it is not kept for you.

Not you? Ignore this email. Nothing happens unless somebody accepts.
""",  # noqa: E501  as people read it
    )


def test_an_invitation_of_an_admin_by_the_operator_names_the_product_and_the_role() -> None:
    subject, text = subject_and_text(replace(sample.INVITATION, inviter=None, role=Role.ADMIN))
    assert subject == "Headcount invites you to Northside: accept with one click"
    assert (
        "Headcount invites you to Northside, as an admin with a Voice seat.\n"
        "Admins manage the agency's members, seats, billing and settings.\n"
    ) in text


def test_a_renewed_invitation_says_that_the_older_link_is_dead() -> None:
    subject, text = subject_and_text(replace(sample.INVITATION, before=MemberStatus.INVITED))
    assert subject == "Ada Admin invites you to Northside again: here is the new link"
    assert "\nThis link takes the place of the one that you were sent before, which no longer works.\n" in text


def test_an_invitation_of_a_blocked_person_says_that_a_seat_is_free_now() -> None:
    subject, text = subject_and_text(replace(sample.INVITATION, before=MemberStatus.BLOCKED))
    assert subject == "A Voice seat is free for you at Northside: accept with one click"
    assert (
        "When you signed in at Northside, no seat could be given to you. Now one is free, and Ada Admin invites you to "
        "it, as a clinician with a Voice seat.\n"
    ) in text


@pytest.mark.parametrize("before", [None, *MemberStatus])
def test_both_parts_of_an_invitation_say_the_same_in_every_status(before: MemberStatus | None) -> None:
    words = RENDERER.render(replace(sample.INVITATION, before=before))
    for phrase in ("Ada Admin", "Northside", "Voice seat", "until 16 March 2026, 09:00 UTC", sample.INVITATION.link):
        assert phrase in words.text
        assert phrase in words.html


@pytest.mark.parametrize(
    ("status", "subject", "says"),
    [
        (MemberStatus.ACTIVE, "You already have an account at Northside: sign in", "no need to sign up again"),
        (MemberStatus.PENDING_LOGIN, "You already have an account at Northside: sign in", "no need to sign up again"),
        (
            MemberStatus.INVITED,
            "You are invited to Northside already: accept, or sign in",
            "Use the link in your invitation",
        ),
        (
            MemberStatus.BLOCKED,
            "You have an account at Northside, but there is no seat for it yet",
            "Ask one of them to re-invite you",
        ),
        (
            MemberStatus.REMOVED,
            "Your account at Northside was removed: ask your admin",
            "Ask an admin of Northside for an invitation.",
        ),
    ],
)
def test_a_member_who_signs_up_again_reads_what_to_do_in_their_status(
    status: MemberStatus, subject: str, says: str
) -> None:
    mail = replace(sample.ACCOUNT_EXISTS, status=status)
    rendered_subject, text = subject_and_text(mail)
    assert rendered_subject == subject
    assert says in text
    assert says in RENDERER.render(mail).html
    assert ("https://seats.example/login" in text) is (status is not MemberStatus.REMOVED)


def test_a_person_who_waited_reads_that_their_seat_is_ready() -> None:
    assert subject_and_text(sample.YOU_ARE_IN) == (
        "You're in: your Voice seat at Northside is ready",
        """Hello Mia Chen,

Northside has a Voice seat for you now. Thank you for waiting.

Open Headcount:
https://seats.example/login
""",
    )


def test_a_removed_person_reads_what_that_means_and_whom_to_ask() -> None:
    assert subject_and_text(sample.REMOVED) == (
        "You were removed from Northside",
        """Hello Mia Chen,

An admin of Northside removed your account there. You are signed out everywhere, and you hold no seat anymore. Signing up again does not bring the account back.

Was that a mistake? Ask an admin of Northside for an invitation.
""",  # noqa: E501  as people read it
    )


def test_a_removed_admin_reads_that_their_keys_have_ended() -> None:
    _, text = subject_and_text(sample.REMOVED_ADMIN)
    assert "and you hold no seat anymore; API keys that you made have ended. Signing up" in text


@pytest.mark.parametrize(
    ("before", "subject", "says"),
    [
        (
            MemberStatus.INVITED,
            "Your invitation to Northside was canceled",
            "canceled your invitation. Its link no longer works, and signing up does not bring it back.",
        ),
        (
            MemberStatus.PENDING_LOGIN,
            "You were removed from Northside",
            "the account that was signed up there with your address, before anybody signed in.",
        ),
        (MemberStatus.BLOCKED, "You were removed from Northside", "You are signed out everywhere. Signing up again"),
    ],
)
def test_the_mail_to_a_person_removed_before_they_were_active_mentions_no_seat(
    before: MemberStatus, subject: str, says: str
) -> None:
    mail = replace(sample.REMOVED, before=before)
    rendered_subject, text = subject_and_text(mail)
    assert rendered_subject == subject
    assert says in text
    assert says in RENDERER.render(mail).html
    assert "seat" not in text


def test_an_auto_add_that_nobody_needed_in_the_end_says_that_the_seats_are_free() -> None:
    subject, text = subject_and_text(sample.SEATS_AUTO_ADDED_FOR_NOBODY)
    assert subject == "1 Base seat and 1 Voice seat added and free, $1,234.56 charged today"
    assert "Nobody needed it in the end" in text
    assert "Who logged in" not in text
    assert "Not wanted? Reduce the seats in Seats & Billing" in text


def test_a_new_role_says_what_it_means() -> None:
    assert subject_and_text(sample.ROLE_ADMIN) == (
        "You are an admin at Northside now",
        """Hello Mia Chen,

An admin of Northside made you an admin too. You can manage its members, seats, billing and settings, and you get the emails that admins get. Your seat stays as it is.

Open the admin pages:
https://seats.example/admin/agency
""",  # noqa: E501  as people read it
    )
    assert subject_and_text(sample.ROLE_CLINICIAN) == (
        "You are a clinician at Northside now",
        """Hello Mia Chen,

An admin of Northside made you a clinician. You can no longer open the admin pages, and API keys that you made have ended. Your seat stays as it is, and you use the product as before.

Was that a mistake? Ask an admin of your agency.

Open Headcount:
https://seats.example/login
""",  # noqa: E501  as people read it
    )


def test_an_admin_made_by_the_operator_reads_the_products_name() -> None:
    _, text = subject_and_text(sample.ROLE_ADMIN_BY_OPERATOR)
    assert "\nHeadcount made you an admin of Northside. You can manage its members" in text


def test_an_admin_who_gives_up_the_role_reads_that_they_did_it_themselves() -> None:
    _, text = subject_and_text(sample.ROLE_CLINICIAN_BY_SELF)
    assert "\nYou made yourself a clinician of Northside. You can no longer" in text
    assert "\nWas that not you? Ask an admin of your agency.\n" in text
    assert "Was that not you?" in RENDERER.render(sample.ROLE_CLINICIAN_BY_SELF).html


def test_limited_codes_name_the_person_or_the_agency_and_say_that_links_still_work() -> None:
    assert subject_and_text(sample.CODES_LIMITED_FOR_PERSON)[0] == (
        "Many wrong sign-in codes for Mia Chen: links still work"
    )
    subject, text = subject_and_text(sample.CODES_LIMITED_FOR_AGENCY)
    assert subject == "Many wrong sign-in codes at Northside today: links still work"
    assert (
        "codes do not work for first logins for up to 1 day. The one-click link in the sign-in email still does" in text
    )


def test_every_kind_of_mail_has_a_sample_in_the_gallery() -> None:
    assert {type(mail) for mail in SAMPLES.values()} == set(EVERY_KIND) == set(get_args(Mail))


_NO_BUTTON = {
    *("account-exists-removed", "other-spelling-removed", "subscription-ended-operator", "stripe-refuses-operator"),
    "stripe-refuses-undo-operator",
    *("agency-parked-operator", "kafka-refuses-operator"),
    *("request-declined", "removed", "removed-admin", "removed-blocked", "removed-invited", "removed-pending"),
}
"""These emails have no button, because their reader can do nothing on our pages."""


class PageReader(HTMLParser):
    """Collects from a mail's HTML what an email client would fetch, the links, and the buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.buttons = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in {"img", "script", "link", "iframe", "object", "video", "form"} or "src" in attributes:
            self.fetched.append(tag)
        if tag == "a":
            self.links.append(attributes.get("href") or "")
            self.buttons += attributes.get("class") == "button"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_mail_loads_nothing_has_one_button_supports_dark_mode_and_is_below_30_kb(name: str) -> None:
    words = GALLERY[name]
    page = PageReader()
    page.feed(words.html)
    assert page.fetched == []
    assert "url(" not in words.html
    assert page.buttons == (0 if name in _NO_BUTTON else 1)
    assert all(link.startswith("https://") for link in page.links)
    rest_of_the_list = "https://seats.example/admin/agency/activity"  # the text part lists these people itself
    assert set(page.links) - {rest_of_the_list} <= set(words.text.split()), "the text part is complete"
    assert '<meta name="color-scheme" content="light dark">' in words.html
    assert "prefers-color-scheme: dark" in words.html
    assert len(message(SAMPLES[name]).as_bytes()) < 30_000


@pytest.mark.parametrize("letter", ["x", "é", "李", "<"])
def test_a_mail_that_lists_a_thousand_people_with_the_longest_names_is_below_30_kb(letter: str) -> None:
    crowd = tuple(Person(letter * 200, f"{n}{'x' * 200}@clinic.example", SeatType.VOICE) for n in range(1000))
    blocked = tuple(BlockedPerson(person, BlockedReason.SEATS_REDUCED_ELSEWHERE) for person in crowd)
    mails: list[Mail] = [
        replace(sample.SEATS_AUTO_ADDED, served=crowd, agency=letter * 200),
        replace(sample.PAYMENT_DECLINED, waiting=crowd, agency=letter * 200),
        replace(sample.CLINICIAN_BLOCKED, blocked=blocked, agency=letter * 200),
        StripeTimedOut(letter * 200, AT, crowd),
        replace(sample.STRIPE_REFUSES, waiting=crowd, agency=letter * 200),
        PaymentRecovered(letter * 200, crowd),
        replace(sample.INVITATION, agency=letter * 200, name=letter * 200, inviter=letter * 200),
    ]
    for mail in mails:
        assert len(message(mail).as_bytes()) < 30_000


def test_two_hundred_clinicians_are_all_named_in_the_text_part() -> None:
    crowd = tuple(Person(f"Clinician {n:03}", f"clinician{n:03}@clinic.example", SeatType.BASE) for n in range(200))
    text = RENDERER.render(replace(sample.SEATS_AUTO_ADDED, served=crowd)).text
    assert [person.email in text for person in crowd] == [True] * 200


def test_a_mail_has_the_headers_of_an_automatic_notice() -> None:
    mail = message(sample.SEATS_AUTO_ADDED)
    assert {
        name: str(mail[name]) for name in ("Message-ID", "From", "To", "Reply-To", "List-Id", "Auto-Submitted")
    } == {
        "Message-ID": "<1@mail.example>",
        "From": "Headcount <no-reply@mail.example>",
        "To": "ada@clinic.example",
        "Reply-To": "help@seats.example",
        "List-Id": "Headcount notices <notices.mail.example>",
        "Auto-Submitted": "auto-generated",
    }
    assert mail["Date"].datetime == AT
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: all@clinic.example", "\nX-Evil: 1\n\n<p>body</p>", "\x0bX: 1", "\u2028X: 1"]
)
def test_no_name_and_no_agency_can_add_a_header(evil: str) -> None:
    who = replace(MIA, name=f"Mia{evil}")
    for mail in (
        replace(
            sample.CLINICIAN_BLOCKED,
            agency=f"Northside{evil}",
            blocked=(BlockedPerson(who, BlockedReason.NO_SEAT_AVAILABLE),),
        ),
        replace(sample.SEATS_AUTO_ADDED, served=(who,)),
        CodesLimited(f"Northside{evil}", who),
        replace(sample.INVITATION, agency=f"Northside{evil}", name=who.name, inviter=f"Ada{evil}"),
    ):
        names = {name.lower() for name in message(mail)}
        assert names == {name.lower() for name in message(sample.CLINICIAN_BLOCKED)}
        assert "\n" not in message(mail)["Subject"]


@pytest.mark.parametrize(
    "to",
    [
        "a@clinic.example\r\nBcc: b@clinic.example",
        "a@clinic.example, b@clinic.example",
        "a@clinic.example,b@x.example",
        "<a@clinic.example>",
        "a b@clinic.example",
        "@clinic.example",
        "a@",
        "",
        "käse@clinic.example",
    ],
)
def test_a_mail_is_built_for_exactly_one_valid_address(to: str) -> None:
    with pytest.raises(AddressError):
        message(sample.CLINICIAN_BLOCKED, to)


def test_a_domain_beyond_ascii_is_encoded_with_idna() -> None:
    assert str(message(sample.CLINICIAN_BLOCKED, "mia@bücher.example")["To"]) == "mia@xn--bcher-kva.example"


def test_no_name_becomes_mark_up() -> None:
    evil = "<script>alert(1)</script>"
    who = replace(MIA, name=evil, email='"><img src=x>@clinic.example')
    invoice = InvoiceLink('R"><b>', 'https://pay.example/"><script>')
    for mail in (
        replace(sample.SEATS_AUTO_ADDED, agency=evil, served=(who,), invoice=invoice),
        replace(sample.CLINICIAN_BLOCKED, agency=evil, blocked=(BlockedPerson(who, BlockedReason.NO_SEAT_AVAILABLE),)),
        replace(sample.PAYMENT_DECLINED, agency=evil, waiting=(who,)),
        StripeTimedOut(evil, AT, (who,)),
        replace(sample.STRIPE_REFUSES, agency=evil, waiting=(who,)),
        PaymentRecovered(evil, (who,)),
        replace(sample.PAYMENT_FAILED, agency=evil, invoice=invoice),
        replace(sample.SETTLED, agency=evil, invoice=invoice),
        replace(sample.SEATS_LOWERED_EXTERNALLY, agency=evil),
        replace(sample.CUSTOMER_DELETED, agency=evil),
        replace(sample.YOU_ARE_IN, agency=evil, name=evil),
        replace(sample.REMOVED, agency=evil, name=evil),
        replace(sample.ROLE_ADMIN, agency=evil, name=evil),
        replace(sample.ROLE_CLINICIAN, agency=evil, name=evil),
        replace(sample.ACCOUNT_EXISTS, agency=evil, name=evil),
        CodesLimited(evil, who),
        replace(sample.INVITATION, agency=evil, name=evil, inviter=evil, link='https://seats.example/"><script>'),
    ):
        html = RENDERER.render(mail).html
        assert "<script" not in html
        assert "<img" not in html
        assert "<b>" not in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", None])
def test_only_a_web_address_becomes_a_link_to_the_invoice(url: str | None) -> None:
    words = RENDERER.render(replace(sample.SEATS_AUTO_ADDED, invoice=InvoiceLink("R-0042", url)))
    assert "R-0042" in words.html
    assert "R-0042" in words.text
    assert url is None or (url not in words.html and url not in words.text)


def test_a_new_sign_in_says_when_on_which_device_and_network_and_how_to_end_it() -> None:
    assert subject_and_text(sample.NEW_SIGN_IN) == (
        "New sign-in to Northside",
        """Hello Ada Admin,

Somebody signed in to Northside with your address, on a device that we have not seen before.

When: 2 March 2026, 14:05 UTC
Device: Chrome on Windows
Network: 203.0.113.9

Was that you? Then there is nothing to do.

If it was not you, somebody can read your email. End that session, then secure your mailbox:
https://seats.example/sessions
""",
    )


def test_a_new_version_of_the_baa_says_by_when_to_sign_it_and_what_is_locked_after_that() -> None:
    text = """There is a new version of the BAA, 2027-06. An admin of Northside signs it in Settings. \
If it is not signed by 1 July 2027, 00:00 UTC, inviting, changing seats, and switching Auto-Add ON are locked \
until it is. Nobody loses a seat, and Auto-Add that is ON keeps adding seats until you switch it OFF.

Read and sign it:
https://seats.example/admin/agency/settings#baa
"""
    asked = sample.SIGN_BAA_AGAIN
    assert subject_and_text(asked) == ("Sign the new version of the BAA for Northside", text)
    near = replace(asked, stage=BaaStage.NEAR)
    assert subject_and_text(near) == ("Reminder: sign the new version of the BAA for Northside", text)
    assert subject_and_text(replace(asked, stage=BaaStage.LAPSED)) == (
        "Admin actions are locked: sign the new BAA of Northside",
        """Version 2027-06 of the BAA is not signed for Northside, so inviting, changing seats, and switching Auto-Add \
ON are locked until an admin signs it. Nobody loses a seat, and Auto-Add that is ON keeps adding seats until you \
switch it OFF.

Read and sign it:
https://seats.example/admin/agency/settings#baa
""",
    )


def test_a_device_or_network_of_a_later_sender_adds_no_line_and_no_link() -> None:
    hostile = replace(sample.NEW_SIGN_IN, device="Chrome\r\nBcc: x@y.example https://evil.example", network="a\nb")
    rendered = RENDERER.render(hostile)
    assert rendered.subject == "New sign-in to Northside"
    [device] = [line for line in rendered.text.splitlines() if line.startswith("Device: ")]
    assert device.startswith("Device: Chrome Bcc")
    assert "evil.example" not in rendered.text
    assert "Network: a b\n" in rendered.text


def test_a_replaced_edit_names_what_was_set_at_stripe_and_what_counts_now() -> None:
    subject, text = subject_and_text(sample.EDIT_OVERWRITTEN)
    assert subject == "An edit of the seats of Northside at Stripe was replaced"
    assert "\nSet at Stripe: 5 Base and 1 Voice\nNow: 3 Base and 1 Voice\n" in text
    assert "If the edit was meant, save those numbers in Seats & Billing." in text


def test_a_price_or_a_cycle_moved_at_stripe_is_named_with_the_total_before_and_now() -> None:
    subject, text = subject_and_text(sample.REPRICED)
    assert subject == "The price of Northside was changed at Stripe: $99.99/mo now"
    assert "\nTotal before: $119.97/mo\nNew total: $99.99/mo\n" in text
    subject, text = subject_and_text(sample.CYCLE_MOVED)
    assert subject == "The billing cycle of Northside was switched at Stripe: $1,295.67/yr now"
    assert "\nTotal before: $119.97/mo\nNew total: $1,295.67/yr\n" in text
    _, text = subject_and_text(StripeNotice("Northside", Repriced(None, None, 9999, BillingCycle.MONTHLY)))
    assert "\nNew total: $99.99/mo\n" in text
    assert "before" not in text


def test_a_scheduled_end_names_the_day_and_what_happens_then() -> None:
    subject, text = subject_and_text(sample.END_SCHEDULED)
    assert subject == "The subscription of Northside ends on 21 March"
    assert "\nEnds on: 21 March 2026\n" in text
    assert "On 21 March 2026, people who are Active keep their access, and nothing more is charged." in text
    assert subject_and_text(sample.END_NEAR)[0] == "The subscription of Northside ends in 7 days, on 21 March"
    assert subject_and_text(sample.END_TAKEN_BACK)[0] == "The subscription of Northside goes on"


def test_a_lost_dispute_names_the_invoice_and_what_was_returned() -> None:
    subject, text = subject_and_text(sample.DISPUTE_LOST)
    assert subject == "A disputed payment of Northside was returned: Auto-Add is paused"
    assert "\nInvoice: R-0051\nReturned: $189.97\n" in text
