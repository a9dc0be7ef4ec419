"""`python -m csmir.cli`."""

import sys

from csmir.cli.main import main

sys.exit(main())
