"""What every section of a config is made of: numbers, names, and a mapping that never changes."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

T = TypeVar("T")


def one_or_many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def as_whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Formula = str | int | float
"""An expression; a bare YAML number is one too."""

Pair = Annotated[tuple[Formula, Formula], Strict(False)]
"""Two expressions, written as a list."""

Many = Annotated[list[T], Field(min_length=1), BeforeValidator(one_or_many)]
"""One, or a list of them."""

Count = Annotated[int, Field(ge=1), BeforeValidator(as_whole)]
"""A whole number from 1 on; `1e4` is one, although YAML calls it a float."""

Natural = Annotated[int, Field(ge=0), BeforeValidator(as_whole)]
"""A whole number from 0 on."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Section(BaseModel):
    """A mapping that refuses keys it does not know, never converts types and never changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)
