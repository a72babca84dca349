"""One state as an example: maps at a depth, a section, and a column with its 90 % band."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.case import Case
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.densify.data.climate import Climate
from thermocline.systems.densify.data.raw import WATER
from thermocline.verify.board.text import date
from thermocline.verify.figures import style
from thermocline.verify.figures.maps import dots, draw_row, draw_section, label_row, sheet

LEVEL = 100.0
"""Metres, of maps."""
BAND = 1.645
"""Standard deviations on either side that hold 90 % of a Gaussian."""
LOOKS = {"thetao": ("thermal", "Temperature (°C)"), "so": ("haline", "Salinity (PSU)")}
OURS = "Thermocline"


@dataclass(frozen=True)
class Example:
    """A case, its answer, and that of the best classical method, called `rival`, in its colour."""

    case: Case
    answer: Analysis
    other: Analysis
    rival: str
    colour: str

    @property
    def grid(self) -> LatLonGrid:
        """Cells of the region."""
        grid = self.case.problem.grid
        assert isinstance(grid, LatLonGrid)
        return grid

    @property
    def depth(self) -> NDArray[np.float64]:
        """Levels [L], metres."""
        channels = self.case.problem.channels
        return np.array([each.depth for each in channels[: len(channels) // len(WATER)]], float)

    @property
    def title(self) -> str:
        """Such as `Gulf Stream, 14 March 2005: 2.5 % of columns observed`."""
        region, _, day = self.case.problem.case.split("/")
        percent = f"{100 * self.case.density:g} % of columns observed"
        return f"{region.replace('_', ' ').title()}, {date(day)}: {percent}"

    def observed(self) -> NDArray[np.float64]:
        """Observed values [C, H, W], NaN where there are none."""
        found = np.full(self.case.truth.shape, np.nan)
        for each in self.case.problem.observations:
            hit = each.operator.adjoint(np.ones(each.operator.size)) > 0
            found[hit] = each.operator.adjoint(np.asarray(each.y, float))[hit]
        return found

    def maps(self, path: Path) -> None:
        """Truth, observations, both means and both deviations at about 100 m, a row a variable."""
        figure, axes = sheet(self.grid, len(WATER), 6, width=2.5)
        at, levels, seen = (
            int(np.abs(self.depth - LEVEL).argmin()),
            len(self.depth),
            self.observed(),
        )
        for row, name in enumerate(WATER):
            line, channel = axes[row], row * levels + at
            cmap, label = LOOKS[name]
            truth = self.case.truth[channel]
            span = style.limits(truth)
            blank = np.where(np.isfinite(truth), span[0], np.nan)
            means = {"Truth": truth, "Observations": blank, OURS: self.answer.mean[channel]}
            means[self.rival] = self.other.mean[channel]
            draw_row(figure, line, self.grid, means, cmap, label, span)
            line[1].collections[0].set_cmap(style.plain())
            dots(line[1], self.grid, seen[channel], style.colour_map(cmap), span)
            spread = {
                f"{who}: deviation": each.std[channel]
                for who, each in ((OURS, self.answer), (self.rival, self.other))
                if each.std is not None
            }
            _, worst = style.limits(*spread.values())
            label = label.replace(" (", ": standard deviation (")
            draw_row(figure, line[4:], self.grid, spread, "amp", label, (0, worst))
            label_row(line, f"{self.depth[at]:g} m", row)
        style.headline(figure, self.title, 13)
        style.save(figure, path)

    def section(self, path: Path) -> None:
        """Truth, both means and our deviation along the latitude in the middle of the region."""
        row, levels = self.grid.shape[0] // 2, len(self.depth)
        fields = {"Truth": self.case.truth, OURS: self.answer.mean, self.rival: self.other.mean}
        figure = style.new_figure(10.5, 8.2)
        axes = figure.subplots(4, len(WATER), sharex=True, sharey=True)
        for column, name in enumerate(WATER):
            part, (cmap, label) = slice(column * levels, (column + 1) * levels), LOOKS[name]
            low, high = style.limits(self.case.truth[part, row])
            for ax, (title, field) in zip(axes[:, column], fields.items(), strict=False):
                mesh = self._cut(ax, field[part, row], cmap, low, high)
                ax.set_title(title, fontsize=10, loc="left")
            self._bar(figure, mesh, axes[:3, column], label, "both")
            if self.answer.std is not None:
                spread = self.answer.std[part, row]
                mesh = self._cut(axes[3, column], spread, "amp", 0, style.limits(spread)[1])
                axes[3, column].set_title(f"{OURS}: standard deviation", fontsize=10, loc="left")
                self._bar(figure, mesh, axes[3, column], label[label.index("(") :], "max")
            east = self.grid.longitude
            ticks = np.arange(np.ceil(east[0] / 3) * 3, east[-1], 3)
            axes[3, column].set_xticks(ticks, [style.longitude_label(v) for v in ticks])
        for ax in axes.flat:
            ax.label_outer()
        where = style.latitude_label(round(float(self.grid.latitude[row]), 1))
        style.headline(figure, f"{self.title}; along {where}", 12)
        style.save(figure, path)

    def profile(self, path: Path, climate: Climate) -> None:
        """The unobserved column whose error is the median one, with the 90 % band of its values."""
        (row, column), levels = self._typical(), len(self.depth)
        normal = climate.mean(self.case.problem.time)[:, row, column]
        figure = style.new_figure(8.6, 5.6)
        axes = figure.subplots(1, len(WATER), sharey=True)
        for number, (ax, name) in enumerate(zip(axes, WATER, strict=True)):
            part = slice(number * levels, (number + 1) * levels)
            of = lambda field, part=part: field[part, row, column]
            mean = of(self.answer.mean)
            if self.answer.std is not None:
                reach = BAND * of(self.answer.std)
                band = {"color": style.BLUE, "alpha": 0.2, "lw": 0, "label": "90 % band"}
                ax.fill_betweenx(self.depth, mean - reach, mean + reach, **band)
            ax.plot(normal[part], self.depth, "--", color=style.GREY, lw=1.3, label="Climatology")
            ax.plot(of(self.other.mean), self.depth, color=self.colour, lw=1.4, label=self.rival)
            ax.plot(mean, self.depth, color=style.BLUE, lw=2, label=OURS)
            ax.plot(of(self.case.truth), self.depth, color="black", lw=1.5, label="Truth")
            ax.set_xlabel(LOOKS[name][1])
            ax.grid(alpha=0.25)
        style.depth_axis(axes[0], self.depth)
        axes[0].legend(fontsize=9, loc="lower right")
        north, east = self.grid.latitude[row].round(1), self.grid.longitude[column].round(1)
        where = f"{style.latitude_label(north)} {style.longitude_label(east)}"
        style.headline(
            figure, f"{self.title}\n{where}, an unobserved column whose error is the median", 11
        )
        style.save(figure, path)

    def _typical(self) -> tuple[int, int]:
        """Row and column of the unobserved column with the median error of temperature."""
        levels = len(self.depth)
        error = np.square(self.answer.mean - self.case.truth)[:levels].mean(axis=0)
        error[np.isfinite(self.observed()).any(axis=0)] = np.nan
        order = np.argsort(error, axis=None)
        row, column = divmod(int(order[np.isfinite(error).sum() // 2]), error.shape[1])
        return row, column

    def _cut(self, ax: Any, field: NDArray, cmap: str, low: float, high: float) -> Any:
        colours = style.colour_map(cmap)
        return draw_section(ax, self.grid.longitude, self.depth, field, colours, low, high)

    def _bar(self, figure: Any, mesh: Any, axes: Any, label: str, extend: str) -> None:
        bar = figure.colorbar(mesh, ax=axes, pad=0.01, extend=extend)
        bar.set_label(label, fontsize=9)
        bar.ax.tick_params(labelsize=8)
