"""The help desk itself: rules and queries, with no HTTP, no JSON and no dialect's words."""
