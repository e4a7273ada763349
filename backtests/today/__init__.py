"""What do the signals say now, and what would change it?"""
