"""Which places lie at one time, and whether that is where all of time begins."""

from pinn.geometry import Box, Domain, Flat, Interval, Part, Piece, Solid

SLACK = 1e-12
"""Times that differ by this share of all time are the same."""


def time_of(piece: Piece, time: int | None) -> float | None:
    """The time at which a piece lies, if it is one."""
    flat = piece.whole if isinstance(piece, Part) else piece
    return dict(flat.fixed).get(time) if isinstance(flat, Flat) and time is not None else None


def is_beginning(piece: Piece, domain: Domain, begin: float) -> bool:
    """Whether a piece lies where all time begins."""
    value = time_of(piece, domain.time)
    return value is not None and abs(value - begin) <= SLACK * all_time(domain).length


def all_time(domain: Domain) -> Interval:
    """The first and the last time of a domain that has time."""
    match domain:
        case Box(time=int(index)):
            return domain.intervals[index]
        case Solid(span=Interval() as span):
            return span
        case _:
            raise AssertionError("asked only of domains with time")
