"""A Stripe that runs on this machine: stateful, strict, and wrong on demand."""

from deploy.local.stripe_standin.app import create_app

__all__ = ["create_app"]
