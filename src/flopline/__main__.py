"""`python -m flopline` is `flopline`."""

from flopline.cli import main

main()
