{#-
    Make sure that the connection has a key for recipient hashes, or stop with a message that says what to set.

    A sample export (it carries its generator's marker) may be built with the demo key below; any other needs its own.
-#}
{% macro use_recipient_hash_key() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {%- set has_key = run_query("select " ~ recipient_hash_key() ~ " is not null").rows[0][0] -%}
    {%- if has_key -%}{{ return('') }}{%- endif -%}
    {%- if not is_sample_export() -%}{{ no_hash_key() }}{%- endif -%}
    {%- do log("The export is a sample: recipients are hashed with the public demo key.", info=True) -%}
    {{ set_recipient_hash_key(demo_key()) }}
{% endmacro %}

{#- Stop with what to set where there is no key for recipient hashes. -#}
{% macro no_hash_key() -%}
    {{ exceptions.raise_compiler_error(
        "No key for recipient hashes. Phone numbers and email addresses are stored as keyed hashes only: set"
        ~ " FLARELANE_RECIPIENT_HASH_KEY to a long random text (openssl rand -hex 32), keep it, and build again."
    ) }}
{%- endmacro %}

{#- The key for the hashes of a sample export, as an SQL text; it is public. -#}
{% macro demo_key() -%}
    'demo key of the sample export'
{%- endmacro %}

{#- Whether the export is a sample: it carries its generator's marker. -#}
{% macro is_sample_export() -%}
    {{- return(is_in_export('.sample_export.json')) -}}
{%- endmacro %}

{#- An expression: a fingerprint of the key for recipient hashes, which tells nothing of the key. -#}
{% macro recipient_hash_key_fingerprint() -%}
    {{ key_fingerprint(recipient_hash_key()) }}
{%- endmacro %}
