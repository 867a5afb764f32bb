"""The configs that come with pinn."""

from pathlib import Path

from pinn.errors import RequestError, suggestion


def folder() -> Path:
    """Where the shipped configs lie: inside the installed package, or beside its source."""
    packed = Path(__file__).parent / "configs"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "configs"


def names() -> list[str]:
    """Names of the shipped problems."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def find(name: str) -> Path:
    """The config of a shipped problem; raises `RequestError` if there is none."""
    path = folder() / f"{name}.yaml"
    if name not in names():
        raise RequestError(
            f"there is no problem '{name}'", suggestion(name, names()) or f"there are {', '.join(names())}"
        )
    return path
