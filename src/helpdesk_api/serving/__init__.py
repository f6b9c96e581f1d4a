"""A process that serves, and what it needs of uvicorn and the service manager; it knows nothing of the command line."""

import sys
from multiprocessing import current_process

# structlog imports rich where it is installed, as it is for the command line, and rich imports pygments: 4 MiB in each
# worker, for tracebacks that `logs.py` does not show. A module that is None cannot be imported.
if current_process().name != "MainProcess":
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
