"""The seats service: who holds a seat, who waits for a seat, and when seats are bought."""
