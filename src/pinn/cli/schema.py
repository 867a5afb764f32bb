"""`pinn schema`: what editors need to complete and check a config."""

from pinn.cli import console


def schema() -> None:
    """Print the JSON Schema of the config language (draft 7)."""
    import json

    from pinn.config.jsonschema import json_schema

    console.answer(json.dumps(json_schema(), indent=2))
