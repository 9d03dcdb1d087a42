"""`python -m konbit.cli`."""

from konbit.cli.main import main

if __name__ == "__main__":
    main()
