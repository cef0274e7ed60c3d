"""Carve sales territories: balanced, proven, fair."""
