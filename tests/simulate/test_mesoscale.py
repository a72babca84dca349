"""Eddies of layered flow: Rossby's dispersion relation, what is conserved, columns that stand."""

from dataclasses import replace

import gsw
import numpy as np
import pytest

from thermocline.errors import BadConfig
from thermocline.simulate.mesoscale.columns import Columns
from thermocline.simulate.mesoscale.configuration import (
    CELLS,
    LEVELS,
    MEMBERS,
    REGIONS,
    SHIFTED,
    TRUTH,
)
from thermocline.simulate.mesoscale.layers import DAY, Flow, Layers, energy
from thermocline.simulate.mesoscale.products import PRODUCTS
from thermocline.simulate.mesoscale.run import states

CELL = 20e3
AT_REST = replace(Layers(), mean=(0.0,) * 4, drag=0.0)
OCEAN = np.ones((CELLS, CELLS), bool)
BY_NAME = {region.name: region for region in REGIONS}


def vorticity(layers, psi, cell=CELL):
    wave = 2 * np.pi * np.fft.fftfreq(psi.shape[-1], cell)
    turned = np.fft.ifft2((wave[:, None] ** 2 + wave**2) * np.fft.fft2(psi)).real
    return np.tensordot(layers.stretching, psi, 1) - turned


@pytest.mark.parametrize("mode", [1, 2])
def test_a_wave_of_a_vertical_mode_follows_the_dispersion_relation(mode):
    """ω = −β k/(k² + l² + λ), with −λ and the mode's shape from S; it does not act on itself."""
    values, shapes = np.linalg.eig(AT_REST.stretching)
    order = np.argsort(-values.real)
    shape, radius = shapes[:, order[mode]].real, -values.real[order[mode]]
    k, m = 2 * np.pi * 2 / (32 * CELL), 2 * np.pi / (32 * CELL)
    y, x = CELL * np.indices((32, 32))
    frequency = -AT_REST.beta * k / (k**2 + m**2 + radius)
    wave = lambda t: 5e3 * shape[:, None, None] * np.cos(k * x + m * y - frequency * t)
    flow = Flow(AT_REST, vorticity(AT_REST, wave(0)), CELL)
    days = 40
    flow.advance(round(days * DAY / 5400))
    expected = wave(days * DAY)
    assert np.abs(expected - wave(0)).max() > 0.1 * np.abs(expected).max()
    np.testing.assert_allclose(flow.streamfunction(), expected, atol=2e-4 * np.abs(expected).max())


def test_energy_and_enstrophy_are_conserved_without_drag():
    """Layer by layer the potential enstrophy, too, while eddies are smooth; they do interact."""
    random, psi = np.random.default_rng(0), np.zeros((4, 64, 64))
    y, x = 2 * np.pi * np.indices((64, 64)) / 64
    for k, m in ((1, 2), (2, -1), (3, 1), (2, 3)):
        phase = random.uniform(0, 2 * np.pi, (4, 1, 1))
        psi += np.array([4e3, 3e3, 2e3, 1e3])[:, None, None] * np.cos(k * x + m * y + phase)
    f_plane = replace(AT_REST, beta=0.0)
    flow = Flow(f_plane, vorticity(f_plane, psi), CELL)
    squares = lambda psi: np.mean(vorticity(f_plane, psi) ** 2, axis=(1, 2))
    flow.advance(round(15 * DAY / 5400))
    after = flow.streamfunction()
    assert np.std(after - psi) > 0.2 * np.std(psi)
    assert energy(after, f_plane, CELL) == pytest.approx(energy(psi, f_plane, CELL), rel=1e-4)
    np.testing.assert_allclose(squares(after), squares(psi), rtol=2e-3)


def test_energy_is_half_the_product_of_streamfunction_and_potential_vorticity():
    psi = np.random.default_rng(1).standard_normal((4, 16, 16))
    q = vorticity(AT_REST, psi)
    thickness = np.array(AT_REST.thickness)[:, None, None]
    expected = -np.mean((thickness * psi * q).sum(axis=0)) / 2
    assert energy(psi, AT_REST, CELL) == pytest.approx(expected, rel=1e-10)


def test_an_unstable_mean_flow_makes_eddies():
    """Drag alone takes energy out; the recipe's shear puts more in."""
    y, x = 2 * np.pi * np.indices((32, 32)) / 32
    psi = np.array([300, 200, 100, 0])[:, None, None] * np.cos(3 * x + np.cos(y))
    grown = []
    for layers in (replace(Layers(), mean=(0.0,) * 4), Layers()):
        flow = Flow(layers, vorticity(layers, psi), CELL, step=10800.0)
        flow.advance(round(160 * DAY / 10800))
        grown.append(energy(flow.streamfunction(), layers, CELL) / energy(psi, layers, CELL))
    assert grown[0] < 1 < 2 < grown[1]


@pytest.fixture(scope="module")
def seas():
    """A few states of a northern and of a southern region."""
    first = np.datetime64("2005-02-02")
    return {
        name: list(states(BY_NAME[name], MEMBERS[1], first, 3, OCEAN, spin_up=6))
        for name in ("kuroshio", "agulhas")
    }


def test_columns_are_stable(seas):
    z = np.array(LEVELS, float)[:, None]
    for name, made in seas.items():
        region = BY_NAME[name]
        pressure = gsw.p_from_z(-z, region.south + 6)
        for state in made:
            thetao, so = (each.reshape(len(z), -1) for each in (state.thetao, state.so))
            absolute = gsw.SA_from_SP(so, pressure, region.west + 6, region.south + 6)
            heavier = np.diff(gsw.sigma0(absolute, gsw.CT_from_pt(absolute, thetao)), axis=0)
            assert (heavier < -0.01).mean() < 1e-3


def test_the_thermocline_is_deep_where_the_sea_is_high_on_both_sides_of_the_equator(seas):
    level = LEVELS.index(500)
    for made in seas.values():
        for state in made:
            assert np.corrcoef(state.thetao[level].ravel(), state.zos.ravel())[0, 1] > 0.4
            assert 0.03 < state.zos.std() < 0.3


def test_winter_mixes_deeper_than_summer(seas):
    """February: the northern surface layer is deep, the southern one shallow."""
    depth = lambda state: (
        np.mean(state.thetao[0] - state.thetao < 0.2, axis=(1, 2))
        @ np.gradient(np.array(LEVELS, float))
    )
    north, south = (np.mean([depth(state) for state in made]) for made in seas.values())
    assert north > 2 * south


def test_mixing_keeps_heat_and_salt():
    columns = Columns(REGIONS[0], MEMBERS[0], np.random.default_rng(0))
    water = np.random.default_rng(1).standard_normal((2, len(columns._z), CELLS, CELLS))
    mixed = columns._mix(water, np.full((CELLS, CELLS), 100.0))
    shallow = slice(0, columns._mixable)
    np.testing.assert_allclose(mixed[:, shallow].sum(1), water[:, shallow].sum(1), atol=1e-10)
    assert np.ptp(mixed[:, :12], axis=1).max() < 1e-12


def test_states_depend_on_names_and_seeds_alone():
    first = np.datetime64("2005-06-01")
    run = lambda region, member, weeks: next(
        iter(list(states(region, member, first, weeks, OCEAN, spin_up=1)))
    )
    one, longer = (run(REGIONS[0], TRUTH, weeks) for weeks in (1, 2))
    np.testing.assert_array_equal(one.thetao, longer.thetao)
    np.testing.assert_array_equal(one.products["zos"], longer.products["zos"])
    assert not np.array_equal(one.zos, run(REGIONS[1], TRUTH, 1).zos)
    assert np.mean(run(REGIONS[0], SHIFTED, 1).thetao - one.thetao) > 0.2


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:invalid value encountered")
def test_a_flow_that_outruns_its_steps_is_an_error():
    fast = replace(TRUTH, name="fast", layers=replace(TRUTH.layers, mean=(3.0, 1.5, 0.5, 0.0)))
    with pytest.raises(BadConfig, match="simulated gulf_stream: the flow of fast is too fast"):
        list(states(BY_NAME["gulf_stream"], fast, np.datetime64("2005-06-01"), 2, OCEAN, 0, 8))


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_smooth_truth_with_an_error_of_its_stated_size(name):
    product, random = PRODUCTS[name], np.random.default_rng(0)
    flat = np.stack([product.of(np.full((64, 64), 3.0), OCEAN, random) for _ in range(40)])
    assert np.mean(flat) == pytest.approx(3.0, abs=0.1 * product.error)
    assert np.std(flat) == pytest.approx(product.error, rel=0.1)
    half = OCEAN & (np.arange(64) > 20)
    assert np.isnan(product.of(np.full((64, 64), 3.0), half, random)[:, :21]).all()
