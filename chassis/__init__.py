"""What every service stands on. It knows no word of the product (tests/architecture)."""
