"""The errors of Konbit: one root, and for each leaf the class docstring is its default message.

Problems in what an author wrote are not errors but values, see `konbit.definition.problems`.
`exit_code` is what the command line ends with: 2 where the user can mend the input, 1 where the system failed.
"""

import inspect


class KonbitError(Exception):
    """Konbit could not do what was asked."""

    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class UserError(KonbitError):
    """What was given cannot be used; correct it and try again."""

    exit_code = 2


class UnknownFlowchart(UserError):
    """There is no flowchart with this id; `konbit check` lists those that can be found."""


class InvalidDefinition(UserError):
    """The definitions have errors; `konbit check` prints each with its place."""


class InvalidParameter(UserError):
    """A parameter of the run is missing, unknown or of the wrong type."""


class InvalidDirectory(UserError):
    """The directory file has rows that cannot be taken; nothing was imported."""


class InvalidScenario(UserError):
    """The scenario cannot be played; each problem is printed with its place."""


class UnknownRun(UserError):
    """There is no run with this id; `konbit runs list` shows them."""


class KeyReused(UserError):
    """The idempotency key was given to another run before."""


class RunFinished(UserError):
    """The run has ended; it takes no more commands or answers."""


class InvalidToken(UserError):
    """This link is not valid."""


class LeaseLost(KonbitError):
    """Another process took over this run; what this one was about to write was refused."""


class ServiceUnavailable(KonbitError):
    """A service that Konbit needs does not answer; `konbit doctor` says which."""


class UnsafeMessage(KonbitError):
    """The message was refused before sending: its address, channel or marking is not safe."""
