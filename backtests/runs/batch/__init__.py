"""Many sets, or many windows, on the same bars at once: through the compiled kernel, each as a run of its own."""
