"""The description's links: the value of one response that the next call takes, for programs that follow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a response of one call to another call; expressions are OpenAPI's runtime expressions."""

    source: tuple[str, str, int]
    name: str
    target: tuple[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


_ID = "$response.body#/id"
_FIRST = "$response.body#/items/0/id"
_NEXT = {"cursor": "$response.body#/nextCursor"}
_QUOTE = {"quoteId": _ID}
LINKS = (
    Link(("post", "/members", 201), "change", ("patch", "/members/{member_id}"), {"member_id": _ID}),
    Link(("post", "/members", 201), "reinvite", ("post", "/members/{member_id}/reinvite"), {"member_id": _ID}),
    Link(("post", "/members", 201), "remove", ("delete", "/members/{member_id}"), {"member_id": _ID}),
    Link(("get", "/members", 200), "next", ("get", "/members"), _NEXT),
    Link(("get", "/members", 200), "change", ("patch", "/members/{member_id}"), {"member_id": _FIRST}),
    Link(("get", "/members", 200), "reinvite", ("post", "/members/{member_id}/reinvite"), {"member_id": _FIRST}),
    Link(("get", "/members", 200), "remove", ("delete", "/members/{member_id}"), {"member_id": _FIRST}),
    Link(
        ("post", "/seats/quotes", 201),
        "adjust",
        ("put", "/seats"),
        body={"base": "$request.body#/base", "voice": "$request.body#/voice", **_QUOTE},
    ),
    Link(
        ("post", "/billing/cycle-quotes", 201),
        "switch",
        ("put", "/billing/cycle"),
        body={"cycle": "$request.body#/cycle", **_QUOTE},
    ),
    Link(("get", "/billing/invoices", 200), "next", ("get", "/billing/invoices"), _NEXT),
    Link(("get", "/activity", 200), "next", ("get", "/activity"), _NEXT),
    Link(("post", "/api-keys", 201), "revoke", ("delete", "/api-keys/{key_id}"), {"key_id": _ID}),
    Link(("get", "/api-keys", 200), "revoke", ("delete", "/api-keys/{key_id}"), {"key_id": _FIRST}),
    Link(
        ("post", "/agencies", 201),
        "addAdmin",
        ("post", "/agencies/{agency_id}/admins"),
        {"agency_id": "$response.body#/agency/id"},
    ),
)
_OPERATION = ("get", "/operations/{operation_id}")
_ACCEPTED = "202"


def add_links(paths: Mapping[str, Mapping[str, Any]], prefix: str) -> None:
    """Write the links into the description's paths; from every 202 with an operation one leads to it."""
    for link in LINKS:
        method, path, status = link.source
        message: dict[str, Any] = {"operationId": _id_of(paths, prefix, link.target)}
        if link.parameters:
            message["parameters"] = dict(link.parameters)
        if link.body:
            message["requestBody"] = dict(link.body)
        paths[prefix + path][method]["responses"][str(status)].setdefault("links", {})[link.name] = message
    for methods in paths.values():
        for call in methods.values():
            accepted = call["responses"].get(_ACCEPTED, {})
            if "Location" in accepted.get("headers", {}):
                accepted["links"] = {
                    "operation": {
                        "operationId": _id_of(paths, prefix, _OPERATION),
                        "parameters": {"operation_id": "$response.body#/operation/id"},
                    }
                }


def _id_of(paths: Mapping[str, Mapping[str, Any]], prefix: str, target: tuple[str, str]) -> str:
    method, path = target
    found: str = paths[prefix + path][method]["operationId"]
    return found
