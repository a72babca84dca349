"""Variables of a file by their names, in whatever case a provider or a server wrote them."""

from typing import Any


class AnyCase(dict[str, Any]):
    """Variables by name; where none has the very name, the only one that has it in another case."""

    def named(self, name: object) -> str | None:
        """The name that a variable has in the file; None if there is none, or several."""
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
