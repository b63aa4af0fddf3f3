{#-
    A name of the export as a log line may show it: what a terminal would obey, or what turns or hides the text around
    it, stands as its code, such as \x1b. report/tables.py does the same for what is printed.

    text: what to show.
-#}
{% macro visible(text) -%}
    {%- set seen = namespace(text=text | string) -%}
    {%- for unseen in modules.re.findall(
        '[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]', seen.text
    ) | unique -%}
        {%- set seen.text = seen.text.replace(unseen, unseen.encode('unicode_escape').decode('ascii')) -%}
    {%- endfor -%}
    {{ return(seen.text) }}
{%- endmacro %}
