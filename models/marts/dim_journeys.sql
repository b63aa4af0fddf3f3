-- One row per project and journey: its latest name, its channels, its first and last message.
{{ message_dimension('journey') }}
