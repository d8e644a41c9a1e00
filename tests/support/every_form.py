"""Every form of the pages, by its address: what a person types into it, and what its own limits reject."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.vocabulary import BAA_VERSION, MOST_SEATS_REQUESTED
from services.gateway.domain.invitation_list import MOST_LINES
from services.gateway.domain.large_change import MOST_SEATS
from services.gateway.domain.typed_words import WORDS_MAX

ROOT = "/admin/agency"
MEMBERS = f"{ROOT}/members"
MEMBER = f"{MEMBERS}/{{member}}"
BILLING = f"{ROOT}/billing"
SETTINGS = f"{ROOT}/settings"
OF_BUTTON = frozenset({"key", "action"})
BAA = f"{SETTINGS}/baa"
TOO_LONG = "N" * (WORDS_MAX + 1)
PERSON = {"name": "Nia Novak", "email": "nia@harbor.example", "seat_type": "voice"}
SEATS = {"base": "4", "voice": "2", "quote_id": "9b2f1c5d-6c1d-4e52-9a3b-2f1c5d7e9a10"}
TOO_MANY_PEOPLE = "\n".join(f"p{number}@harbor.example" for number in range(MOST_LINES + 1))
TOO_MANY_SEATS = {"base": str(MOST_SEATS_REQUESTED + 1), "voice": "2"}
A_CODE = {"code": "0412"}


@dataclass(frozen=True)
class Form:
    """What a person types into a form, and what its own limits reject; `says` stands beside the form.

    Without `rejected`, nothing is typed into the form, and it has no limits of its own.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, str] | None = None
    says: str = ""
    stranger: bool = False
    shown_in: str = ""
    statuses: frozenset[int] = frozenset({404, 409, 422})
    hidden: frozenset[str] = frozenset({"key"})


FORMS: Mapping[str, Form] = {
    "/signup": Form(PERSON, {"name": TOO_LONG, "email": "nia"}, "Write a whole email address", stranger=True),
    "/login": Form({"email": PERSON["email"]}, {"email": "nia"}, "Write a whole email address", stranger=True),
    "/login/code": Form(A_CODE, {"code": "041"}, "The code has 4 digits.", stranger=True),
    "/login/code/resend": Form(stranger=True),
    "/login/{token}": Form(stranger=True),
    "/invite/{token}": Form(stranger=True),
    "/sessions/end": Form({"id": "{session}"}, {"id": "none"}, "No such session", hidden=frozenset({"key", "id"})),
    "/sessions/end-others": Form(),
    f"{MEMBERS}/let-in": Form({"who": "{blocked}", **SEATS}, {"who": ""}, "Nobody"),
    f"{MEMBERS}/select": Form(
        {"ids": "{member}", "action": "remove"}, {"action": "remove"}, "Nobody is selected", hidden=OF_BUTTON
    ),
    f"{MEMBERS}/change": Form(
        {"ids": "{member}", "action": "remove"},
        {"action": "remove"},
        "Nobody is selected",
        shown_in=f"{MEMBERS}/select",
        hidden=OF_BUTTON,
    ),
    f"{MEMBERS}/exchange": Form({"moves": "{member}:base"}),
    f"{ROOT}/what-if": Form({"people": "Nia <nia@harbor.example>"}, {"people": "nobody"}, "whole email address"),
    f"{MEMBERS}/invite-many": Form({"people": "Nia <nia@harbor.example>"}, {"people": " "}, "Nobody"),
    f"{MEMBERS}/invite-many/send": Form(
        {"people": "Nia <nia@harbor.example>"}, {"people": TOO_MANY_PEOPLE}, "500", shown_in=f"{MEMBERS}/invite-many"
    ),
    f"{MEMBERS}/invite-many/{{list}}": Form(),
    f"{MEMBERS}/invite": Form(
        PERSON | {"role": "admin"}, {"name": TOO_LONG, "email": "nia"}, f"at most {WORDS_MAX} characters"
    ),
    f"{MEMBER}/edit": Form({"name": "Tom Other"}, {"name": TOO_LONG}, f"at most {WORDS_MAX} characters"),
    f"{MEMBER}/reinvite": Form(
        {"name": "Tom Other", "seat_type": "base"}, {"name": TOO_LONG}, f"at most {WORDS_MAX} characters"
    ),
    f"{MEMBER}/seat": Form(
        {"seat_type": "base", "shown": "voice"},
        {"shown": "base", "seat_type": "base"},
        "changed",
        hidden=frozenset({"key", "shown"}),
    ),
    f"{MEMBER}/role": Form(
        {"role": "admin", "shown": "clinician", "sure": "yes"},
        {"shown": "admin", "role": "admin", "sure": "yes"},
        "changed",
        hidden=frozenset({"key", "shown", "sure"}),
    ),
    f"{MEMBER}/remove": Form(),
    f"{MEMBERS}/{{member:uuid}}/end-sessions": Form(),
    f"{MEMBERS}/{{member:uuid}}/erase": Form(),
    f"{BILLING}/preview": Form(TOO_MANY_SEATS, TOO_MANY_SEATS, "whole number", statuses=frozenset({200})),
    f"{BILLING}/adjust": Form(SEATS, TOO_MANY_SEATS, "whole number"),
    f"{BILLING}/cycle/ask": Form({"cycle": "annual"}),
    f"{BILLING}/cycle": Form({"cycle": "annual", "quote_id": SEATS["quote_id"]}),
    f"{BILLING}/reduction": Form(SEATS, TOO_MANY_SEATS, "whole number", shown_in=f"{BILLING}/adjust"),
    f"{BILLING}/reduction/take-back": Form(),
    f"{BILLING}/cancel-change": Form(),
    f"{BILLING}/retry": Form(),
    f"{BILLING}/portal": Form(),
    BAA: Form(
        {"signer_name": "Ada", "signer_title": "Owner", "version": BAA_VERSION},
        {"signer_name": "Ada", "signer_title": TOO_LONG, "version": BAA_VERSION},
        "Write your title",
    ),
    f"{SETTINGS}/auto-add": Form({"enabled": "off"}),
    f"{MEMBERS}/idle-mail": Form(shown_in=f"{MEMBERS}?idle=30", hidden=frozenset({"key", "enabled"})),
    f"{SETTINGS}/policies": Form(
        {"base_policy": "ask", "voice_policy": "approve_each"}, {"base_policy": "ask"}, "", hidden=frozenset({"key"})
    ),
    f"{SETTINGS}/moving-line": Form({"moves": "on"}),
    f"{SETTINGS}/limits": Form({"base_seats": "20"}, {"voice_month_seats": "few"}, "whole number"),
    f"{SETTINGS}/step-up": Form(
        {"seats": "20", "amount": "700"}, {"seats": str(MOST_SEATS + 1), "amount": "700"}, "whole number"
    ),
    f"{SETTINGS}/domain": Form({"domain": "other.example"}, {"domain": "other"}, "Write an email domain"),
    f"{SETTINGS}/name": Form({"agency_name": "Harbor"}, {"agency_name": TOO_LONG}, "Write a name"),
    f"{SETTINGS}/keys": Form(
        {"name": "Payroll", "scopes": "read"}, {"name": TOO_LONG, "scopes": "read"}, "Write a name"
    ),
    f"{SETTINGS}/keys/{{key}}/revoke": Form(),
    "/logout": Form(),
}
