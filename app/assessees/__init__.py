"""Whoever is assessed beside a project's daily score (各类考核对象)."""
