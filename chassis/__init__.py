"""What every service stands on. It knows no seat, no member and no dollar."""
