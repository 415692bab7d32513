"""Attached programs: who they are, what protocol they speak, what they may see."""
