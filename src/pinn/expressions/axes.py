"""Coordinates as people name them: `t` is a single one, `x` a vector whose components are `x[0]`, `x[1]`, …."""

from collections.abc import Iterator, Mapping, Sequence


def components(name: str, dim: int) -> tuple[str, ...]:
    """The names of a vector's components."""
    return tuple(f"{name}[{k}]" for k in range(dim))


def axes(coordinates: Sequence[str], vectors: Mapping[str, range]) -> dict[str, range]:
    """Every name of a config for coordinates, in the domain's order, with the places that it stands for."""
    starts = {places.start: (name, places) for name, places in vectors.items()}
    found: dict[str, range] = {}
    at = 0
    while at < len(coordinates):
        name, places = starts.get(at, (coordinates[at], range(at, at + 1)))
        found[name] = places
        at = places.stop
    return found


def listed(coordinates: Sequence[str], vectors: Mapping[str, range]) -> str:
    """The coordinates for a sentence, long vectors in short."""

    def words() -> Iterator[str]:
        for name, places in axes(coordinates, vectors).items():
            names = [coordinates[i] for i in places]
            yield from [names[0], "…", names[-1]] if name in vectors and len(names) > 3 else names

    return ", ".join(words())
