"""Numbers as people write them in groups of digits: `1 000`, `1,000`, `1'000`, `1_000`."""

import re

GROUPED = r"(?:[0-9]{1,3}(?P<by>[ ,'])[0-9]{3}(?:(?P=by)[0-9]{3})*|[0-9]+(?:_[0-9]+)+)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
"""A pattern for them."""


def joined(text: str) -> str | None:
    """The number as it is written here, its digits together; None where the text is no such number."""
    return re.sub("[ ,'_]", "", text) if re.fullmatch(rf"[-+]?{GROUPED}", text) else None
