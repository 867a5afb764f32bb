"""What is advised at the end of a stage where its problem is not solved."""

from dataclasses import dataclass

from pinn.config import Config, Equation, Misfit, slabs


@dataclass(frozen=True)
class Advice:
    """What helps where a problem is not solved; nothing that it has no use for."""

    has_data: bool = False
    has_conditions: bool = False
    """Whether equations stand on a boundary, and are not built in."""
    has_time: bool = False
    """Whether there is a time that could be cut into slabs."""

    @classmethod
    def of(cls, config: Config) -> "Advice":
        terms = config.terms
        has_data = any(isinstance(term.content, Misfit) for term in terms)
        volume = len(config.domain.coordinates)
        pieces = [piece for term in terms if isinstance(term.content, Equation) for piece in term.region.pieces]
        conditions = any(piece.dimension(config.domain) < volume for piece in pieces)
        has_time = slabs.are_possible(config) and not has_data
        return cls(has_data, conditions, has_time)

    @property
    def stuck(self) -> str:
        """Where it is far from solved."""
        found = "if that is not the noise of data, it is" if self.has_data else "that is"
        conditions = "build conditions in by 'hard: true', weigh those that are not met higher, "
        times = "let times wait by training.causal or cut them by training.slabs, "
        ways = conditions * self.has_conditions + "begin with a run of an easier parameter by train --from, "
        return f"{found} far from a solution: {ways}{times * self.has_time}or try another seed"

    @property
    def near(self) -> str:
        """Where it may be solved, though not to the last digit."""
        more = "for a smaller error use more points, a larger network or another stage, or raise patience"
        return f"{more}; {self.other}"

    @property
    def other(self) -> str:
        """Where it may be solved by another solution than is sought."""
        ways = "cut time by training.slabs, " * self.has_time + "begin with a guess, or try another seed"
        return f"if this is not the solution that is sought, {ways}"

    @property
    def longer(self) -> str | None:
        """Where there were too few steps; None where more of them are all there is to say."""
        return "raise max_steps, add a stage, or cut time by training.slabs" if self.has_time else None
