"""Variables of a file by name, in upper or lower case: some servers change the case."""

from typing import Any


class AnyCase(dict[str, Any]):
    """Variables by exact name, else by the same name in another case if only one has it."""

    def named(self, name: object) -> str | None:
        """The name of the variable in the file; None if there is none, or several."""
        if super().__contains__(name):
            return str(name)
        plain = str(name).lower()
        fitting = [own for own in self if own.lower() == plain]
        return fitting[0] if len(fitting) == 1 else None

    def __contains__(self, name: object) -> bool:
        return self.named(name) is not None

    def __missing__(self, name: str) -> Any:
        own = self.named(name)
        if own is None:
            raise KeyError(name)
        return self[own]
