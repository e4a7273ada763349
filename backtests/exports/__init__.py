"""How do I take it elsewhere? The numbers of one piece of work as tables, and as files of other programs."""
