"""What can go wrong with the embedded PostgreSQL."""


class EmbeddedPostgresMissing(RuntimeError):
    """The wheel with the PostgreSQL programs is not installed."""


class DataFolderInUse(RuntimeError):
    """Another service runs on the same data folder."""


class EmbeddedPostgresFailed(RuntimeError):
    """The server cannot be created, started or reached; the message ends with its log where it wrote one."""
