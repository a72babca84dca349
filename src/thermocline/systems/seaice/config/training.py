"""How the networks are trained."""

from thermocline.config import TrainingConfig
from thermocline.config.types import Average, Count, Positive


class AutoencoderTraining(TrainingConfig):
    """Of the autoencoder."""

    steps: Count = 900
    batch: Count = 12
    learning_rate: Positive = 2e-3
    ema: Average = 0.99
    checkpoint_every: Count = 150
    validate_every: Count = 300


class AnalysisTraining(TrainingConfig):
    """Of the network for observations."""

    steps: Count = 400
    batch: Count = 8
    learning_rate: Positive = 1e-3
    ema: Average = 0.98
    checkpoint_every: Count = 100
    validate_every: Count = 200


class FeaturesTraining(TrainingConfig):
    """Of the autoencoder whose features the Fréchet distance compares."""

    steps: Count = 300
    batch: Count = 16
    learning_rate: Positive = 2e-3
    ema: Average = 0.98
    checkpoint_every: Count = 100
    validate_every: Count = 150


class IceTraining(TrainingConfig):
    """Of the denoiser; and of the autoencoder, the network for observations, and the autoencoder
    whose features the Fréchet distance compares.
    """

    steps: Count = 2500
    batch: Count = 64
    learning_rate: Positive = 2e-3
    ema: Average = 0.995
    checkpoint_every: Count = 500
    validate_every: Count = 500
    autoencoder: AutoencoderTraining = AutoencoderTraining()
    analysis: AnalysisTraining = AnalysisTraining()
    features: FeaturesTraining = FeaturesTraining()
