"""R², PSNR and SSIM over sea: as torchmetrics and scikit-learn have them where there is no land."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.systems.superres.evaluation.published import SCORES, published_scores
from thermocline.verify.metrics.images import psnr, r_squared, ssim, value_range

SEA = np.ones((48, 40), bool)


@pytest.fixture
def fields():
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(3)
    smooth = lambda: gaussian_filter(rng.standard_normal(SEA.shape), 2.0)
    truth = 18 + 8 * smooth()
    return truth + 2 * smooth() + 0.1, truth


def test_ssim_is_that_of_torchmetrics_where_windows_are_whole(fields):
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure as oracle

    estimate, truth = fields
    span = value_range(truth, SEA)
    _, whole = oracle(
        *(torch.from_numpy(f)[None, None] for f in fields),
        data_range=span,
        return_full_image=True,
    )
    found, counted = ssim(estimate, truth, SEA, span)
    inner = (slice(5, -5), slice(5, -5))
    assert counted[1:-1, 1:-1].all()  # a corner sees less than half of its window
    np.testing.assert_allclose(found[inner], whole[0, 0].numpy()[inner], atol=1e-5)
    assert 0.5 < found.mean() < 0.99


def test_psnr_and_r2_are_those_of_others(fields):
    import torch
    from sklearn.metrics import r2_score
    from torchmetrics.functional.image import peak_signal_noise_ratio

    estimate, truth = fields
    mse = float(np.mean((estimate - truth) ** 2))
    span = value_range(truth, SEA)
    expected = peak_signal_noise_ratio(*(torch.from_numpy(f) for f in fields), data_range=span)
    assert psnr(span**2, mse) == pytest.approx(float(expected), rel=1e-6)
    found = r_squared(truth.mean(), np.mean(truth**2), mse)
    assert found == pytest.approx(r2_score(truth.ravel(), estimate.ravel()), rel=1e-9)
    assert psnr(1.0, 0.0) == np.inf and np.isnan(r_squared(2.0, 4.0, 1.0))


def test_ssim_never_reads_land_and_knows_no_seam_at_the_coast(fields):
    estimate, truth = fields
    ocean = SEA.copy()
    ocean[10:30, :15] = False
    found, counted = ssim(estimate, truth, ocean, 10.0)
    wild = np.where(ocean, estimate, np.nan), np.where(ocean, truth, 1e9)
    again, _ = ssim(*wild, ocean, 10.0)
    np.testing.assert_array_equal(found, again)
    assert not counted[~ocean].any() and (found[~counted] == 0).all()
    assert counted[15:25, 15].all()  # straight coast: more than half of the window is sea
    far = ssim(estimate, truth, SEA, 10.0)[0][:, 22:]
    np.testing.assert_allclose(found[:, 22:], far, rtol=1e-9)


def test_ssim_of_equals_is_one_and_of_opposites_negative(fields):
    _, truth = fields
    ocean = SEA.copy()
    ocean[::7, ::5] = False
    same, counted = ssim(truth, truth, ocean, 10.0)
    np.testing.assert_allclose(same[counted], 1.0)
    # About 0, so that the means agree with one another in neither sign nor size.
    flipped, _ = ssim(18 - (truth - 18), truth, ocean, 10.0)
    assert flipped[counted].mean() < 0
    constant, _ = ssim(np.full_like(truth, 3.0), np.full_like(truth, 3.0), ocean, 1e-3)
    np.testing.assert_allclose(constant[counted], 1.0)


def test_published_scores_are_those_of_their_definitions(fields):
    from sklearn.metrics import r2_score

    estimate, truth = fields
    scores = dict(zip(SCORES, published_scores(estimate, truth, SEA), strict=True))
    mse = np.mean((estimate - truth) ** 2)
    assert scores["rmse"] == pytest.approx(np.sqrt(mse))
    assert scores["absolute_bias"] == pytest.approx(abs(np.mean(estimate - truth)))
    assert scores["r2"] == pytest.approx(r2_score(estimate, truth))  # in the authors' order
    peak = max(estimate.max(), truth.max())
    assert scores["psnr"] == pytest.approx(10 * np.log10(peak**2 / mse), rel=1e-6)
    c = np.cov(estimate.ravel(), truth.ravel(), ddof=0)
    m, n = estimate.mean(), truth.mean()
    ssim = (2 * m * n + 1e-3) * (2 * c[0, 1] + 1e-3)
    ssim /= (m * m + n * n + 1e-3) * (c[0, 0] + c[1, 1] + 1e-3)
    assert scores["ssim"] == pytest.approx(ssim, rel=1e-6)
    plane = np.add.outer(3.0 * np.arange(9), 4.0 * np.arange(8))
    steep = published_scores(plane, 2 * plane, np.ones(plane.shape, bool))
    assert steep[SCORES.index("gradient_rmse")] == pytest.approx(5.0)
    assert steep[SCORES.index("gradient_absolute_bias")] == pytest.approx(5.0)


def test_published_scores_do_not_read_land(fields):
    estimate, truth = fields
    ocean = SEA.copy()
    ocean[5:20, 5:20] = ocean[:, 30] = False
    found = published_scores(estimate, truth, ocean)
    wild = np.where(ocean, estimate, np.nan), np.where(ocean, truth, 1e9)
    np.testing.assert_array_equal(found, published_scores(*wild, ocean))
    assert np.isfinite(found).all()
    with pytest.raises(BadData, match="no sea"):
        published_scores(estimate, truth, ~SEA)
