"""Which parameters? Many sets by the compiled kernel, some of them by backtrader beside it."""
