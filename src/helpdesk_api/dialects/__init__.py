"""The three wire dialects over the one core."""
