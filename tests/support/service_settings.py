"""The settings of a service, as its own class defines them."""

import importlib

from contracts.vocabulary import Service


def settings_of(service: Service) -> tuple[set[str], set[str]]:
    """The variables that a service needs, and all that it knows."""
    fields = importlib.import_module(f"services.{service}.app").Settings.model_fields
    names = {name: "STRIPE_API_KEY" if name == "stripe_api_key" else f"HEADCOUNT_{name.upper()}" for name in fields}
    return {names[name] for name, field in fields.items() if field.is_required()}, set(names.values())
