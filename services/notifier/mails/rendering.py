"""Renders a mail's templates, and builds the message to send: pure in the mail, the branding and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from contracts.amounts import money, money_per_cycle
from contracts.decline_reasons import plain_decline_reason
from contracts.limit_wording import limit_used
from contracts.moments import day_of_year, exact, time_and_day
from contracts.reduction_wording import reduced_to, why_missed
from contracts.vocabulary import FrozenReason, MemberStatus, RejectionCode, Role
from contracts.wording import both_types, counted, lapse_reason, stripe_fault
from services.notifier.domain.shown_people import first_few, fitting
from services.notifier.domain.shown_text import named, shown
from services.notifier.mails.branding import PRODUCT, Branding, address
from services.notifier.mails.kinds import EVERY_KIND, Mail
from services.notifier.mails.parts import BlockedPerson, Person
from services.notifier.texts.blocked_reasons import all_need_the_card, plain_blocked_reason
from services.notifier.texts.seats import seats_added, seats_counted
from services.notifier.texts.stripe_notices import notice_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as people read it: the subject, the text part and the HTML part."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders mails with this branding. It compiles every template, so that a broken template stops the start."""

    def __init__(self, branding: Branding) -> None:
        self._branding = branding
        self._templates = _templates()

    def render(self, mail: Mail) -> RenderedMail:
        """The subject and both parts. The first line of the text template is the subject."""
        text_template, html_template = self._templates[mail.template]
        foot = self._branding.foot
        context = {"mail": mail, "page": self._branding.page, "support": self._branding.support, "foot": foot}
        first, _, text = text_template.render(context).partition("\n")
        subject = " ".join(first.removeprefix(_SUBJECT).split())
        return RenderedMail(subject, text.strip() + text_foot(foot), html_template.render(context, subject=subject))

    def message(self, mail: Mail, *, to: str, message_id: str, at: datetime) -> EmailMessage:
        """The whole message, ready to send; AddressError when `to` is no address."""
        rendered = self.render(mail)
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = message_id
        message["Date"] = format_datetime(at)
        message["From"] = self._branding.sender
        message["To"] = address(to)
        if self._branding.support is not None:
            message["Reply-To"] = address(self._branding.support)
        message["Subject"] = rendered.subject
        message["List-Id"] = f"{PRODUCT} notices <notices.{self._branding.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(rendered.text, cte="quoted-printable")
        message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
        return message


def text_foot(foot: Mapping[str, str]) -> str:
    """The end of every text part: a line for each link."""
    lines = [f"{label}: {link.removeprefix('mailto:')}" for label, link in foot.items()]
    return "\n\n" + "\n".join(lines) + "\n"


@cache
def _templates() -> Mapping[str, tuple[Template, Template]]:
    """Text and HTML template of each kind of mail. Compiling them is slow, so that all renderers share them."""
    env = Environment(
        loader=PackageLoader("services.notifier", "templates"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.globals.update(
        product=PRODUCT,
        plain_blocked_reason=plain_blocked_reason,
        plain_decline_reason=plain_decline_reason,
        stripe_fault=stripe_fault,
        lapse_reason=lapse_reason,
        limit_used=limit_used,
        reduced_to=reduced_to,
        why_missed=why_missed,
        day_of_year=day_of_year,
        money_per_cycle=money_per_cycle,
        money=money,
        both_types=both_types,
        all_need_the_card=all_need_the_card,
        notice_words=notice_words,
        seats_added=seats_added,
        seats_counted=seats_counted,
        first_few=first_few,
        fitting=_fitting,
        Status=MemberStatus,
        RejectionCode=RejectionCode,
        FrozenReason=FrozenReason,
        Role=Role,
    )
    env.filters.update(
        money=money,
        per_cycle=money_per_cycle,
        named=named,
        shown=shown,
        counted=counted,
        capital=_capital,
        web=_web,
        moment=time_and_day,
        until=exact,
    )
    names = [str(kind.__dataclass_fields__["template"].default) for kind in EVERY_KIND]
    return {name: (env.get_template(f"{name}.txt"), env.get_template(f"{name}.html")) for name in names}


def _fitting(people: Sequence[Person | BlockedPerson], more: int = 0) -> tuple[Sequence[Person | BlockedPerson], int]:
    def line(entry: Person | BlockedPerson) -> str:
        match entry:
            case Person(name, email, _):
                return f"- {named(name)}, {shown(email)}: Voice"
            case BlockedPerson(person, reason, detail):
                why = plain_blocked_reason(reason, person.seat_type, detail)
                return f"- {named(person.name)}, {shown(person.email)}: {why}"

    return fitting(people, line, more=more)


def _web(url: str | None) -> str | None:
    """The address if its scheme is http or https; None for any other, such as javascript: or data:."""
    return url if url is not None and urlsplit(url).scheme in {"https", "http"} else None


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
