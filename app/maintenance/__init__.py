"""Keeping the installation (运行维护): backup, restore, drill, and what expires.

Source: SECURITY E2, F1, F2, G2; decision 0018. A backup says what every board in it must come to; a restore works all
of them out again before it counts as one.
"""
