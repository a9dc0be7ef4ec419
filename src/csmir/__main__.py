"""`python -m csmir`."""

import sys

from csmir.cli import main

sys.exit(main())
