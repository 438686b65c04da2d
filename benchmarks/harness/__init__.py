"""Parts of the chaos harnesses: processes to kill, plants to work in, writers that remember, and an independent auditor."""

import warnings

# The embedded server asks for a folder of the desktop session, which servers do not have.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
