"""A checked config written out again: defaults and overrides applied, enough to repeat the run."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pinn import schema
from pinn.config import clouds, known
from pinn.config.model import Config


class _Writer(yaml.SafeDumper):
    """Quotes every text value, so that no reader takes it for a number or a word."""


def _quoted(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_Writer.add_representer(str, _quoted)


def plain(config: Config, places: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """The config as plain data with every default said; `places` gives new names to the files it names."""
    document = config.document.model_dump(mode="json", exclude_none=True)
    for said, term in zip(config.document.terms, document["terms"], strict=True):
        if said.sampling is not None and "points" not in said.sampling.model_fields_set:
            del term["sampling"]["points"]  # it takes the number of the whole config
    if len(document["optimizer"]) == 1:
        (document["optimizer"],) = document["optimizer"]
    for holder, key in _file_places(document):
        holder[key] = (places or {}).get(known.source(config.base / holder[key]), holder[key])
    return document


def text(config: Config, places: Mapping[Path, str] | None = None) -> str:
    """The same as YAML."""
    return yaml.dump(plain(config, places), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)


def digest(config: Config) -> str:
    """SHA-256 of everything that decides the result: the resolved config and the contents of its files."""
    mark = hashlib.sha256(text(config).encode())
    for path in config.files:
        mark.update(hashlib.sha256(path.read_bytes()).digest())
    return mark.hexdigest()


def file_names(document: schema.Document) -> list[str]:
    """The files that a document names, as written."""
    plain_data = document.model_dump(mode="json", exclude_none=True)
    return list(dict.fromkeys(holder[key] for holder, key in _file_places(plain_data)))


def _file_places(document: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Every place in plain data that holds the name of a file: pairs (mapping, key)."""
    places: list[tuple[dict[str, Any], str]] = []
    holders = [*((term, "data") for term in document["terms"]), (document, "reference")]
    for cloud in clouds.within(document["domain"]):
        parts = cloud["boundary"]
        holders += [(cloud, "file"), *((parts, name) for name in parts)]
    holders += [(document["known"], name) for name in document.get("known", {})]
    for holder, key in holders:
        match holder.get(key):
            case str():
                places.append((holder, key))
            case dict() as inner:
                places += [(inner, word) for word in ("file", "run") if word in inner]
    return places
