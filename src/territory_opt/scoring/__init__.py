"""The domain's scores of an account: fit, bucket, tier, value, dormancy, load."""

from territory_opt.scoring.score import Scores, score

__all__ = ["Scores", "score"]
