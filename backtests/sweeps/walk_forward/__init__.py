"""Would choosing have worked? Parameters chosen on the past of each window, traded in the window after it."""
