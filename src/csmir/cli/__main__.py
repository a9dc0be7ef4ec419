"""`python -m csmir.cli`."""

import sys

from csmir.cli import main

sys.exit(main())
