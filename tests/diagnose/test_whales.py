"""A whale is named, and each thing that could be done with it is verified."""

import territory_opt as topt

from .test_diagnose import build


def test_a_whale_can_be_a_house_account_pooled_or_a_book_of_its_own():
    values = [90.0, 12, 11, 13, 12, 11, 13]
    found = topt.diagnose(build(values, 4, [topt.Balance("tam", within=0.15)]))
    (whale,) = found.whales
    assert whale.account_id == ("a0",) and whale.measure == "tam"
    assert whale.size == 90 and whale.limit == 46  # 1.15 x 162 / 4 = 46.6, of whole amounts
    shorts = {way.short for way in whale.proposals}
    assert "a book of its own" in shorts
    for way in whale.proposals:
        assert way.verified and topt.evaluate(way.problem, way.alignment).feasible
    own = next(way for way in whale.proposals if way.short == "a book of its own")
    assert own.problem.n_accounts == 6 and own.problem.n_reps == 3


def test_the_pool_counts_in_every_book():
    values = [40.0, 10, 10, 10, 10]
    found = topt.diagnose(build(values, 2, [topt.Balance("tam", between=(0, 39))]))
    assert not any(way.short == "pooled over the team" for way in found.whales[0].proposals)
    values = [50.0, 10, 10, 10, 10]
    found = topt.diagnose(build(values, 2, [topt.Balance("tam", between=(0, 45))]))
    pooled = next(way for way in found.whales[0].proposals if way.short == "pooled over the team")
    (band,) = pooled.problem.criteria
    assert band.between == (-25, 20)
    assert "25 TAM" in pooled.cost


def test_a_family_can_be_a_whale_and_rules_that_name_it_go_with_it():
    values = [20.0, 20, 20, 10, 10, 10, 10]
    limits = [
        topt.Together([["a0", "a1", "a2"]]),
        topt.Balance("tam", between=(0, 45)),
        topt.Forbid([("a0", "r0"), ("a3", "r0")]),
        topt.Apart([("a0", "a4")]),
    ]
    found = topt.diagnose(build(values, 3, limits))
    assert found.whales[0].account_id == ("a0", "a1", "a2")
    house = next(way for way in found.whales[0].proposals if "house" in way.short)
    assert house.problem.n_accounts == 4
    assert [type(c).__name__ for c in house.problem.criteria] == ["Balance", "Forbid"]
