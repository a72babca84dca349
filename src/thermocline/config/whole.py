"""The whole of params.yaml: what systems share, and a section of the same shape for each."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from thermocline.config.data import DataConfig
from thermocline.config.tune import TuneConfig
from thermocline.config.types import Count, Section, Several
from thermocline.errors import BadConfig


class EvaluateConfig(Section):
    """How methods are scored: ensemble size, and resamples of the bootstrap."""

    members: Several = 8
    """Members of an answer that is scored."""
    bootstrap: Count = 1000
    """Resamples of the bootstrap."""


class SystemSection(Section):
    """A system's section. Every system has these keys; each types its own content.

    Attributes:
        data: what is prepared from the raw files.
        baselines: candidates for the classical methods.
        model: what is trained.
        training, sampling: how it is trained, and how members are drawn.
        evaluate: how many cases are scored, and how.
        tune: the study of its settings.
        in_common: settings that all trials of a study have as params.yaml says, by dotted name, or
            by that of a section with all that it holds.
        stated: settings that params.yaml has to have wherever it has the system's section, by
            dotted name: those that it comes with other values for than the defaults in the code,
            which are what models of earlier versions were made with.
    """

    in_common: ClassVar[tuple[str, ...]] = ()
    stated: ClassVar[tuple[str, ...]] = ()

    data: Section = Section()
    baselines: Section = Section()
    model: Section = Section()
    training: Section = Section()
    sampling: Section = Section()
    evaluate: EvaluateConfig = EvaluateConfig()
    tune: TuneConfig = TuneConfig()


class Config(Section):
    """The whole of params.yaml; a field more for each system (see `systems.config`)."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of everything random."""
    data: DataConfig

    def section(self, system: str) -> Any:
        """A system's section.

        Raises:
            BadConfig: if the system has none.
        """
        found = getattr(self, system, None)
        if not isinstance(found, SystemSection):
            known = [
                n for n in type(self).model_fields if isinstance(getattr(self, n), SystemSection)
            ]
            raise BadConfig(
                f"no section {system!r}", where="params.yaml", fix=f"known: {', '.join(known)}"
            )
        return found
