"""The domain's scores of an account: fit, bucket, tier, value, dormancy, load; white space and seniority.

``white_space`` and ``product_white_space`` are D-WHITE-1, ``is_senior`` and ``seniority_match`` D-SENIOR-1.
"""

from territory_opt.scoring.score import Scores, score
from territory_opt.scoring.seniority import is_senior, seniority_match
from territory_opt.scoring.white_space import WhiteSpace, product_white_space, white_space

__all__ = ["Scores", "WhiteSpace", "is_senior", "product_white_space", "score", "seniority_match", "white_space"]
