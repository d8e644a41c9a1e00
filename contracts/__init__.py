"""What may be said on the bus: plain, versioned data. No I/O, no decision."""
