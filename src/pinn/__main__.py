"""`python -m pinn`."""

from pinn.cli import main

if __name__ == "__main__":
    main()
