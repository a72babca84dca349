"""`python -m thermocline.cli`."""

from thermocline.cli import main

main()
