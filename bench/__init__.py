"""What a batch costs and how fast it goes: `make bench`. Figures, not tests."""
