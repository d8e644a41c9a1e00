"""A stand-in for Stripe on this machine: it keeps state, rejects what Stripe rejects, and fails on demand."""

from deploy.local.stripe_standin.app import create_app

__all__ = ["create_app"]
