"""A subscription's items as a person sees them on a page and edits them there: one field for each, named by its id."""

from fractions import Fraction

from starlette.datastructures import FormData

from deploy.local.stripe_standin.errors import bad_parameter
from deploy.local.stripe_standin.pricing import exact_amount, unit_decimal
from deploy.local.stripe_standin.world import Obj, World

_MOST_DIGITS = 6


def items_shown(world: World, subscription: Obj) -> list[Obj]:
    """Return each item's id, name, quantity, unit price and price a period, in cents."""
    shown = []
    for item in subscription["_items"]:
        price = world.table("prices")[item["price"]]
        shown.append(
            {
                "id": item["id"],
                "quantity": item["quantity"],
                "name": world.table("products")[price["product"]]["name"],
                "each": float(Fraction(unit_decimal(price, item["quantity"]))),
                "total": float(exact_amount(price, item["quantity"])),
                "interval": price["recurring"]["interval"],
            }
        )
    return shown


def quantities_asked(subscription: Obj, form: FormData) -> list[Obj]:
    """Return the update's `items` that the fields ask for; a field that is left out leaves its item as it is."""
    asked = []
    for item in subscription["_items"]:
        given = form.get(item["id"])
        if given is None:
            continue
        number = str(given).strip()
        if not number.isdigit() or len(number) > _MOST_DIGITS:
            raise bad_parameter(
                "Please enter a whole number of seats.", param="quantity", code="parameter_invalid_integer"
            )
        asked.append({"id": item["id"], "quantity": int(number)})
    return asked
