"""The billing portal's endpoints: a configuration says what its page allows, a session is its short-lived address."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_hex, new_id
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    ListOf,
    Metadata,
    OneOf,
    Reader,
    Text,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

# As at Stripe: the page must be opened within five minutes, and then works for an hour.
SESSION_SECONDS = 300
USE_SECONDS = 3600

_UPDATES = ("address", "email", "name", "phone", "shipping", "tax_id")
_PRORATIONS = ("always_invoice", "create_prorations", "none")
_REASONS = (
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
)
_FEATURES = shape(
    customer_update=shape(enabled=Flag(), allowed_updates=Clearable(ListOf(OneOf(_UPDATES)))),
    invoice_history=shape("enabled", enabled=Flag()),
    payment_method_update=shape("enabled", enabled=Flag(), payment_method_configuration=Clearable(Text())),
    subscription_cancel=shape(
        enabled=Flag(),
        mode=OneOf(("at_period_end", "immediately")),
        proration_behavior=OneOf(_PRORATIONS),
        cancellation_reason=shape(enabled=Flag(), options=Clearable(ListOf(OneOf(_REASONS)))),
    ),
    subscription_update=shape(
        enabled=Flag(),
        default_allowed_updates=Clearable(ListOf(OneOf(("price", "promotion_code", "quantity")))),
        proration_behavior=OneOf(_PRORATIONS),
        products=Clearable(ListOf(shape("prices product", product=Text(), prices=ListOf(Text())))),
    ),
)
_COMMON: dict[str, Reader] = {
    "business_profile": shape(
        headline=Clearable(Text()), privacy_policy_url=Clearable(Text()), terms_of_service_url=Clearable(Text())
    ),
    "default_return_url": Clearable(Text()),
    "features": _FEATURES,
    "login_page": shape("enabled", enabled=Flag()),
    "metadata": Metadata(),
    "name": Clearable(Text()),
    "expand": EXPAND,
}
CREATE_CONFIGURATION = shape("features", **_COMMON)
UPDATE_CONFIGURATION = shape(active=Flag(), **_COMMON)
LIST_CONFIGURATIONS = listing(active=Flag(), is_default=Flag())
CREATE_SESSION = shape(
    "customer",
    customer=Text(),
    configuration=Text(),
    return_url=Text(),
    locale=OneOf(("auto", "en", "en-GB", "de", "es", "fr")),
    flow_data=shape(
        "type",
        type=OneOf(("payment_method_update",)),
        after_completion=shape(
            "type",
            type=OneOf(("portal_homepage", "redirect", "hosted_confirmation")),
            redirect=shape("return_url", return_url=Text()),
            hosted_confirmation=shape(custom_message=Text()),
        ),
    ),
    expand=EXPAND,
)


def create_configuration(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/billing_portal/configurations: a feature that is not named is disabled."""
    configuration: Obj = {
        "id": new_id("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": draft.now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": False},
            "payment_method_update": {"enabled": False, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "options": []},
                "enabled": False,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": False,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": draft.now,
    }
    _change(draft, configuration, params)
    draft.add("portal_configurations", configuration)
    draft.emit("billing_portal.configuration.created", renderer.show(configuration))
    return renderer.show(configuration)


def update_configuration(draft: Draft, renderer: Renderer, configuration_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/billing_portal/configurations/{id}."""
    draft.get("portal_configurations", configuration_id, param="configuration", in_path=True)
    configuration = draft.edit("portal_configurations", configuration_id)
    _change(draft, configuration, params)
    return renderer.show(configuration)


def create_session(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/billing_portal/sessions: the address of the portal's page, valid for a few minutes."""
    customer = draft.get("customers", params["customer"], param="customer")
    if "configuration" not in params:
        raise invalid(
            "No configuration provided and your test mode default configuration has not been created."
            " Provide a configuration or create your default by saving your customer portal settings."
        )
    configuration = draft.get("portal_configurations", params["configuration"], param="configuration")
    if not configuration["active"]:
        raise invalid("The configuration is inactive.", param="configuration")
    session_id = new_id("bps")
    session = draft.add(
        "portal_sessions",
        {
            "id": session_id,
            "object": "billing_portal.session",
            "configuration": configuration["id"],
            "created": draft.now,
            "customer": customer["id"],
            "customer_account": None,
            "flow": _flow(params.get("flow_data")),
            "livemode": False,
            "locale": params.get("locale"),
            "on_behalf_of": None,
            "return_url": params.get("return_url", configuration["default_return_url"]),
            "url": f"/portal/{session_id}/{new_hex(32).lower()}",
        },
    )
    draft.emit("billing_portal.session.created", renderer.show(session))
    return renderer.show(session)


def _flow(settings: Mapping[str, Any] | None) -> Obj | None:
    if settings is None:
        return None
    after = settings.get("after_completion", {"type": "portal_homepage"})
    return {
        "after_completion": {
            "hosted_confirmation": {"custom_message": after["hosted_confirmation"].get("custom_message")}
            if "hosted_confirmation" in after
            else None,
            "redirect": after.get("redirect"),
            "type": after["type"],
        },
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": settings["type"],
    }


def _change(draft: Draft, configuration: Obj, params: Mapping[str, Any]) -> None:
    for name in ("active", "default_return_url", "name"):
        if name in params:
            configuration[name] = params[name]
    configuration["business_profile"].update(params.get("business_profile", {}))
    configuration["login_page"].update(params.get("login_page", {}))
    if "metadata" in params:
        configuration["metadata"] = merge_metadata(configuration["metadata"], params["metadata"])
    for feature, settings in params.get("features", {}).items():
        held = configuration["features"][feature]
        for name, value in settings.items():
            if name == "payment_method_configuration":
                held[name] = draft.get("method_configurations", value, param=name)["id"] if value is not None else None
            elif isinstance(value, dict):
                held[name].update({key: inner if inner is not None else [] for key, inner in value.items()})
            else:
                held[name] = value if value is not None else []
    configuration["updated"] = draft.now
