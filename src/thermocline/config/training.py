"""How networks are trained."""

from typing import Any, Literal

from pydantic import ValidationInfo, model_validator

from thermocline.config.types import (
    Average,
    Count,
    Positive,
    Section,
    Share,
    renamed,
    wished,
)


class TrainingConfig(Section):
    """Optimisation, counted in steps so that a run can be repeated to the bit.

    `precision` auto is bf16-mixed where the processor computes with 16 bits, and 32-true where it
    would only imitate that, which takes twice as long. With `accumulate` a batch is computed in so
    many parts, one after another, which needs less memory and gives the same gradient.
    `optimizer` muon is AdamW but for the kernels of convolutions (see `training.muon`). `fused` has
    AdamW change all weights at once, which changes the last digits of what is trained.
    """

    steps: Count = 1500
    """Optimisation steps."""
    batch: Count = 8
    """States of a step."""
    accumulate: Count = 1
    """Parts in which a batch is computed one after another; less memory, the same gradient."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """muon is AdamW but for the kernels of convolutions."""
    learning_rate: Positive = 1e-3
    """Learning rate after warm-up; it falls to zero along half a cosine."""
    warmup: Count = 50
    """Steps over which the learning rate rises linearly; at most `steps`."""
    ema: Average = 0.995
    """Decay per step of the weights' exponential moving average."""
    gradient_clip: Positive = 1.0
    """Norm beyond which the gradient is scaled down."""
    precision: Literal["32-true", "bf16-mixed", "auto"] = "32-true"
    """auto is bf16-mixed where the processor computes with 16 bits, else 32-true."""
    fused: bool = False
    """Whether AdamW changes all weights at once, which changes the last digits."""
    checkpoint_every: Count = 200
    """Steps between checkpoints."""
    validate_every: Count = 250
    """Steps between validations."""

    @model_validator(mode="after")
    def _fits_itself(self, info: ValidationInfo) -> "TrainingConfig":
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} has no {self.accumulate} equal parts")
        if wished(info) and self.warmup > self.steps:
            raise ValueError(
                f"a warmup of {self.warmup} steps never ends in {self.steps}: "
                "learning_rate would not be reached"
            )
        return self


class MeanTraining(TrainingConfig):
    """The network also learns the mean: from the fraction `mean_fraction` of each batch, which is
    given to it without a noisy state.

    The setting was called `blind` before, and is still read under that name.
    """

    mean_fraction: Share = 0.5
    """Share of each batch without a noisy state, from which the network learns the mean."""

    @property
    def mean_states(self) -> int:
        """How many states of a batch are for the mean."""
        return round(self.mean_fraction * self.batch)

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, values: Any) -> Any:
        return renamed(values, blind="mean_fraction")

    @model_validator(mode="after")
    def _some_of_each(self, info: ValidationInfo) -> "MeanTraining":
        part = self.mean_fraction
        if wished(info) and 0 < part < 1 and self.mean_states in (0, self.batch):
            raise ValueError(
                f"mean_fraction {part:g} of a batch of {self.batch} is {self.mean_states}: "
                "give a share that leaves some of each, or 0"
            )
        return self
