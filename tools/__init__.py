"""Small tools for whoever keeps the shipped processes: drawing and document templates."""
