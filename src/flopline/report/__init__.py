"""Answers for people and machines: text, tables, JSON; no arithmetic."""
