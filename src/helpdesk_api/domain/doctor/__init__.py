"""The doctor: what does not agree in the database and the media folder, and how it is put right."""
