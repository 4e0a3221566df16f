"""Two skins."""
