"""Who holds a seat, who waits for one, and when one is bought."""
