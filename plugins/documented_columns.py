"""Which columns of a file are read as the documented ones."""


def known_columns(names, documented):
    """Return the file's name of each documented column that it has: {documented name: name} (dict of str).

    names: of the file's columns (iterable of str), in their order. documented: names in lower case (container of str).
    Case makes no difference, and of names that differ in nothing else the first is taken: so does DuckDB.
    """
    known = {}
    for name in names:
        if name.lower() in documented:
            known.setdefault(name.lower(), name)
    return known


def hidden_columns(names, documented):
    """Return what is wrong (str) where another column stands before a documented one and would be read for it, or None.

    names, documented: see known_columns().
    """
    names = list(names)
    hidden = [
        f"{name} stands before {column}, from which it differs only in case: rename one of them"
        for column, name in known_columns(names, documented).items()
        if name != column and column in names
    ]
    return "; ".join(hidden) or None
