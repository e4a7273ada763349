"""What moves the result, and how much of it is left where an assumption is wrong?"""
