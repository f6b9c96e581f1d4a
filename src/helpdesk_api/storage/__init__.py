"""Where uploaded files are kept, and how they get there without a left-over or a lost one."""
