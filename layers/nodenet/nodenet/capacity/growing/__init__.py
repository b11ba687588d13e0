"""How far a fleet can grow: what runs out first, and the course until there."""
