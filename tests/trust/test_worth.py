"""What forecasts are worth: their deviation does not shrink for errors that are overstated."""

import numpy as np
import pytest

from thermocline.trust.left_out import Forecast
from thermocline.trust.worth import worth

SIZE = 400


def spread(signal, error, stated):
    """σ of forecasts of 0 ± 1 of departures of N(0, signal² + error²), with `stated` errors."""
    rng = np.random.default_rng(4)
    y = np.hypot(signal, error) * rng.standard_normal(SIZE)
    forecast = Forecast(np.zeros(SIZE), np.full(SIZE, 1 + stated**2))
    level = np.zeros(SIZE, int)
    return worth(y, forecast, np.full(SIZE, stated**2), level, 1, np.arange(SIZE))[1][0]


@pytest.mark.parametrize("stated", [0.3, 1.0, 3.0, 30.0])
def test_overstated_errors_do_not_make_a_forecast_s_own_deviation_smaller(stated):
    assert spread(1.0, 0.0, stated) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("error", [0.1, 0.5, 1.0])
def test_what_is_understated_is_found_and_shared_with_the_errors(error):
    expected = np.sqrt((4 + error**2) / (1 + error**2))
    assert spread(2.0, error, error) == pytest.approx(expected, abs=0.12)


def test_a_deviation_that_is_overstated_is_found_where_errors_are_small():
    assert spread(0.5, 0.1, 0.1) == pytest.approx(0.5, abs=0.05)


def test_forecasts_that_fit_stay_as_they_are():
    assert [spread(1.0, e, e) for e in (0.1, 0.5, 1.0)] == pytest.approx([1] * 3, abs=0.06)
