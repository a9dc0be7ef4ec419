"""Arrays in, arrays out. Compiled functions are kept beside the package, or where else this user may write."""

import os

# A package that cannot be written to (a container, an installation for all): numba tries the user's cache folder, and
# without one refuses to compile. Only then is a folder of ours offered, behind all that numba looks for itself.
if not os.access(os.path.dirname(__file__), os.W_OK):
    from csmir.kernels._cache import offer_a_folder

    offer_a_folder()
