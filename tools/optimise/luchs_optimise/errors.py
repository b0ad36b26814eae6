"""What can go wrong, in words for the person who has to do something about it."""


class OptimiseError(Exception):
    """The message names the thing and the remedy; `__main__` prints it and exits with `exit_code`."""

    exit_code = 1


class UsageError(OptimiseError):
    """An argument or a file that was given does not fit."""

    exit_code = 2


class ModelError(OptimiseError):
    """A model that this tool cannot work on."""

    exit_code = 2


class TensorsError(OptimiseError):
    """A folder of calibration tensors that cannot be used."""

    exit_code = 2
