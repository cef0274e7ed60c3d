"""Published instances as problems, with the objective of the literature."""

from territory_opt.instances.read import read_instance

__all__ = ["read_instance"]
