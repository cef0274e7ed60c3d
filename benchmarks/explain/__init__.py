"""How long one account takes to explain."""
