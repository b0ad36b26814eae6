"""`python -m luchs_optimise`: the steps one by one, as `luchs optimise` calls them."""

from __future__ import annotations

import sys

from .commands import parser
from .errors import OptimiseError
from .progress import Progress


def main() -> int:
    """Runs one step; the exit code says what kind of fault there was."""
    arguments = parser().parse_args()
    try:
        arguments.step(arguments, Progress(arguments.progress))
    except OptimiseError as error:
        print(f"luchs-optimise: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"luchs-optimise: {error}; is the disk full, or the folder not yours?", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("luchs-optimise: stopped; what was written before is whole", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
