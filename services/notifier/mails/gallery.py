"""Every sample mail, rendered: for the local world's page of mails, and for the tests that draw them in a browser."""

from __future__ import annotations

from collections.abc import Mapping

from services.notifier.mails.branding import Branding
from services.notifier.mails.rendering import RenderedMail, Renderer
from services.notifier.mails.samples import samples


def gallery(branding: Branding) -> Mapping[str, RenderedMail]:
    """The rendered samples by name, with links to the branding's pages."""
    renderer = Renderer(branding)
    return {name: renderer.render(mail) for name, mail in samples(branding.public_url).items()}
