"""Solvers of integer programs: backends, their registry, and the core method for large ones."""
