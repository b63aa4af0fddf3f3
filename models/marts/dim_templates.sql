-- One row per project and template: its latest name, its channels, its first and last message.
{{ config(materialized='partitioned', whole=true) }}

{{ message_dimension('template') }}
