"""The docs of macros and generic tests, from the comments above them.

A comment says what the macro gives and names each argument with a colon behind it, several with commas between:
`grain: list of columns. before, after: days.`
"""

import re

from codegen.property_files import paragraphs, yaml_text

MACRO = re.compile(
    r"""
    (?:\{\#-? (?P<comment>(?:(?!\#\}).)*?) -?\#\}\n)?
    \{%-?[ ](?P<kind>macro|test|materialization)[ ](?P<name>\w+)
    (?:\((?P<arguments>[^%]*)\))? (?:,[ ](?:default|adapter='(?P<adapter>\w+)'))? [ ]-?%\}
    """,
    re.DOTALL | re.VERBOSE,
)
HEADER = "# Generated from the comments above the macros: change the comment and run `make generate`.\n"


def argument_texts(comment, arguments):
    """Split a comment into what it says of the macro and of each argument: str, dict of name to str."""
    if not arguments:
        return comment, {}
    name = "(?:" + "|".join(map(re.escape, arguments)) + ")"
    names = rf"{name}(?:,\s+{name})*:\s"
    # It begins a sentence, and ends at the next argument, with a sentence that ends a line, or with the paragraph.
    found = re.compile(
        rf"((?:\A\s*|(?<=[.;])\s+){names})(.*?)(?=[.;]\s+{names}|\.?\n\s*\n|\.\n|\.?\s*\Z)[.;]?", re.DOTALL
    )
    texts = {}
    for match in found.finditer(comment):
        for argument in re.split(r",\s+", match[1].strip().rstrip(":")):
            text = " ".join(match[2].split())
            is_name = "_" in text.split()[0]
            texts[argument] = (text if is_name else text[:1].upper() + text[1:]) + "."
    return found.sub("", comment), texts


def markdown(comment):
    """A comment's paragraphs, wrapped; a list in it stays a list."""
    blocks = []
    for part in re.split(r"\n\s*\n", comment):
        blocks += [block for block in re.split(r"\n\s*(?=- )", part) if block.strip()]
    return paragraphs(*(" ".join(block.split()) for block in blocks))


def macro_entry(match, path):
    """One macro's properties. Stops with what the comment lacks."""
    is_test = match["kind"] == "test"
    arguments = [argument.split("=")[0].strip() for argument in (match["arguments"] or "").split(",")]
    arguments = [argument for argument in arguments if argument]
    rest, texts = argument_texts(match["comment"] or "", arguments)
    if is_test:
        # dbt passes it to every generic test.
        arguments.remove("model")
    description = markdown(rest)
    missing = [argument for argument in arguments if argument not in texts]
    if not description or missing:
        raise SystemExit(f"{path}: the comment above {match['name']} lacks {', '.join(missing) or 'a description'}")
    # As dbt names them: a test and a materialization are macros too.
    name = match["name"]
    name = f"test_{name}" if is_test else name
    name = f"materialization_{name}_{match['adapter'] or 'default'}" if match["kind"] == "materialization" else name
    described = [{"name": argument, "description": texts[argument]} for argument in arguments]
    if is_test:
        # dbt knows no arguments of a generic test, and from 1.12 on warns of those that are documented.
        listed = [f"- `{argument['name']}`: {argument['description']}" for argument in described]
        return {"name": name, "description": markdown("\n\n".join([rest, *listed]))}
    return {"name": name, "description": description} | ({"arguments": described} if described else {})


def macro_properties(project_dir, generated):
    """_macros.yml: every macro and generic test of the project. generated: texts of macro files by path."""
    entries = []
    for folder in ("macros", "tests/generic"):
        for path in sorted((project_dir / folder).rglob("*.sql")):
            name = path.relative_to(project_dir).as_posix()
            text = generated.get(name) or path.read_text(encoding="utf-8")
            # An engine's form of a macro is described by the macro that dispatches to it.
            macros = [match for match in MACRO.finditer(text) if "__" not in match["name"]]
            entries += [macro_entry(match, name) for match in macros]
    return HEADER + yaml_text({"version": 2, "macros": entries})
