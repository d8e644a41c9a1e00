"""What every page for people does alike: what is due by now happens first, and a rejection is a page too."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.pages import Pages
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.world import Draft

SEE_OTHER = 303
Page = Callable[[Request], Awaitable[Response]]


class Desk:
    """Stands behind a table of pages."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self.service = service
        self.pages = pages

    def draft(self) -> tuple[Draft, Renderer]:
        """Begin a change (or a look) at the world as it is now; what people do in pages bears no idempotency key."""
        self.service.catch_up()
        draft = Draft(self.service.world, self.service.world.clock.now())
        return draft, Renderer(draft, self.service.address)

    def route(self, method: str, path: str, page: Page) -> Route:
        """Return the route of a page; what it refuses is told in a page."""

        async def guarded(request: Request) -> Response:
            try:
                return await page(request)
            except StripeError as refusal:
                return self.pages.show("refusal.html", status=refusal.status, sentence=refusal.message)

        return Route(path, guarded, methods=[method])
