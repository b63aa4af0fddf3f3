{#-
    Before anything is built, stop without a key for recipient hashes, and warn of one that differs from the last build's
    or is so short that it can be guessed.

    Checks only when CRM rows may be loaded. Another key is no error, because it may be on purpose. A mistyped or lost key
    is noticed before the first hash changes, and the old key brings the old hashes back. The first key after the sample's
    is no matter: what the sample left is not in the export any more.
-#}
{% macro check_hash_key() %}
    {%- if not execute or flags.WHICH not in ('build', 'run')
        or 'model.flarelane.base_flarelane__crm_rows' not in selected_resources -%}
        {{ return('') }}
    {%- endif -%}
    {%- set key = run_query(
        "select length(" ~ recipient_hash_key() ~ "), " ~ recipient_hash_key_fingerprint()
    ).rows[0] -%}
    {%- if key[0] is none and not is_sample_export() -%}{{ no_hash_key() }}{%- endif -%}
    {%- if key[0] is not none and key[0] < least_key_length() -%}
        {%- do exceptions.warn(
            "The key for recipient hashes (FLARELANE_RECIPIENT_HASH_KEY) has " ~ key[0] ~ " characters. A key of fewer"
            ~ " than " ~ least_key_length() ~ " can be guessed, and with it the phone numbers and addresses behind the"
            ~ " hashes. Make one by `openssl rand -hex 32`; all hashes change with it."
        ) -%}
    {%- endif -%}
    {%- set recorded = recorded_key_fingerprint() -%}
    {%- set of_sample = run_query("select " ~ key_fingerprint(demo_key())).rows[0][0] -%}
    {%- set fingerprint = key[1] if key[0] is not none else of_sample -%}
    {%- if recorded and recorded not in (fingerprint, of_sample) -%}
        {%- do exceptions.warn(
            "The key for recipient hashes (FLARELANE_RECIPIENT_HASH_KEY"
            ~ (", not set: the sample's demo key" if key[0] is none else "") ~ ") differs from that of the last build."
            ~ " This build gives every recipient another hash and rebuilds all that holds one; hashes kept elsewhere fit"
            ~ " no more. If that is not meant, stop now and build with the key of before. Afterwards, too, a build with"
            ~ " that key brings the old hashes back."
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- Characters that a key must have to withstand guessing, though the warehouse holds a fingerprint of it. -#}
{% macro least_key_length() %}
    {{ return(16) }}
{% endmacro %}

{#- The fingerprint of the key with which the CRM rows were loaded last, or none before that. -#}
{% macro recorded_key_fingerprint() %}
    {%- set rows = run_query(
        "select hash_key_fingerprint from " ~ state_table('model_builds') ~ " where model = 'base_flarelane__crm_rows'"
    ).rows -%}
    {{ return(rows[0][0] if rows else none) }}
{% endmacro %}
