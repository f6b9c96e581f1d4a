"""Loose values, as JSON and forms carry them, to typed ones; every refusal is one sentence in DRF's wording."""
