"""The shell of every page and notebook card: HTML, figures, style, script. What a page says is its question's."""
