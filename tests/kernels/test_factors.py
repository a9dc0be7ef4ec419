"""Hidden factors: recovered from non-targets, blind to a hub, and as many as the decoys ask for."""

from __future__ import annotations

import numpy as np
import pytest
from tests.kernels.worlds import group_means, local_p, one_row_each, residual_ranks, world

from csmir.kernels import decoys, factors


def basis_of(w):
    v = residual_ranks(w.y, group_means(w.types))
    return v, factors.find_basis(v, w.listed, w.detection)


def within(values, types):
    return values - np.array([values[types == t].mean(axis=0) for t in range(4)])[types]


def explained(target, columns):
    fit = np.linalg.lstsq(columns, target, rcond=None)[0]
    return 1 - ((target - columns @ fit) ** 2).sum() / (target**2).sum()


def test_rotations_are_eigenvectors_of_the_sum_over_non_targets():
    w = world(0, n=120, n_x=5, n_y=60, n_pairs=60)
    _, basis = basis_of(w)
    assert not basis.flagged.any()
    for r in range(5):
        total = sum(np.outer(row, row) for row in basis.loadings[~w.listed[r]])
        values = np.diag(basis.rotations[r].T @ total @ basis.rotations[r])
        np.testing.assert_allclose(np.linalg.eigvalsh(total)[::-1], values, rtol=1e-8)
        np.testing.assert_allclose(basis.rotations[r].T @ basis.rotations[r], np.eye(8), atol=1e-10)
        assert (np.take_along_axis(basis.rotations[r], np.abs(basis.rotations[r]).argmax(0)[None], 0) > 0).all()


def test_a_batch_is_the_first_factor():
    w = world(1, batch=0.8)
    _, basis = basis_of(w)
    batch = within(w.known, w.types)[:, 0]
    own = [explained(batch, basis.scores @ basis.rotations[r][:, :1]) for r in range(len(w.x))]
    assert min(own) > 0.9


@pytest.mark.parametrize("listed_share", [1.0, 0.5])
def test_a_hub_is_no_factor_of_its_own_pairs(listed_share):
    w = world(2, hub=0.8, listed_share=listed_share)
    _, basis = basis_of(w)
    u = residual_ranks(w.x[:1], group_means(w.types))[0]
    assert basis.flagged[0]
    assert explained(u, basis.scores @ basis.rotations[0][:, :2]) < 0.1
    assert explained(u, basis.scores @ basis.rotations[1][:, :2]) > 0.5  # of others it is one


def test_few_non_targets_give_no_factors():
    w = world(0, n=100, n_x=3, n_y=40, n_pairs=30)
    listed = w.listed.copy()
    listed[1, :30] = True
    basis = factors.find_basis(residual_ranks(w.y, group_means(w.types)), listed, w.detection)
    assert (basis.rotations[1] == 0).all()
    assert basis.rotations[0].any()


def test_choice_by_hand():
    z = [3.0, 2, 1, 1, 1]
    assert factors.choose([0.008, 0.007, 0.007, 0.007, 0.007], z).n_factors == 0  # nominal already
    assert factors.choose([0.09, 0.03, 0.011, 0.0105, 0.0108], z).n_factors == 2  # within 1.15 of the best
    assert factors.choose([0.09, 0.03, 0.013, 0.0105, 0.0108], z).n_factors == 3
    far = factors.choose([0.16, 0.06, 0.055, 0.05, 0.05], [1.0, 6, 2, 1, 0])
    assert far == (1, "targets over decoys")
    assert factors.choose([0.16, 0.06, 0.055, 0.05, 0.05], [np.nan] * 5).n_factors == 2
    assert factors.choose([np.nan] * 5, [np.nan] * 5).n_factors == 0  # every pair is listed


def decoy_rates(w, tried=(0, 1, 2, 3, 5)):
    """Share of p < 1 % among decoys, by plain formulas, for every number of factors."""
    u = residual_ranks(w.x, group_means(w.types))
    v, basis = basis_of(w)
    rows, n_eff = one_row_each(w.types)
    drawn = decoys.draw(w.pair_x, w.pair_y, w.listed, w.detection, w.y.mean(axis=1), per_pair=1)
    out = []
    for k in tried:
        p = [
            local_p(u[r], v[t], rows, n_eff, basis.scores @ basis.rotations[r][:, :k])[1]
            for r, t in zip(drawn.mirna, drawn.mrna, strict=True)
        ]
        out.append((np.array(p) < 0.01).mean())
    return out


@pytest.mark.parametrize(
    ("confounders", "fewest"), [({}, 0), ({"batch": 0.8}, 1), ({"program": 1.5}, 1)], ids=["clean", "batch", "program"]
)
def test_decoys_choose_as_many_as_it_takes(confounders, fewest):
    rates = decoy_rates(world(4, **confounders))
    chosen = factors.choose(rates, [np.nan] * 5).n_factors
    assert (chosen == 0) == (fewest == 0)
    assert rates[(0, 1, 2, 3, 5).index(chosen)] < 0.02
    if fewest:
        assert rates[0] > 0.02
