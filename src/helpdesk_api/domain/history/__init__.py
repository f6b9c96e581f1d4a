"""What was before: texts before an edit, and what happened to a ticket."""
