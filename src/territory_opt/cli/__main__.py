"""``python -m territory_opt.cli``: the same as ``territory-opt``, where scripts are not on the path."""

from territory_opt.cli import main

if __name__ == "__main__":
    main()
