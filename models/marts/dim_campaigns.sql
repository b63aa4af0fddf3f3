-- One row per project and campaign: its latest name, its channels, its first and last message.
{{ message_dimension('campaign') }}
